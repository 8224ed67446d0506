package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Publish.publish;
import static io.dunlin.tests.conformance.Subscribe.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// PUBLISH: its flags and fields, and what of it is forwarded.
class PublishTest extends ConformanceTest {
  private final String topic = topic();

  @EveryVersion
  @Statement("MQTT-3.3.4-1")
  @Statement(value = "MQTT-3.3.4-1", version = "3.1.1")
  void thePublishIsAnsweredByItsQos(Version version) {
    Wire client = client(version);
    client.send(publish(topic, "x"));
    client.expectNothing();
    client.send(publish(topic, "x").qos(1, 5));
    client.expectAck(PacketType.PUBACK, 5);
    client.send(publish(topic, "x").qos(2, 5));
    client.expectAck(PacketType.PUBREC, 5);
    client.send(Packets.pubRel(5));
    client.expectAck(PacketType.PUBCOMP, 5);
  }

  @EveryVersion
  @Statement("MQTT-3.3.1-4")
  @Statement(value = "MQTT-3.3.1-4", version = "3.1.1")
  void qos3IsMalformed(Version version) {
    Wire client = client(version);
    client.send(publish(topic, "x").qos(3, 1));
    client.expectRefusal(Reason.MALFORMED);
  }

  @From311
  @Statement({"rule-publish-dup-qos-0", "MQTT-3.3.1-2"})
  @Statement(value = "MQTT-3.3.1-2", version = "3.1.1")
  void dupWithQos0IsMalformed(Version version) {
    Wire client = client(version);
    client.send(publish(topic, "x").dup());
    client.expectRefusal(Reason.MALFORMED, Reason.PROTOCOL_ERROR);
  }

  @EveryVersion
  @Statement({"MQTT-4.3.1-1", "MQTT-2.2.1-2", "MQTT-3.3.1-2"})
  @Statement(
      value = {"MQTT-4.3.1-1", "MQTT-2.3.1-5", "MQTT-3.3.1-2", "MQTT-2.2.2-1"},
      version = "3.1.1")
  void aQos0PublishOfTheServerHasNeitherIdentifierNorDup(Version version) {
    Wire subscriber = subscriber(version, topic, 2);
    subscriber.publish(topic, "the payload begins here", 0);
    Received publish = subscriber.expectPublish(topic, "the payload begins here");
    assertThat(publish.qos()).isZero();
    assertThat(publish.dup()).isFalse();
  }

  @EveryVersion
  @Statement("MQTT-3.3.1-3")
  @Statement(value = "MQTT-3.3.1-3", version = "3.1.1")
  void dupIsNotForwarded(Version version) {
    Wire subscriber = subscriber(version, topic, 2);
    Wire publisher = client(version);
    publisher.send(publish(topic, "one").qos(1, 1).dup(), publish(topic, "two").qos(2, 2).dup());
    publisher.expectAck(PacketType.PUBACK, 1);
    publisher.expectAck(PacketType.PUBREC, 2);
    publisher.send(Packets.pubRel(2));
    for (String payload : List.of("one", "two")) {
      Received publish = subscriber.expectPublish(topic, payload);
      assertThat(publish.dup()).as("DUP of %s", publish).isFalse();
    }
  }

  @EveryVersion
  @Statement({"MQTT-3.3.2-2", "MQTT-4.7.0-1"})
  @Statement(
      value = {"MQTT-3.3.2-2", "MQTT-4.7.1-1"},
      version = "3.1.1")
  void aTopicNameWithWildcardsEndsTheConnection(Version version) {
    for (String name : List.of("a/+", "+", "#", "a/#", "a+b", "a#b/c")) {
      Wire client = client(version);
      client.send(publish(name, "x"));
      client.expectRefusal(Reason.MALFORMED, Reason.PROTOCOL_ERROR, Reason.TOPIC_NAME_INVALID);
    }
  }

  @EveryVersion
  @Statement("MQTT-3.3.2-3")
  @Statement(value = "MQTT-3.3.2-3", version = "3.1.1")
  void theForwardedTopicNameIsThePublishedOne(Version version) {
    Wire subscriber = subscriber(version, topic + "/+/c/#", 0);
    for (String name : List.of("/b/c", "//c", "/b/c/d/e", "/é/c/ü", "/B/c")) {
      subscriber.publish(topic + name, "x", 0);
      subscriber.expectPublish(topic + name, "x");
    }
  }

  @EveryVersion
  @Statement("MQTT-4.7.3-1")
  @Statement(value = "MQTT-4.7.3-1", version = "3.1.1")
  void anEmptyTopicNameEndsTheConnection(Version version) {
    Wire client = client(version);
    client.send(publish("", "x"));
    client.expectRefusal(Reason.PROTOCOL_ERROR, Reason.TOPIC_NAME_INVALID);
  }

