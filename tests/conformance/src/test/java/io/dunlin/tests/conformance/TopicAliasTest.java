package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Connect.connect;
import static io.dunlin.tests.conformance.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Topic aliases, from the client and from the server.
class TopicAliasTest extends ConformanceTest {
  private final String topic = topic();
  private final Wire client = open(Version.V5);
  private final long serverMaximum =
      client.connect(connect(clientId())).number(Property.TOPIC_ALIAS_MAXIMUM, 0);

  // From the client.

  @Test
  @Statement("MQTT-3.3.2-12")
  void everyAliasUpToTheMaximumIsAccepted() {
    client.subscribe(topic + "/#", 0);
    long step = Math.max(1, serverMaximum / 50);
    for (long alias = serverMaximum; alias > 0; alias -= step) {
      client.send(publish(topic + "/" + alias, "set").with(Property.TOPIC_ALIAS, alias));
      client.expectPublish(topic + "/" + alias, "set");
    }
    for (long alias = serverMaximum; alias > 0; alias -= step) {
      client.send(publish("", "used").with(Property.TOPIC_ALIAS, alias));
      client.expectPublish(topic + "/" + alias, "used");
    }
  }

  @Test
  @Statement("rule-publish-alias-set-anew")
  void anAliasCanBeSetAnew() {
    client.subscribe(topic + "/#", 0);
    if (serverMaximum > 0) {
      client.send(publish(topic + "/a", "1").with(Property.TOPIC_ALIAS, 1));
      client.expectPublish(topic + "/a", "1");
      client.send(publish(topic + "/b", "2").with(Property.TOPIC_ALIAS, 1));
      client.expectPublish(topic + "/b", "2");
      client.send(publish("", "3").with(Property.TOPIC_ALIAS, 1));
      client.expectPublish(topic + "/b", "3");
    }
  }

  @Test
  @Statement({"rule-publish-alias-out-of-range", "MQTT-3.3.2-8"})
  void alias0EndsTheConnection() {
    client.send(publish(topic, "x").with(Property.TOPIC_ALIAS, 0));
    client.expectRefusal(Reason.TOPIC_ALIAS_INVALID, Reason.PROTOCOL_ERROR);
  }

  @Test
  @Statement("rule-publish-alias-out-of-range")
  void anAliasAboveTheMaximumEndsTheConnection() {
    if (serverMaximum < 65_535) {
      client.send(publish(topic, "x").with(Property.TOPIC_ALIAS, serverMaximum + 1));
      client.expectRefusal(Reason.TOPIC_ALIAS_INVALID);
    }
  }

  @Test
  @Statement("rule-publish-alias-not-set")
  void anAliasThatWasNotSetIsAProtocolError() {
    client.send(publish("", "x").with(Property.TOPIC_ALIAS, Math.max(1, serverMaximum)));
    client.expectRefusal(serverMaximum > 0 ? Reason.PROTOCOL_ERROR : Reason.TOPIC_ALIAS_INVALID);
  }

  @Test
  @Statement("rule-publish-empty-topic")
  void anEmptyTopicNameWithoutAliasIsAProtocolError() {
    client.send(publish("", "x"));
    client.expectRefusal(Reason.PROTOCOL_ERROR);
  }

  @Test
  @Statement("MQTT-3.3.2-7")
  void anAliasOfTheClientEndsWithItsConnection() {
    String clientId = clientId();
    Wire first = durableClient(Version.V5, clientId);
    if (serverMaximum > 0) {
      first.send(publish(topic, "x").with(Property.TOPIC_ALIAS, 1));
    }
    leave(first);
    Wire second = durableClient(Version.V5, clientId);
    second.send(publish("", "x").with(Property.TOPIC_ALIAS, 1));
    second.expectRefusal(serverMaximum > 0 ? Reason.PROTOCOL_ERROR : Reason.TOPIC_ALIAS_INVALID);
  }

  @Test
  @Statement({"MQTT-3.1.2-27", "MQTT-3.3.2-17"})
  void anAliasOfThePublisherIsNotForwarded() {
    Wire subscriber = subscriber(Version.V5, topic, 0);
    if (serverMaximum > 0) {
      client.send(publish(topic, "x").with(Property.TOPIC_ALIAS, 1));
      assertThat(subscriber.expectPublish(topic, "x").has(Property.TOPIC_ALIAS)).isFalse();
    }
  }

  // From the server.

  @Test
  @Statement("MQTT-3.1.2-27")
  void withoutMaximumTheServerSendsNoAliases() {
    for (Connect connect :
        new Connect[] {
          connect(clientId()), connect(clientId()).with(Property.TOPIC_ALIAS_MAXIMUM, 0)
        }) {
      Wire subscriber = client(Version.V5, connect);
      subscriber.subscribe(topic, 0);
      for (int i = 0; i < 20; i++) {
        client.publish(topic, "m" + i, 0);
        assertThat(subscriber.expectPublish(topic, "m" + i).has(Property.TOPIC_ALIAS)).isFalse();
      }
    }
  }

  @Test
  @Statement({"MQTT-3.1.2-26", "MQTT-3.3.2-8", "MQTT-3.3.2-11"})
  void theServersAliasesAreWithinTheClientsMaximumAndSetBeforeUse() {
    Wire subscriber = client(Version.V5, connect(clientId()).with(Property.TOPIC_ALIAS_MAXIMUM, 3));
    subscriber.subscribe(topic + "/#", 0);
    Map<Long, String> aliases = new HashMap<>();
    boolean used = false;
    for (int i = 0; i < 100; i++) {
      String name = topic + "/" + i % 5;
      client.publish(name, "m" + i, 0);
      Received publish = subscriber.expect(PacketType.PUBLISH);
      assertThat(publish.payload()).isEqualTo("m" + i);
      long alias = publish.number(Property.TOPIC_ALIAS, 0);
      assertThat(alias).as("alias of %s", publish).isBetween(0L, 3L);
      if (publish.topic().isEmpty()) {
        assertThat(aliases).as("aliases set before %s", publish).containsEntry(alias, name);
        used = true;
      } else {
        assertThat(publish.topic()).isEqualTo(name);
        aliases.put(alias, name);
      }
    }
    assertThat(used || !brokerExplains()).as("aliases for topics that repeat").isTrue();
  }

  @Test
  @Statement("MQTT-3.3.2-7")
  void theServersAliasesEndWithTheirConnection() {
    String clientId = clientId();
    Connect connect = durable(clientId).with(Property.TOPIC_ALIAS_MAXIMUM, 10);
    Wire first = client(Version.V5, connect);
    first.subscribe(topic, 1);
    for (int i = 0; i < 5; i++) {
      client.publish(topic, "m" + i, 1);
      first.acknowledge(first.expect(PacketType.PUBLISH));
    }
    leave(first);
    client.publish(topic, "first on the new connection", 1);
    client(Version.V5, connect).expectPublish(topic, "first on the new connection");
  }

  @Test
  @Statement({"MQTT-4.4.0-1", "MQTT-3.3.2-7"})
  void aMessageThatComesAgainNeedsNoAliasOfTheLastConnection() {
    String clientId = clientId();
    Connect connect = durable(clientId).with(Property.TOPIC_ALIAS_MAXIMUM, 10);
    Wire first = client(Version.V5, connect);
    first.subscribe(topic, 1);
    for (int i = 0; i < 5; i++) {
      client.publish(topic, "m" + i, 1);
      first.expect(PacketType.PUBLISH);
    }
    first.close();
    Wire second = client(Version.V5, connect);
    second.expectPublish(topic, "m0");
  }
}
