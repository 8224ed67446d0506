package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Connect.connect;
import static io.dunlin.tests.conformance.Publish.publish;
import static io.dunlin.tests.conformance.Subscribe.subscribe;
import static io.dunlin.tests.conformance.Subscribe.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/// PUBACK, PUBREC, PUBREL and PUBCOMP: unknown identifiers, their forms, and their reasons.
class AcknowledgementTest extends ConformanceTest {
  private final String topic = topic();

  @EveryVersion
  @Statement({"rule-ack-unknown-pubrel", "MQTT-3.7.2-1"})
  void aPubRelForAnUnknownIdentifierIsAnswered(Version version) {
    Wire client = client(version);
    client.send(Packets.pubRel(4711));
    client.expectAck(PacketType.PUBCOMP, 4711, Reason.PACKET_ID_NOT_FOUND);
    client.expectNothing();
  }

  @Test
  @Statement({"rule-ack-unknown-pubrec", "MQTT-3.6.2-1"})
  void aPubRecForAnUnknownIdentifierIsAnswered() {
    Wire client = client(Version.V5);
    client.send(Packets.pubRec(4711));
    client.expectAck(PacketType.PUBREL, 4711, Reason.PACKET_ID_NOT_FOUND);
    client.expectNothing();
  }

  @EveryVersion
  @Statement("rule-ack-unknown-pubcomp")
  void aPubAckOrPubCompForAnUnknownIdentifierIsNoError(Version version) {
    Wire client = client(version);
    client.send(Packets.pubAck(4711), Packets.pubComp(4712));
    client.expectNothing();
  }

  @Test
  @Statement("rule-ack-short-form")
  void everyFormOfAnAcknowledgementIsUnderstood() {
    Wire client = subscriber(Version.V5, topic, 2);
    Wire publisher = client(Version.V5);
    Bytes properties =
        new Bytes()
            .property(Property.REASON_STRING, "fine")
            .property(Property.USER_PROPERTY, "a=1");
    for (int form = 0; form < 4; form++) {
      publisher.publish(topic, "at least once", 1);
      int packetId = client.expectPublish(topic, "at least once").packetId();
      client.send(ack(PacketType.PUBACK, packetId, form, properties));
      publisher.publish(topic, "exactly once", 2);
      packetId = client.expectPublish(topic, "exactly once").packetId();
      client.send(ack(PacketType.PUBREC, packetId, form, properties));
      client.expectAck(PacketType.PUBREL, packetId, Reason.SUCCESS);
      client.send(ack(PacketType.PUBCOMP, packetId, form, properties));
      client.send(publish(topic + "/own", "x").qos(2, 3));
      client.expectAck(PacketType.PUBREC, 3);
      client.send(ack(PacketType.PUBREL, 3, form, properties));
      client.expectAck(PacketType.PUBCOMP, 3, Reason.SUCCESS);
    }
  }

  private static Outgoing ack(PacketType type, int packetId, int form, Bytes properties) {
    return switch (form) {
      case 0 -> Packets.ack(type, packetId);
      case 1 -> Packets.ack(type, packetId, Reason.SUCCESS);
      case 2 -> Packets.ack(type, packetId, Reason.SUCCESS, new Bytes());
      default -> Packets.ack(type, packetId, Reason.SUCCESS, properties);
    };
  }

  @Test
  @Statement({
    "rule-ack-wrong-reason",
    "MQTT-3.4.2-1",
    "MQTT-3.5.2-1",
    "MQTT-3.6.2-1",
    "MQTT-3.7.2-1"
  })
  void aReasonCodeThatThePacketDoesNotHaveIsRefused() {
    for (PacketType type :
        List.of(PacketType.PUBACK, PacketType.PUBREC, PacketType.PUBREL, PacketType.PUBCOMP)) {
      for (int reason : new int[] {0x01, 0x8E, 0xFF}) {
        Wire client = client(Version.V5);
        client.send(Packets.ack(type, 1, reason));
        client.expectRefusal(Reason.PROTOCOL_ERROR, Reason.MALFORMED);
      }
    }
  }

