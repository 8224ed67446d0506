package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The exchanges of QoS 1 and 2, with the server as receiver and as sender, and their order.
class QosTest extends ConformanceTest {
  private static final int BATCH = 200;

  private final String topic = topic();

  // The server receives.

  @EveryVersion
  @Statement({"MQTT-4.3.2-4", "MQTT-2.2.1-5"})
  @Statement(
      value = {"MQTT-4.3.2-2", "MQTT-2.3.1-6"},
      version = "3.1.1")
  void pubAckHasTheIdentifierOfThePublish(Version version) {
    Wire client = client(version);
    for (int packetId : new int[] {1, 255, 256, 65_535}) {
      client.send(publish(topic, "x").qos(1, packetId));
      client.expectAck(PacketType.PUBACK, packetId);
    }
  }

  @EveryVersion
  @Statement("MQTT-4.3.2-5")
  @Statement(value = "MQTT-4.3.2-2", version = "3.1.1")
  void afterPubAckTheSameIdentifierIsANewMessageWhateverItsDup(Version version) {
    Wire subscriber = subscriber(version, topic, 0);
    Wire client = client(version);
    client.send(publish(topic, "one").qos(1, 9));
    client.expectAck(PacketType.PUBACK, 9);
    client.send(publish(topic, "two").qos(1, 9).dup());
    client.expectAck(PacketType.PUBACK, 9);
    subscriber.expectPublish(topic, "one");
    subscriber.expectPublish(topic, "two");
  }

  @EveryVersion
  @Statement({"MQTT-4.3.3-8", "MQTT-4.3.3-10", "MQTT-4.3.3-11", "MQTT-2.2.1-5"})
  @Statement(
      value = {"MQTT-4.3.3-2", "MQTT-2.3.1-6"},
      version = "3.1.1")
  void aRepeatedQos2PublishIsAnsweredAndDeliveredOnce(Version version) {
    Wire subscriber = subscriber(version, topic, 0);
    Wire client = client(version);
    client.send(publish(topic, "once").qos(2, 9));
    client.expectAck(PacketType.PUBREC, 9);
    client.send(publish(topic, "once").qos(2, 9).dup());
    client.expectAck(PacketType.PUBREC, 9);
    client.send(Packets.pubRel(9));
    client.expectAck(PacketType.PUBCOMP, 9, Reason.SUCCESS);
    subscriber.expectPublish(topic, "once");
    expectNothingFrom(client, subscriber);
  }

  @EveryVersion
  @Statement("MQTT-4.3.3-12")
  @Statement(value = "MQTT-4.3.3-2", version = "3.1.1")
  void afterPubCompTheSameIdentifierIsANewMessage(Version version) {
    Wire subscriber = subscriber(version, topic, 0);
    Wire client = client(version);
    for (String payload : List.of("one", "two")) {
      client.send(publish(topic, payload).qos(2, 9));
      client.expectAck(PacketType.PUBREC, 9);
      client.send(Packets.pubRel(9));
      client.expectAck(PacketType.PUBCOMP, 9);
      subscriber.expectPublish(topic, payload);
    }
  }

  /// One message is never acknowledged, while more follow than there are identifiers.
  @Test
  @Statement("MQTT-2.2.1-4")
  void anIdentifierThatIsInFlightIsGivenToNoOtherMessage() {
    String clientId = clientId();
    Wire subscriber = durableClient(Version.V5, clientId);
    subscriber.subscribe(topic, 2);
    Wire publisher = client(Version.V3_1_1);
    publisher.send(publish(topic, "held").qos(1, 1));
    publisher.expectAck(PacketType.PUBACK, 1);
    int held = subscriber.expectPublish(topic, "held").packetId();
    for (int sent = 0; sent < 66_000; sent += BATCH) {
      Outgoing[] publishes = new Outgoing[BATCH];
      Outgoing[] acks = new Outgoing[BATCH];
      for (int i = 0; i < BATCH; i++) {
        publishes[i] = publish(topic, "m").qos(1, 1 + i);
      }
      publisher.send(publishes);
      for (int i = 0; i < BATCH; i++) {
        Received received = subscriber.expectPublish(topic, "m");
        assertThat(received.packetId()).isNotEqualTo(held);
        acks[i] = Packets.pubAck(received.packetId());
        publisher.expectAck(PacketType.PUBACK, 1 + i);
      }
      subscriber.send(acks);
    }
    subscriber.expectNothing();
    subscriber.close();
    Received again = durableClient(Version.V5, clientId).expect(PacketType.PUBLISH);
    assertThat(again.packetId()).isEqualTo(held);
    assertThat(again.payload()).isEqualTo("held");
    assertThat(again.dup()).isTrue();
  }

