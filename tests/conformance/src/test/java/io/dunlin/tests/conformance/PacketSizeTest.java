package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Bytes.bytes;
import static io.dunlin.tests.conformance.Connect.connect;
import static io.dunlin.tests.conformance.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Maximum Packet Size, both ways.
class PacketSizeTest extends ConformanceTest {
  private final String topic = topic();

  @Test
  @Statement({"MQTT-3.1.2-24", "MQTT-3.1.2-25"})
  void aMessageTooLargeForAClientIsDroppedForItAsIfItHadBeenSent() {
    Wire client = client(Version.V5, connect(clientId()).with(Property.MAXIMUM_PACKET_SIZE, 100));
    client.subscribe(topic, 1);
    Wire other = subscriber(Version.V5, topic, 1);
    Wire publisher = client(Version.V5);
    publisher.publish(topic, "x".repeat(100), 1);
    publisher.publish(topic, "small", 1);
    client.acknowledge(client.expectPublish(topic, "small"));
    client.expectNothing();
    other.acknowledge(other.expectPublish(topic, "x".repeat(100)));
    other.expectPublish(topic, "small");
  }

  @Test
  @Statement("MQTT-3.1.2-24")
  void theMaximumIsOfTheWholePacket() {
    // Header 2, topic 2 + n, Property Length 1, payload.
    int overhead = 2 + 2 + topic.length() + 1;
    Wire client =
        client(Version.V5, connect(clientId()).with(Property.MAXIMUM_PACKET_SIZE, overhead + 50));
    client.subscribe(topic, 0);
    Wire publisher = client(Version.V5);
    publisher.publish(topic, "x".repeat(51), 0);
    publisher.publish(topic, "x".repeat(50), 0);
    assertThat(client.expect(PacketType.PUBLISH).payload()).hasSize(50);
  }

  @Test
  @Statement("MQTT-3.1.2-25")
  void droppedMessagesLeaveNoGapInTheClientsQuota() {
    Wire client =
        client(
            Version.V5,
            connect(clientId())
                .with(Property.MAXIMUM_PACKET_SIZE, 100)
                .with(Property.RECEIVE_MAXIMUM, 2));
    client.subscribe(topic, 2);
    Wire publisher = client(Version.V5);
    for (int i = 0; i < 5; i++) {
      publisher.publish(topic, "x".repeat(100), 1 + i % 2);
    }
    publisher.publish(topic, "one", 1);
    publisher.publish(topic, "two", 2);
    client.expectPublish(topic, "one");
    client.expectPublish(topic, "two");
  }

  @Test
  @Statement({"MQTT-3.1.2-25", "MQTT-3.1.2-24"})
  void aQueuedMessageTooLargeForTheNewConnectionIsDropped() {
    String clientId = clientId();
    Wire client = durableClient(Version.V5, clientId);
    client.subscribe(topic, 1);
    leave(client);
    Wire publisher = client(Version.V5);
    publisher.publish(topic, "x".repeat(100), 1);
    publisher.publish(topic, "small", 1);
    Wire again = client(Version.V5, durable(clientId).with(Property.MAXIMUM_PACKET_SIZE, 100));
    again.expectPublish(topic, "small");
  }

  @Test
  @Statement({"MQTT-3.1.2-24", "MQTT-3.1.2-25"})
  void aRetainedMessageTooLargeForAClientIsNotSent() {
    Wire publisher = client(Version.V5);
    publisher.publishRetained(topic, "x".repeat(100), 1);
    Wire client = client(Version.V5, connect(clientId()).with(Property.MAXIMUM_PACKET_SIZE, 100));
    client.subscribe(topic, 0);
    client.expectNothing();
    publisher.publishRetained(topic, "", 1);
  }

  @Test
  @Statement("MQTT-3.1.2-24")
  void aClientThatCannotTakeItsConnAckIsNotLeftWaiting() {
    Wire client = open(Version.V5);
    client.send(connect(clientId()).with(Property.MAXIMUM_PACKET_SIZE, 4));
    Received packet = client.readUnlessEnded();
    assertThat(packet).isNull();
  }

  @Test
  @Statement({"rule-packet-too-large", "rule-maximum-packet-size-absent"})
  void aPacketAboveTheServersMaximumEndsTheConnection() {
    Wire client = open(Version.V5);
    long maximum = client.connect(connect(clientId())).number(Property.MAXIMUM_PACKET_SIZE, 0);
    if (maximum == 0) {
      client.publish(topic, "x".repeat(2_000_000), 1);
    } else {
      client.send(bytes(0x30).variable((int) maximum)); // the header makes it longer than that
      client.expectRefusal(Reason.PACKET_TOO_LARGE);
    }
  }

  @Test
  @Statement("rule-packet-too-large")
  void aPacketOfTheServersMaximumIsAccepted() {
    Wire client = open(Version.V5);
    long maximum = client.connect(connect(clientId())).number(Property.MAXIMUM_PACKET_SIZE, 0);
    int size = (int) Math.min(maximum == 0 ? 1_000_000 : maximum, 4_000_000);
    int header = 4 + (size > 2_097_151 + 4 ? 1 : 0);
    int payload = size - header - 2 - topic.length() - 2 - 1;
    client.send(publish(topic, "x".repeat(payload)).qos(1, 1));
    client.expectAck(PacketType.PUBACK, 1);
  }
}