  @Test
  @Statement({"rule-ack-no-subscribers", "MQTT-3.4.2-1", "MQTT-3.5.2-1"})
  void withoutSubscriberThePublishIsAcknowledgedWithSuccess() {
    Wire client = client(Version.V5);
    client.send(publish(topic, "x").qos(1, 1));
    client.expectAck(PacketType.PUBACK, 1, Reason.SUCCESS, Reason.NO_MATCHING_SUBSCRIBERS);
    client.send(publish(topic, "x").qos(2, 2));
    client.expectAck(PacketType.PUBREC, 2, Reason.SUCCESS, Reason.NO_MATCHING_SUBSCRIBERS);
    client.send(Packets.pubRel(2));
    client.expectAck(PacketType.PUBCOMP, 2, Reason.SUCCESS);
  }

  @Test
  @Statement({
    "MQTT-3.4.2-2", "MQTT-3.4.2-3", "MQTT-3.5.2-2", "MQTT-3.5.2-3", "MQTT-3.6.2-2",
    "MQTT-3.6.2-3", "MQTT-3.7.2-2", "MQTT-3.7.2-3", "MQTT-3.9.2-1", "MQTT-3.9.2-2",
    "MQTT-3.11.2-1", "MQTT-3.11.2-2", "MQTT-3.14.2-3", "MQTT-3.14.2-4"
  })
  void everyAnswerStaysWithinTheClientsMaximumPacketSize() {
    // Wire fails on any packet above the maximum; each of these could carry a Reason String.
    Wire client = open(Version.V5);
    client.send(connect(clientId()).with(Property.MAXIMUM_PACKET_SIZE, 45));
    client.expectConnAck(Reason.SUCCESS);
    client.send(publish(topic, "x").qos(1, 1));
    client.expectAck(PacketType.PUBACK, 1);
    client.send(publish(topic, "x").qos(2, 2));
    client.expectAck(PacketType.PUBREC, 2);
    client.send(Packets.pubRec(4711));
    client.expectAck(PacketType.PUBREL, 4711);
    client.send(Packets.pubRel(4712));
    client.expectAck(PacketType.PUBCOMP, 4712);
    client.send(unsubscribe(3).filter(topic));
    client.expectAck(PacketType.UNSUBACK, 3, Reason.NO_SUBSCRIPTION_EXISTED);
    client.send(subscribe(4).filter(topic, 0));
    client.expectAck(PacketType.SUBACK, 4, Reason.SUCCESS);
    client.send(connect(clientId()).with(Property.MAXIMUM_PACKET_SIZE, 45));
    client.expectRefusal(Reason.PROTOCOL_ERROR);
  }

  @Test
  @Statement("MQTT-3.1.2-29")
  void noReasonStringsAndUserPropertiesWhereTheClientWantsNone() {
    Wire client = open(Version.V5);
    client.send(connect(clientId()).with(Property.REQUEST_PROBLEM_INFORMATION, 0));
    client.expectConnAck(Reason.SUCCESS);
    client.send(
        Packets.pubRel(1),
        Packets.pubRec(2),
        unsubscribe(3).filter(topic),
        subscribe(4).filter("$share/g/" + topic, 0),
        publish(topic, "x").qos(1, 5));
    for (int i = 0; i < 5; i++) {
      Received answer = client.read();
      assertThat(answer.has(Property.REASON_STRING)).as("%s", answer).isFalse();
      assertThat(answer.has(Property.USER_PROPERTY)).as("%s", answer).isFalse();
    }
  }

  @Test
  @Statement("rule-request-problem-information-absent")
  void withoutThatWishReasonStringsMayCome() {
    Wire client = client(Version.V5);
    client.send(Packets.pubRel(1));
    // Received checks that a Reason String, if there is one, is a string.
    client.expectAck(PacketType.PUBCOMP, 1);
  }
}