  @EveryVersion
  @Statement(value = "MQTT-3.3.5-2", version = "3.1.1")
  @Statement({"MQTT-3.4.2-1", "MQTT-4.3.2-4"})
  void aPublishToATopicOfTheServerIsAcknowledgedOrEndsTheConnection(Version version) {
    Wire client = client(version);
    client.send(publish("$SYS/broker/version", "mine").qos(1, 3));
    Received answer = client.readUnlessEnded();
    if (answer != null && answer.type() == PacketType.PUBACK) {
      assertThat(answer.packetId()).isEqualTo(3);
      client.expectNothing();
    } else if (answer != null) {
      assertThat(answer.type()).isEqualTo(PacketType.DISCONNECT);
    }
  }

  @EveryVersion
  void payloadsOfAnySizeAreForwardedUnchanged(Version version) {
    Wire subscriber = subscriber(version, topic, 1);
    for (int length : new int[] {0, 1, 127, 128, 16_383, 16_384, 70_000}) {
      String payload = "p".repeat(length);
      subscriber.send(publish(topic, payload).qos(1, 1));
      Received publish = subscriber.await(PacketType.PUBLISH);
      subscriber.await(PacketType.PUBACK);
      assertThat(publish.payload()).isEqualTo(payload);
      subscriber.acknowledge(publish);
    }
  }

  @EveryVersion
  @Statement({"MQTT-4.7.3-3"})
  @Statement(value = "MQTT-4.7.3-3", version = "3.1.1")
  void aTopicNameOf65535BytesIsForwardedOrRefused(Version version) {
    String longest = topic + "x".repeat(65_535 - topic.length());
    Wire publisher = client(version);
    publisher.send(publish(longest, "x").qos(1, 1));
    Received answer = publisher.readUnlessEnded();
    if (answer != null && answer.type() == PacketType.PUBACK && answer.reason() < 0x80) {
      Wire reader = client(version);
      reader.send(subscribe(1).filter(longest, 0));
      assertThat(reader.expectAck(PacketType.SUBACK, 1).reason()).isZero();
      publisher.publish(longest, "y", 1);
      reader.expectPublish(longest, "y");
    } else if (answer != null) {
      assertThat(answer.reason())
          .as("%s", answer)
          .isIn(Reason.TOPIC_NAME_INVALID, Reason.QUOTA_EXCEEDED, Reason.PACKET_TOO_LARGE);
    }
  }

  // 5.0.

  @Test
  @Statement({
    "MQTT-3.3.2-4",
    "MQTT-3.3.2-15",
    "MQTT-3.3.2-16",
    "MQTT-3.3.2-17",
    "MQTT-3.3.2-18",
    "MQTT-3.3.2-20"
  })
  void propertiesAreForwardedUnaltered() {
    Wire subscriber = subscriber(Version.V5, topic, 0);
    byte[] correlation = {0, 1, (byte) 0xFF, 0, (byte) 0xC0};
    Wire publisher = client(Version.V5);
    publisher.send(
        publish(topic, "x")
            .with(Property.USER_PROPERTY, "z=1")
            .with(Property.CONTENT_TYPE, "text/é")
            .with(Property.USER_PROPERTY, "a=2")
            .with(Property.CORRELATION_DATA, correlation)
            .with(Property.USER_PROPERTY, "z=1")
            .with(Property.RESPONSE_TOPIC, topic + "/answers")
            .with(Property.PAYLOAD_FORMAT_INDICATOR, 1)
            .with(Property.USER_PROPERTY, "="));
    Received publish = subscriber.expectPublish(topic, "x");
    assertThat(publish.number(Property.PAYLOAD_FORMAT_INDICATOR, 0)).isEqualTo(1);
    assertThat(publish.text(Property.RESPONSE_TOPIC)).isEqualTo(topic + "/answers");
    assertThat(publish.binary(Property.CORRELATION_DATA)).isEqualTo(correlation);
    assertThat(publish.text(Property.CONTENT_TYPE)).isEqualTo("text/é");
    assertThat(publish.all(Property.USER_PROPERTY)).containsExactly("z=1", "a=2", "z=1", "=");
  }

