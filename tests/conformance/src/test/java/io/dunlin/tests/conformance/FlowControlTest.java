package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Connect.connect;
import static io.dunlin.tests.conformance.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;

/// Receive Maximum, both ways.
class FlowControlTest extends ConformanceTest {
  private final String topic = topic();

  @Test
  @Statement({"MQTT-3.3.4-9", "MQTT-4.9.0-1", "MQTT-4.9.0-2"})
  void theServerKeepsToTheClientsReceiveMaximum() {
    for (int qos = 1; qos <= 2; qos++) {
      Wire client = client(Version.V5, connect(clientId()).with(Property.RECEIVE_MAXIMUM, 3));
      client.subscribe(topic, qos);
      Wire publisher = client(Version.V5);
      for (int i = 0; i < 10; i++) {
        publisher.publish(topic, "m" + i, qos);
      }
      Received[] open = new Received[10];
      for (int i = 0; i < 3; i++) {
        open[i] = client.expectPublish(topic, "m" + i);
      }
      client.expectNothing();
      for (int i = 0; i < 10; i++) {
        client.acknowledge(open[i]);
        if (i + 3 < 10) {
          open[i + 3] = client.expectPublish(topic, "m" + (i + 3));
        }
        client.expectNothing();
      }
      leave(client);
    }
  }

  @Test
  @Statement("MQTT-3.3.4-9")
  void aPubRecAloneDoesNotFreeTheQuota() {
    Wire client = client(Version.V5, connect(clientId()).with(Property.RECEIVE_MAXIMUM, 1));
    client.subscribe(topic, 2);
    Wire publisher = client(Version.V5);
    publisher.publish(topic, "one", 2);
    publisher.publish(topic, "two", 2);
    int packetId = client.expectPublish(topic, "one").packetId();
    client.send(Packets.pubRec(packetId));
    client.expectAck(PacketType.PUBREL, packetId);
    client.expectNothing();
    client.send(Packets.pubComp(packetId));
    client.expectPublish(topic, "two");
  }

  @Test
  @Statement("MQTT-3.3.4-9")
  void aRefusingPubRecFreesTheQuota() {
    Wire client = client(Version.V5, connect(clientId()).with(Property.RECEIVE_MAXIMUM, 1));
    client.subscribe(topic, 2);
    Wire publisher = client(Version.V5);
    publisher.publish(topic, "one", 2);
    publisher.publish(topic, "two", 2);
    int packetId = client.expectPublish(topic, "one").packetId();
    client.send(Packets.ack(PacketType.PUBREC, packetId, Reason.UNSPECIFIED_ERROR));
    client.expectPublish(topic, "two");
  }

  @Test
  @Statement({"MQTT-3.3.4-10", "MQTT-4.9.0-3"})
  void anExhaustedQuotaHoldsNothingElseBack() {
    Wire client = client(Version.V5, connect(clientId()).with(Property.RECEIVE_MAXIMUM, 1));
    client.subscribe(topic, 1);
    Wire publisher = client(Version.V5);
    publisher.publish(topic, "one", 1);
    publisher.publish(topic, "two", 1);
    client.expectPublish(topic, "one");
    client.expectNothing(); // PINGRESP comes
    client.subscribe(topic + "/zero", 0);
    publisher.publish(topic + "/zero", "at most once", 0);
    client.expectPublish(topic + "/zero", "at most once");
    client.publish(topic + "/none", "x", 1);
    client.publish(topic + "/none", "x", 2);
    client.unsubscribe(topic + "/zero");
  }

  @EveryVersion
  @Statement("MQTT-3.3.4-9")
  void theQuotaHoldsAfterAReconnect(Version version) {
    String clientId = clientId();
    Connect connect = durable(clientId).with(Property.RECEIVE_MAXIMUM, 2);
    Wire client = client(version, connect);
    client.subscribe(topic, 1);
    leave(client);
    Wire publisher = client(version);
    for (int i = 0; i < 5; i++) {
      publisher.publish(topic, "m" + i, 1);
    }
    Wire again = client(version, connect);
    for (int i = 0; i < 5; i++) {
      Received publish = again.expectPublish(topic, "m" + i);
      if (version.hasProperties() && i == 1) {
        again.expectNothing();
      }
      if (i >= 1) {
        again.acknowledge(publish);
      }
    }
  }

  @Test
  @Statement("rule-receive-maximum-absent")
  void withoutReceiveMaximumManyPublishesMayBeOpen() {
    Wire client = subscriber(Version.V5, topic, 1);
    Wire publisher = client(Version.V5);
    for (int i = 0; i < 20; i++) {
      publisher.publish(topic, "m" + i, 1);
    }
    for (int i = 0; i < 20; i++) {
      client.expectPublish(topic, "m" + i);
    }
  }

  @Test
  @Statement({"rule-publish-above-receive-maximum", "MQTT-4.9.0-1"})
  void moreOpenPublishesThanTheServersReceiveMaximumEndTheConnection() {
    Wire client = open(Version.V5);
    long maximum = client.connect(connect(clientId())).number(Property.RECEIVE_MAXIMUM, 65_535);
    for (int packetId = 1; packetId <= maximum; packetId++) {
      client.send(publish(topic, "x").qos(2, packetId));
      client.expectAck(PacketType.PUBREC, packetId);
    }
    if (maximum < 65_535) {
      client.send(publish(topic, "x").qos(2, (int) maximum + 1));
      client.expectRefusal(Reason.RECEIVE_MAXIMUM_EXCEEDED);
    } else {
      client.expectNothing(); // there are no more identifiers
    }
  }

  @EveryVersion
  @Statement({"MQTT-3.3.4-9"})
  void aSlowReaderGetsEverythingInTheEnd(Version version) {
    Wire client = subscriber(version, topic, 1);
    Wire publisher = client(version);
    for (int i = 0; i < 200; i++) {
      publisher.publish(topic, "%s %d".formatted("m".repeat(1000), i), 1);
    }
    for (int i = 0; i < 200; i++) {
      Received publish = client.await(PacketType.PUBLISH);
      assertThat(publish.payload()).endsWith(String.format(Locale.ROOT, " %d", i));
      client.acknowledge(publish);
    }
  }
}