  @EveryVersion
  void aRepeatedPubRelIsAnsweredAgain(Version version) {
    Wire client = client(version);
    client.send(publish(topic, "x").qos(2, 9));
    client.expectAck(PacketType.PUBREC, 9);
    client.send(Packets.pubRel(9), Packets.pubRel(9));
    client.expectAck(PacketType.PUBCOMP, 9, Reason.SUCCESS);
    client.expectAck(PacketType.PUBCOMP, 9, Reason.PACKET_ID_NOT_FOUND, Reason.SUCCESS);
    client.expectNothing();
  }

  @Test
  @Statement({"MQTT-4.3.3-9", "MQTT-3.5.2-1"})
  void afterARefusingPubRecTheSameIdentifierIsANewMessage() {
    Wire subscriber = subscriber(Version.V5, topic, 0);
    Wire client = client(Version.V5);
    client.send(publish("$SYS/broker/version", "mine").qos(2, 9));
    Received answer = client.readUnlessEnded();
    if (answer == null || answer.type() == PacketType.DISCONNECT) {
      client = client(Version.V5); // it may end the connection instead
    } else if (answer.reason() < 0x80) {
      client.send(Packets.pubRel(9));
      client.expectAck(PacketType.PUBCOMP, 9);
    }
    client.send(publish(topic, "new").qos(2, 9));
    client.expectAck(PacketType.PUBREC, 9, Reason.SUCCESS);
    client.send(Packets.pubRel(9));
    client.expectAck(PacketType.PUBCOMP, 9, Reason.SUCCESS);
    subscriber.expectPublish(topic, "new");
  }

  @Test
  @Statement("MQTT-4.3.3-13")
  void anExchangeIsCompletedThoughTheMessageExpired() {
    Wire client = client(Version.V5);
    client.send(publish(topic, "x").qos(2, 9).with(Property.MESSAGE_EXPIRY_INTERVAL, 1));
    client.expectAck(PacketType.PUBREC, 9);
    client.expectSilence(Duration.ofMillis(1500));
    client.send(Packets.pubRel(9));
    client.expectAck(PacketType.PUBCOMP, 9, Reason.SUCCESS);
  }

  // The server sends.

  @EveryVersion
  @Statement({"MQTT-4.3.2-1", "MQTT-4.3.2-2", "MQTT-4.3.3-1", "MQTT-4.3.3-2", "MQTT-2.2.1-4"})
  @Statement(
      value = {"MQTT-4.3.2-1", "MQTT-4.3.3-1", "MQTT-2.3.1-4", "MQTT-2.3.1-1"},
      version = "3.1.1")
  void theServersPublishesHaveUnusedIdentifiersAndDup0(Version version) {
    for (int qos = 1; qos <= 2; qos++) {
      Wire subscriber = subscriber(version, topic, qos);
      Wire publisher = client(version);
      Set<Integer> packetIds = new HashSet<>();
      for (int i = 0; i < 10; i++) {
        publisher.publish(topic, "m" + i, qos);
        Received publish = subscriber.expectPublish(topic, "m" + i);
        assertThat(publish.qos()).isEqualTo(qos);
        assertThat(publish.dup()).isFalse();
        assertThat(packetIds.add(publish.packetId())).as("%s has an unused id", publish).isTrue();
      }
      leave(subscriber);
    }
  }

  @EveryVersion
  @Statement({"MQTT-4.3.3-4", "MQTT-2.2.1-5", "MQTT-3.6.2-1"})
  @Statement(
      value = {"MQTT-4.3.3-1", "MQTT-2.3.1-6", "MQTT-3.6.1-1"},
      version = "3.1.1")
  void pubRecIsAnsweredByPubRelWithItsIdentifier(Version version) {
    Wire subscriber = subscriber(version, topic, 2);
    client(version).publish(topic, "x", 2);
    int packetId = subscriber.expectPublish(topic, "x").packetId();
    subscriber.send(Packets.pubRec(packetId));
    subscriber.expectAck(PacketType.PUBREL, packetId, Reason.SUCCESS);
    subscriber.send(Packets.pubComp(packetId));
    subscriber.expectNothing();
  }