  @Test
  @Statement({"MQTT-3.3.2-17", "MQTT-3.3.2-18"})
  void manyUserPropertiesKeepTheirOrder() {
    Wire subscriber = subscriber(Version.V5, topic, 1);
    Publish publish = publish(topic, "x");
    for (int i = 0; i < 200; i++) {
      publish.with(Property.USER_PROPERTY, "name" + i % 7 + "=" + i);
    }
    client(Version.V5).publishAtLeastOnce(publish);
    List<Object> received = subscriber.expectPublish(topic, "x").all(Property.USER_PROPERTY);
    assertThat(received).hasSize(200);
    for (int i = 0; i < 200; i++) {
      assertThat(received.get(i)).isEqualTo("name" + i % 7 + "=" + i);
    }
  }

  @Test
  void propertiesAreLeftOutForOlderClients() {
    Wire subscriber = subscriber(Version.V3_1_1, topic, 0);
    Wire publisher = client(Version.V5);
    publisher.send(publish(topic, "x").with(Property.USER_PROPERTY, "a=1"));
    subscriber.expectPublish(topic, "x");
  }

  @Test
  @Statement("MQTT-3.3.2-14")
  void aResponseTopicWithWildcardsIsRefused() {
    for (String response : List.of("a/+", "#")) {
      Wire client = client(Version.V5);
      client.send(publish(topic, "x").with(Property.RESPONSE_TOPIC, response));
      client.expectRefusal(Reason.MALFORMED, Reason.PROTOCOL_ERROR, Reason.TOPIC_NAME_INVALID);
    }
  }

  @Test
  @Statement("rule-publish-subscription-identifier")
  void aSubscriptionIdentifierFromAClientIsAProtocolError() {
    for (int identifier : new int[] {0, 1}) {
      Wire client = client(Version.V5);
      client.send(publish(topic, "x").with(Property.SUBSCRIPTION_IDENTIFIER, identifier));
      client.expectRefusal(Reason.PROTOCOL_ERROR);
    }
  }

  @Test
  @Statement("rule-publish-payload-format")
  void aPayloadFormatIndicatorAbove1IsRefused() {
    Wire client = client(Version.V5);
    client.send(publish(topic, "x").with(Property.PAYLOAD_FORMAT_INDICATOR, 2));
    client.expectRefusal(Reason.PROTOCOL_ERROR, Reason.MALFORMED);
  }

  @EveryVersion
  @Statement({"MQTT-3.3.4-2", "MQTT-3.8.4-8"})
  @Statement(value = "MQTT-3.3.5-1", version = "3.1.1")
  void overlappingSubscriptionsDeliverAtTheHighestQos(Version version) {
    Wire subscriber = client(version);
    subscriber.subscribe(topic + "/+", 0);
    subscriber.subscribe(topic + "/a", 2);
    subscriber.subscribe(topic + "/#", 1);
    client(version).publish(topic + "/a", "x", 2);
    int highest = -1;
    int copies = 0;
    for (Received each = subscriber.expectPublish(topic + "/a", "x"); each != null; ) {
      highest = Math.max(highest, each.qos());
      copies++;
      subscriber.acknowledge(each);
      subscriber.send(Packets.pingReq());
      Received next = subscriber.read();
      each = next.type() == PacketType.PUBLISH ? next : null;
    }
    assertThat(highest).isEqualTo(2);
    assertThat(copies).isBetween(1, brokerExplains() ? 1 : 3);
  }

  @Test
  @Statement({"MQTT-3.3.4-3", "MQTT-3.3.4-4", "MQTT-3.3.4-5"})
  void theIdentifiersOfOverlappingSubscriptionsGoWithTheMessage() {
    Wire subscriber = client(Version.V5);
    subscriber.subscribe(identified(1, topic + "/a"), 0);
    subscriber.subscribe(identified(200, topic + "/+"), 0);
    subscriber.subscribe(identified(268_435_455, topic + "/#"), 0);
    subscriber.subscribe(
        subscribe(9).filter("+/" + topic.substring(topic.indexOf('/') + 1) + "/a", 0), 0);
    client(Version.V5).publish(topic + "/a", "x", 1);
    List<Object> identifiers = new ArrayList<>();
    int copies = 0;
    for (Received each = subscriber.expectPublish(topic + "/a", "x"); each != null; ) {
      identifiers.addAll(each.all(Property.SUBSCRIPTION_IDENTIFIER));
      copies++;
      subscriber.send(Packets.pingReq());
      Received next = subscriber.read();
      each = next.type() == PacketType.PUBLISH ? next : null;
    }
    assertThat(identifiers).containsExactlyInAnyOrder(1L, 200L, 268_435_455L);
    assertThat(copies).isIn(1, 4);
  }

  private static Subscribe identified(int identifier, String filter) {
    return subscribe(8).with(Property.SUBSCRIPTION_IDENTIFIER, identifier).filter(filter, 0);
  }
}
