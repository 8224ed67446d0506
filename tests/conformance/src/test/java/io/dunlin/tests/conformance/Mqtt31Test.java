package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Connect.connect;
import static io.dunlin.tests.conformance.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// MQTT 3.1 (`MQIsdp`), which numbers no statements: where it is not 3.1.1, and that it works from
/// end to end.
class Mqtt31Test extends ConformanceTest {
  private final String topic = topic();

  @EveryVersion
  @Statement(value = "rule-to-and-fro", version = "3.1")
  void messagesGoToAndFroAtEachQos(Version other) {
    Wire client = client(Version.V3_1);
    Wire peer = client(other);
    for (int granted = 0; granted <= 2; granted++) {
      client.subscribe(topic + "/to", granted);
      peer.subscribe(topic + "/fro", granted);
      for (int qos = 0; qos <= 2; qos++) {
        peer.publish(topic + "/to", "to", qos);
        expect(client, topic + "/to", "to", Math.min(qos, granted));
        client.publish(topic + "/fro", "fro", qos);
        expect(peer, topic + "/fro", "fro", Math.min(qos, granted));
      }
    }
  }

  private static void expect(Wire subscriber, String topic, String payload, int qos) {
    Received publish = subscriber.expectPublish(topic, payload);
    assertThat(publish.qos()).isEqualTo(qos);
    subscriber.acknowledge(publish);
    subscriber.expectNothing();
  }

  @Test
  @Statement(value = "rule-connack-reserved-byte", version = "3.1")
  void theSecondByteOfTheConnAckIsReserved() {
    String clientId = clientId();
    leave(durableClient(Version.V3_1, clientId));
    assertThat(open(Version.V3_1).connect(durable(clientId)).sessionPresent()).isFalse();
    assertThat(open(Version.V3_1_1).connect(durable(clientId)).sessionPresent()).isTrue();
  }

  @Test
  @Statement(value = "rule-session", version = "3.1")
  void aSessionKeepsSubscriptionsAndMessages() {
    String clientId = clientId();
    Wire first = durableClient(Version.V3_1, clientId);
    first.subscribe(topic, 2);
    leave(first);
    Wire publisher = client(Version.V3_1);
    publisher.publish(topic, "one", 1);
    publisher.publish(topic, "two", 2);
    Wire second = durableClient(Version.V3_1, clientId);
    second.acknowledge(second.expectPublish(topic, "one"));
    second.acknowledge(second.expectPublish(topic, "two"));
  }

  @Test
  @Statement(value = "rule-dup-everywhere", version = "3.1")
  void dupMarksWhatIsSentAgain() {
    Wire client = client(Version.V3_1);
    client.subscribe(topic, 0);
    client.send(publish(topic, "x").qos(2, 9));
    assertThat(client.await(PacketType.PUBREC).packetId()).isEqualTo(9);
    assertThat(client.await(PacketType.PUBLISH).topic()).isEqualTo(topic);
    client.send(publish(topic, "x").qos(2, 9).dup());
    client.expectAck(PacketType.PUBREC, 9);
    client.send(Packets.pubRel(9));
    client.expectAck(PacketType.PUBCOMP, 9);
    client.send(_ -> Bytes.packet(PacketType.PUBREL.firstByte() | 8, new Bytes().u16(9)));
    client.expectAck(PacketType.PUBCOMP, 9);
    client.expectNothing();
  }

  @Test
  @Statement(value = "rule-retain-and-will", version = "3.1")
  void retainedMessagesAndWillsWork() {
    Wire publisher =
        client(
            Version.V3_1, connect(clientId()).will(Will.will(topic + "/will", "gone").retained()));
    publisher.publishRetained(topic + "/kept", "kept", 1);
    Wire subscriber = client(Version.V3_1);
    subscriber.subscribe(topic + "/#", 1);
    Received kept = subscriber.expectPublish(topic + "/kept", "kept");
    assertThat(kept.retain()).isTrue();
    publisher.close();
    assertThat(subscriber.expectPublish(topic + "/will", "gone").retain()).isFalse();
  }

  @Test
  @Statement(value = "rule-empty-client-identifier", version = "3.1")
  void anEmptyClientIdentifierIsRefused() {
    Wire client = open(Version.V3_1);
    client.send(connect(""));
    client.expectConnAck(2);
    client.expectEnd();
  }

  @Test
  @Statement(value = "rule-client-identifier-of-24", version = "3.1")
  @Departure("Accepted: clients of today have longer identifiers, and 3.1.1 lifted the limit.")
  void aLongClientIdentifierIsAccepted() {
    Wire client = open(Version.V3_1);
    client.send(connect(clientId() + "x".repeat(24)));
    int code = client.expect(PacketType.CONNACK).reason();
    assertThat(code == 0 || !brokerExplains() && code == 2).as("%d", code).isTrue();
  }
}