  @Test
  @Statement({"MQTT-4.3.3-7", "MQTT-4.4.0-1"})
  void aQos2PublishThatWasSentDoesNotExpire() {
    String clientId = clientId();
    Wire subscriber = durableClient(Version.V5, clientId);
    subscriber.subscribe(topic, 2);
    Wire publisher = client(Version.V5);
    publisher.send(publish(topic, "x").qos(2, 9).with(Property.MESSAGE_EXPIRY_INTERVAL, 1));
    publisher.expectAck(PacketType.PUBREC, 9);
    publisher.send(Packets.pubRel(9));
    int packetId = subscriber.expectPublish(topic, "x").packetId();
    publisher.expectAck(PacketType.PUBCOMP, 9);
    subscriber.close();
    publisher.expectSilence(Duration.ofMillis(2100));
    Wire again = durableClient(Version.V5, clientId);
    Received repeated = again.expectPublish(topic, "x");
    assertThat(repeated.packetId()).isEqualTo(packetId);
    again.acknowledge(repeated);
    again.expectNothing();
  }

  // Order.

  @EveryVersion
  @Statement(
      value = {"MQTT-4.6.0-2", "MQTT-4.6.0-3", "MQTT-4.6.0-4"},
      version = "3.1.1")
  @Statement("MQTT-3.3.4-1")
  void acknowledgementsComeInTheOrderOfThePublishes(Version version) {
    Wire client = client(version);
    for (int packetId = 1; packetId <= 10; packetId++) {
      client.send(publish(topic, "x").qos(1, packetId));
    }
    for (int packetId = 1; packetId <= 10; packetId++) {
      client.expectAck(PacketType.PUBACK, packetId);
    }
    for (int packetId = 1; packetId <= 10; packetId++) {
      client.send(publish(topic, "x").qos(2, packetId));
    }
    for (int packetId = 1; packetId <= 10; packetId++) {
      client.expectAck(PacketType.PUBREC, packetId);
    }
    for (int packetId = 1; packetId <= 10; packetId++) {
      client.send(Packets.pubRel(packetId));
    }
    for (int packetId = 1; packetId <= 10; packetId++) {
      client.expectAck(PacketType.PUBCOMP, packetId);
    }
  }

  @EveryVersion
  @Statement(value = "MQTT-4.6.0-4", version = "3.1.1")
  void pubRelsComeInTheOrderOfThePubRecs(Version version) {
    Wire subscriber = subscriber(version, topic, 2);
    Wire publisher = client(version);
    int[] packetIds = new int[5];
    for (int i = 0; i < 5; i++) {
      publisher.publish(topic, "m" + i, 2);
      packetIds[i] = subscriber.expectPublish(topic, "m" + i).packetId();
    }
    for (int packetId : packetIds) {
      subscriber.send(Packets.pubRec(packetId));
    }
    for (int packetId : packetIds) {
      subscriber.expectAck(PacketType.PUBREL, packetId);
    }
  }

  @EveryVersion
  @Statement({"MQTT-4.6.0-5", "MQTT-4.6.0-6"})
  @Statement(
      value = {"MQTT-4.6.0-5", "MQTT-4.6.0-6"},
      version = "3.1.1")
  void messagesOfOneClientComeInTheirOrder(Version version) {
    for (int qos = 0; qos <= 2; qos++) {
      Wire subscriber = subscriber(version, topic, qos);
      Wire other = subscriber(version, topic + "/#", qos);
      Wire publisher = client(version);
      for (int i = 0; i < 100; i++) {
        publisher.publish(topic, "m" + i, qos);
      }
      for (int i = 0; i < 100; i++) {
        subscriber.acknowledge(subscriber.await(PacketType.PUBLISH), "m" + i);
        other.acknowledge(other.await(PacketType.PUBLISH), "m" + i);
      }
      leave(subscriber);
      leave(other);
    }
  }
}
