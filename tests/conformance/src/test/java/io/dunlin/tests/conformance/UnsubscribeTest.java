package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Subscribe.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// UNSUBSCRIBE and UNSUBACK.
class UnsubscribeTest extends ConformanceTest {
  private final String topic = topic();

  @EveryVersion
  @Statement({"MQTT-3.10.4-1", "MQTT-3.10.4-2", "MQTT-3.10.4-4", "MQTT-3.10.4-5"})
  @Statement(
      value = {"MQTT-3.10.4-1", "MQTT-3.10.4-2", "MQTT-3.10.4-4"},
      version = "3.1.1")
  void nothingComesAfterTheUnsubAck(Version version) {
    Wire client = subscriber(version, topic, 1);
    client.unsubscribe(topic);
    Wire publisher = client(version);
    publisher.publish(topic, "x", 1);
    expectNothingFrom(publisher, client);
  }

  @EveryVersion
  @Statement("MQTT-3.10.4-1")
  @Statement(value = "MQTT-3.10.4-1", version = "3.1.1")
  void onlyTheEqualFilterIsDeleted(Version version) {
    Wire client = subscriber(version, topic + "/+", 0);
    for (String other : new String[] {"/#", "/a", "/+/", "", "/+/#"}) {
      client.unsubscribe(topic + other);
    }
    client.publish(topic + "/a", "x", 0);
    client.expectPublish(topic + "/a", "x");
  }

  @EveryVersion
  @Statement("MQTT-3.10.4-5")
  @Statement(value = "MQTT-3.10.4-5", version = "3.1.1")
  void unsubAckComesWhenNothingWasDeleted(Version version) {
    Received unsubAck = client(version).unsubscribe(topic);
    if (version.hasProperties()) {
      assertThat(unsubAck.reasons()).containsExactly(Reason.NO_SUBSCRIPTION_EXISTED);
    }
  }

  @EveryVersion
  @Statement({"MQTT-3.10.4-6", "MQTT-3.11.3-1", "MQTT-3.11.3-2"})
  @Statement(value = "MQTT-3.10.4-6", version = "3.1.1")
  void oneUnsubAckAnswersSeveralFilters(Version version) {
    Wire client = subscriber(version, topic + "/a", 0);
    client.subscribe(topic + "/c", 0);
    client.send(unsubscribe(77).filter(topic + "/a").filter(topic + "/b").filter(topic + "/c"));
    Received unsubAck = client.expectAck(PacketType.UNSUBACK, 77);
    if (version.hasProperties()) {
      assertThat(unsubAck.reasons()).containsExactly(0, Reason.NO_SUBSCRIPTION_EXISTED, 0);
    }
    Wire publisher = client(version);
    publisher.publish(topic + "/a", "x", 1);
    publisher.publish(topic + "/c", "x", 1);
    expectNothingFrom(publisher, client);
  }

  @From311
  @Statement("MQTT-3.10.3-2")
  @Statement(value = "MQTT-3.10.3-2", version = "3.1.1")
  void anUnsubscribeWithoutFiltersIsAProtocolError(Version version) {
    Wire client = client(version);
    client.send(unsubscribe(1));
    client.expectRefusal(Reason.PROTOCOL_ERROR, Reason.MALFORMED);
  }

  @EveryVersion
  @Statement("MQTT-3.10.4-3")
  @Statement(value = "MQTT-3.10.4-3", version = "3.1.1")
  void aDeliveryThatHasBegunIsCompleted(Version version) {
    Wire client = subscriber(version, topic, 2);
    client(version).publish(topic, "x", 2);
    Received publish = client.expectPublish(topic, "x");
    client.unsubscribe(topic);
    client.send(Packets.pubRec(publish.packetId()));
    client.expectAck(PacketType.PUBREL, publish.packetId(), Reason.SUCCESS);
    client.send(Packets.pubComp(publish.packetId()));
    client.expectNothing();
  }

  @Test
  @Statement("MQTT-3.10.4-3")
  void aDeliveryThatHasBegunIsCompletedOnTheNextConnection() {
    String clientId = clientId();
    Wire client = durableClient(Version.V5, clientId);
    client.subscribe(topic, 1);
    client(Version.V5).publish(topic, "x", 1);
    client.expectPublish(topic, "x");
    client.unsubscribe(topic);
    client.close();
    Wire again = durableClient(Version.V5, clientId);
    again.acknowledge(again.expectPublish(topic, "x"));
    again.expectNothing();
  }

  @EveryVersion
  @Statement("rule-subscribe-filter-invalid")
  void aBadFilterIsRefusedOrMatchesNothing(Version version) {
    Wire client = client(version);
    client.send(unsubscribe(1).filter(topic + "/#/bad"));
    Received answer = client.readUnlessEnded();
    if (answer != null && version.hasProperties()) {
      assertThat(answer.reason())
          .as("%s", answer)
          .isIn(Reason.TOPIC_FILTER_INVALID, Reason.NO_SUBSCRIPTION_EXISTED, Reason.MALFORMED);
    }
  }
}
