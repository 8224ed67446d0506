package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Bytes.bytes;
import static io.dunlin.tests.conformance.Connect.connect;
import static io.dunlin.tests.conformance.Publish.publish;
import static io.dunlin.tests.conformance.Subscribe.subscribe;
import static io.dunlin.tests.conformance.Subscribe.unsubscribe;
import static io.dunlin.tests.conformance.Will.will;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What holds for any packet: fixed header, strings, lengths, properties, packet identifiers.
class FormatTest extends ConformanceTest {
  private static final List<byte[]> NOT_UTF_8 =
      List.of(
          bytes('a', 0xC0, 0x80).toArray(), // U+0000 in two bytes
          bytes('a', 0xC1, 0xBF).toArray(), // overlong
          bytes('a', 0xE0, 0x80, 0x80).toArray(), // overlong
          bytes('a', 0xED, 0xA0, 0x80).toArray(), // U+D800
          bytes('a', 0xED, 0xBF, 0xBF).toArray(), // U+DFFF
          bytes('a', 0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80).toArray(), // a pair of surrogates
          bytes('a', 0xF4, 0x90, 0x80, 0x80).toArray(), // above U+10FFFF
          bytes('a', 0xF5, 0x80, 0x80, 0x80).toArray(),
          bytes('a', 0x80).toArray(), // a continuation byte alone
          bytes('a', 0xE2, 0x82).toArray(), // cut short
          bytes('a', 0xFF).toArray());
  private static final byte[] WITH_NULL = {'a', 0, 'b'};

  // Fixed header.

  @From311
  @Statement({"MQTT-2.1.3-1", "MQTT-3.6.1-1", "MQTT-3.8.1-1", "MQTT-3.10.1-1", "MQTT-3.14.1-1"})
  @Statement("MQTT-3.15.1-1")
  @Statement(
      value = {"MQTT-2.2.2-2", "MQTT-3.6.1-1", "MQTT-3.8.1-1", "MQTT-3.10.1-1", "MQTT-3.14.1-1"},
      version = "3.1.1")
  @Statement(value = "MQTT-2.2.2-1", version = "3.1.1")
  void reservedHeaderFlagsOtherThanListedEndTheConnection(Version version) {
    byte[] ack = {0, 1};
    byte[] subscribe = subscribe(1).filter(topic(), 0).body(version).toArray();
    byte[] unsubscribe = unsubscribe(1).filter(topic()).body(version).toArray();
    Map<Integer, byte[]> packets =
        Map.of(
            0x41,
            ack,
            0x51,
            ack,
            0x60,
            ack,
            0x63,
            ack,
            0x71,
            ack,
            0x80,
            subscribe,
            0x8A,
            subscribe,
            0xA0,
            unsubscribe,
            0xC1,
            new byte[0],
            0xE1,
            new byte[0]);
    packets.forEach((firstByte, body) -> {
      Wire client = client(version);
      client.send(Bytes.packet(firstByte, new Bytes().raw(body)));
      client.expectRefusal(Reason.MALFORMED);
    });
    if (version.hasProperties()) {
      Wire client = client(version);
      client.send(Bytes.packet(0xF1, new Bytes()));
      client.expectRefusal(Reason.MALFORMED);
    }
  }

  @From311
  @Statement("MQTT-2.1.3-1")
  @Statement(value = "MQTT-2.2.2-2", version = "3.1.1")
  void aConnectWithHeaderFlagsIsNotAccepted(Version version) {
    Wire client = open(version);
    client.send(Bytes.packet(0x11, connect(clientId()).body(version)));
    assertThat(client.readToEnd())
        .satisfiesAnyOf(
            answer -> assertThat(answer).isEmpty(),
            answer -> assertThat(answer).startsWith(0x20).contains(Reason.MALFORMED));
  }

  @EveryVersion
  @Statement("rule-packet-type-0")
  void packetType0EndsTheConnection(Version version) {
    Wire client = client(version);
    client.send(bytes(0x00, 0x00));
    client.expectRefusal(Reason.MALFORMED, Reason.PROTOCOL_ERROR);
  }

  @BeforeV5
  void packetType15EndsTheConnectionBefore5(Version version) {
    Wire client = client(version);
    client.send(bytes(0xF0, 0x00));
    client.expectRefusal();
  }

  @EveryVersion
  @Statement("rule-packet-of-the-other-side")
  @Statement(value = "rule-packet-of-the-other-side", version = "3.1.1")
  void packetsOfTheServerEndTheConnection(Version version) {
    boolean v5 = version.hasProperties();
    List<Bytes> packets =
        List.of(
            v5 ? bytes(0x20, 3, 0, 0, 0) : bytes(0x20, 2, 0, 0),
            v5 ? bytes(0x90, 4, 0, 1, 0, 0) : bytes(0x90, 3, 0, 1, 0),
            v5 ? bytes(0xB0, 4, 0, 1, 0, 0) : bytes(0xB0, 2, 0, 1),
            bytes(0xD0, 0));
    for (Bytes packet : packets) {
      Wire client = client(version);
      client.send(packet);
      client.expectRefusal(Reason.PROTOCOL_ERROR);
    }
  }

  @EveryVersion
  @Statement("rule-bytes-left-over")
  @Statement(value = "rule-bytes-left-over", version = "3.1.1")
  void bytesLeftOverAreMalformed(Version version) {
    boolean v5 = version.hasProperties();
    List<Bytes> packets =
        List.of(
            bytes(0xC0, 1, 0),
            v5 ? bytes(0x40, 5, 0, 1, 0, 0, 9) : bytes(0x40, 3, 0, 1, 0),
            v5 ? bytes(0x62, 5, 0, 1, 0, 0, 9) : bytes(0x62, 3, 0, 1, 0),
            v5 ? bytes(0xE0, 3, 0, 0, 9) : bytes(0xE0, 1, 0));
    for (Bytes packet : packets) {
      Wire client = client(version);
      client.send(packet);
      client.expectRefusal(Reason.MALFORMED);
    }
    Wire client = open(version);
    client.send(connect(clientId()).trailing(bytes(0)));
    client.expectConnectRefusal(Reason.MALFORMED);
  }

  @EveryVersion
  @Statement("rule-length-does-not-fit")
  void fieldsThatDoNotFitTheRemainingLengthAreMalformed(Version version) {
    List<Bytes> packets =
        List.of(
            bytes(0x30, 0),
            bytes(0x30, 1, 0),
            bytes(0x30, 3, 0, 5, 'a'),
            bytes(0x32, 4, 0, 1, 'a', 0),
            bytes(0x40, 0),
            bytes(0x40, 1, 0),
            bytes(0x50, 1, 0),
            bytes(0x62, 1, 0),
            bytes(0x70, 1, 0),
            bytes(0x82, 1, 0),
            version.hasProperties() ? bytes(0x82, 5, 0, 1, 0, 0, 9) : bytes(0x82, 4, 0, 1, 0, 9),
            bytes(0xA2, 1, 0));
    for (Bytes packet : packets) {
      Wire client = client(version);
      client.send(packet);
      client.expectRefusal(Reason.MALFORMED);
    }
  }

  @Test
  @Statement({"rule-length-does-not-fit", "rule-length-of-five-bytes"})
  void aPropertyLengthThatDoesNotFitIsMalformed() {
    List<Bytes> packets =
        List.of(
            bytes(0x30, 4, 0, 1, 'a', 5), // longer than the packet
            bytes(0x30, 6, 0, 1, 'a', 1, 0x01, 0), // ends within a property
            bytes(0x30, 9, 0, 1, 'a', 0x80, 0x80, 0x80, 0x80, 0x01, 0),
            bytes(0x30, 4, 0, 1, 'a', 0x80), // not complete
            bytes(0x30, 3, 0, 1, 'a'), // not there
            bytes(0x82, 2, 0, 1),
            bytes(0xE0, 2, 0, 9));
    for (Bytes packet : packets) {
      Wire client = client(Version.V5);
      client.send(packet);
      client.expectRefusal(Reason.MALFORMED);
    }
  }

  @BeforeV5
  @Statement(value = "rule-length-not-shortest", version = "3.1.1")
  @Departure("Refused as 5.0 asks: no encoder needs it, and one packet has one form.")
  void aRemainingLengthThatIsLongerThanNeedBeIsRefused(Version version) {
    Wire client = client(version);
    client.send(bytes(0xC0, 0x80, 0x00));
    if (brokerExplains()) {
      client.expectRefusal();
    }
  }

  @Test
  @Statement("MQTT-1.5.5-1")
  void aVariableByteIntegerThatIsLongerThanNeedBeIsMalformed() {
    Wire client = client(Version.V5);
    client.send(bytes(0x30, 5, 0, 1, 'a', 0x80, 0x00));
    client.expectRefusal(Reason.MALFORMED);
  }

  @Test
  @Statement({"MQTT-2.2.2-1", "MQTT-1.5.5-1"})
  void propertyLengthsOfTheServerAreThereAndShort() {
    // Every packet of the server is checked by Received; these have no properties to carry.
    String topic = topic();
    Wire client = subscriber(Version.V5, topic, 0);
    client.publish(topic, "x", 0);
    assertThat(client.expectPublish(topic, "x").sizeBytes())
        .isEqualTo(2 + 2 + topic.length() + 1 + 1);
    client.publish(topic, "x".repeat(200), 0);
    assertThat(client.expectPublish(topic, "x".repeat(200)).sizeBytes())
        .isEqualTo(3 + 2 + topic.length() + 1 + 200);
  }

  // Strings.

  @EveryVersion
  @Statement({"MQTT-1.5.4-1", "MQTT-3.3.2-1"})
  @Statement(
      value = {"MQTT-1.5.3-1", "MQTT-3.3.2-1"},
      version = "3.1.1")
  void aTopicNameThatIsNotUtf8EndsTheConnection(Version version) {
    for (byte[] text : NOT_UTF_8) {
      Wire client = client(version);
      client.send(publish(text, "x"));
      client.expectRefusal(Reason.MALFORMED);
    }
  }

  @EveryVersion
  @Statement({"MQTT-1.5.4-1", "MQTT-3.8.3-1", "MQTT-3.10.3-1"})
  @Statement(
      value = {"MQTT-1.5.3-1", "MQTT-3.8.3-1", "MQTT-3.10.3-1"},
      version = "3.1.1")
  void aTopicFilterThatIsNotUtf8EndsTheConnection(Version version) {
    for (byte[] text : NOT_UTF_8) {
      Wire client = client(version);
      client.send(subscribe(1).filter(text, 0));
      client.expectRefusal(Reason.MALFORMED);
      Wire other = client(version);
      other.send(unsubscribe(1).filter(text));
      other.expectRefusal(Reason.MALFORMED);
    }
  }

  @From311
  @Statement({"MQTT-1.5.4-1", "MQTT-3.1.3-4", "MQTT-3.1.3-11", "MQTT-3.1.3-12"})
  @Statement(
      value = {"MQTT-1.5.3-1", "MQTT-3.1.3-4", "MQTT-3.1.3-10", "MQTT-3.1.3-11"},
      version = "3.1.1")
  void stringsOfTheConnectThatAreNotUtf8AreRefused(Version version) {
    for (byte[] text : NOT_UTF_8) {
      List<Connect> connects =
          List.of(
              connect("").clientId(text),
              connect(clientId()).will(will(text, "w")),
              connect(clientId()).userName(text));
      for (Connect connect : connects) {
        Wire client = open(version);
        client.send(connect);
        client.expectConnectRefusal(Reason.MALFORMED);
      }
    }
  }

  @Test
  @Statement({"MQTT-1.5.4-1", "MQTT-1.5.7-1", "MQTT-3.3.2-13", "MQTT-3.3.2-19"})
  void stringsOfPropertiesThatAreNotUtf8AreMalformed() {
    for (byte[] text : NOT_UTF_8) {
      List<Bytes> properties =
          List.of(
              new Bytes().property(Property.CONTENT_TYPE, text),
              new Bytes().property(Property.RESPONSE_TOPIC, text),
              bytes(Property.USER_PROPERTY.id).binary(text).string("value"),
              bytes(Property.USER_PROPERTY.id).string("name").binary(text));
      for (Bytes property : properties) {
        Wire client = client(Version.V5);
        client.send(publish(topic(), "x").rawProperties(property));
        client.expectRefusal(Reason.MALFORMED);
      }
    }
  }

  @EveryVersion
  @Statement({"MQTT-1.5.4-2", "MQTT-4.7.3-2"})
  @Statement(
      value = {"MQTT-1.5.3-2", "MQTT-4.7.3-2"},
      version = "3.1.1")
  void u0000InATopicEndsTheConnection(Version version) {
    List<Outgoing> packets =
        List.of(
            publish(WITH_NULL, "x"),
            subscribe(1).filter(WITH_NULL, 0),
            unsubscribe(1).filter(WITH_NULL));
    for (Outgoing packet : packets) {
      Wire client = client(version);
      client.send(packet);
      client.expectRefusal(
          Reason.MALFORMED, Reason.TOPIC_NAME_INVALID, Reason.TOPIC_FILTER_INVALID);
    }
  }

  @From311
  @Statement("MQTT-1.5.4-2")
  @Statement(value = "MQTT-1.5.3-2", version = "3.1.1")
  void u0000InTheConnectIsRefused(Version version) {
    List<Connect> connects =
        List.of(
            connect("").clientId(WITH_NULL),
            connect(clientId()).will(will(WITH_NULL, "w")),
            connect(clientId()).userName(WITH_NULL));
    for (Connect connect : connects) {
      Wire client = open(version);
      client.send(connect);
      client.expectConnectRefusal(
          Reason.MALFORMED, Reason.CLIENT_ID_NOT_VALID, Reason.TOPIC_NAME_INVALID);
    }
  }

  @Test
  @Statement({"MQTT-1.5.4-2", "MQTT-1.5.7-1"})
  void u0000InAUserPropertyIsMalformed() {
    Wire client = client(Version.V5);
    Bytes property = bytes(Property.USER_PROPERTY.id).string("name").binary(WITH_NULL);
    client.send(publish(topic(), "x").rawProperties(property));
    client.expectRefusal(Reason.MALFORMED);
  }

  @EveryVersion
  @Statement({"MQTT-1.5.4-3", "MQTT-4.7.3-4"})
  @Statement(
      value = {"MQTT-1.5.3-3", "MQTT-4.7.3-4"},
      version = "3.1.1")
  void theByteOrderMarkIsACharacterLikeAnyOther(Version version) {
    String topic = topic();
    String marked = "\uFEFF" + topic + "\uFEFF";
    Wire plain = subscriber(version, topic, 0);
    Wire client = subscriber(version, marked, 0);
    client.publish(marked, "\uFEFFx", 0);
    assertThat(client.expectPublish(marked, "\uFEFFx").topic().getBytes(UTF_8))
        .startsWith(0xEF, 0xBB, 0xBF);
    expectNothingFrom(client, plain);
  }

  // Packet identifiers.

  @EveryVersion
  @Statement("MQTT-4.13.1-1")
  @Statement(value = "MQTT-2.3.1-1", version = "3.1.1")
  void packetIdentifier0EndsTheConnection(Version version) {
    List<Outgoing> packets =
        List.of(
            publish(topic(), "x").qos(1, 0),
            publish(topic(), "x").qos(2, 0),
            subscribe(0).filter(topic(), 0),
            unsubscribe(0).filter(topic()));
    for (Outgoing packet : packets) {
      Wire client = client(version);
      client.send(packet);
      client.expectRefusal(Reason.MALFORMED, Reason.PROTOCOL_ERROR);
    }
  }

  @EveryVersion
  @Statement({"MQTT-2.2.1-6", "MQTT-3.8.4-2", "MQTT-3.10.4-5"})
  @Statement(
      value = {"MQTT-2.3.1-7", "MQTT-3.8.4-2", "MQTT-3.10.4-4"},
      version = "3.1.1")
  void subAckAndUnsubAckHaveTheIdentifierOfTheirRequest(Version version) {
    Wire client = client(version);
    String topic = topic();
    for (int packetId : new int[] {1, 255, 256, 32_768, 65_535}) {
      client.send(subscribe(packetId).filter(topic, 0));
      client.expectAck(PacketType.SUBACK, packetId);
      client.send(unsubscribe(packetId).filter(topic));
      client.expectAck(PacketType.UNSUBACK, packetId);
    }
  }

  // Properties.

  @Test
  @Statement("rule-property-not-allowed")
  void aPropertyOfAnotherPacketIsRefused() {
    Bytes alias = new Bytes().property(Property.TOPIC_ALIAS, 1);
    Bytes expiry = new Bytes().property(Property.SESSION_EXPIRY_INTERVAL, 1);
    Bytes identifier = new Bytes().property(Property.SUBSCRIPTION_IDENTIFIER, 1);
    List<Outgoing> packets =
        List.of(
            publish(topic(), "x").rawProperties(expiry),
            subscribe(1).rawProperties(expiry).filter(topic(), 0),
            unsubscribe(1).rawProperties(identifier).filter(topic()),
            Packets.ack(PacketType.PUBACK, 1, 0, alias),
            Packets.ack(PacketType.PUBREC, 1, 0, alias),
            Packets.ack(PacketType.PUBREL, 1, 0, alias),
            Packets.ack(PacketType.PUBCOMP, 1, 0, alias),
            Packets.disconnect(0, alias));
    for (Outgoing packet : packets) {
      Wire client = client(Version.V5);
      client.send(packet);
      client.expectRefusal(Reason.MALFORMED, Reason.PROTOCOL_ERROR);
    }
    Wire client = open(Version.V5);
    client.send(connect(clientId()).rawProperties(alias));
    client.expectConnectRefusal(Reason.MALFORMED, Reason.PROTOCOL_ERROR);
    Wire other = open(Version.V5);
    other.send(connect(clientId()).will(will(topic(), "w").with(Property.TOPIC_ALIAS, 1)));
    other.expectConnectRefusal(Reason.MALFORMED, Reason.PROTOCOL_ERROR);
  }

  @Test
  @Statement("rule-property-unknown")
  void anUnknownPropertyIsMalformed() {
    for (int id : new int[] {0x00, 0x04, 0x0A, 0x20, 0x2B, 0x7F}) {
      Wire client = client(Version.V5);
      client.send(publish(topic(), "x").rawProperties(bytes(id, 0)));
      client.expectRefusal(Reason.MALFORMED, Reason.PROTOCOL_ERROR);
    }
  }

  @Test
  @Statement("rule-property-past-its-length")
  void aPropertyThatRunsPastItsLengthIsMalformed() {
    Bytes stringTooLong = bytes(Property.CONTENT_TYPE.id).u16(500).raw((byte) 'a');
    Bytes cutNumber = bytes(Property.MESSAGE_EXPIRY_INTERVAL.id, 0, 0);
    for (Bytes property : List.of(stringTooLong, cutNumber)) {
      Wire client = client(Version.V5);
      client.send(publish(topic(), "x".repeat(600)).rawProperties(property));
      client.expectRefusal(Reason.MALFORMED);
    }
  }

  @Test
  @Statement("rule-property-twice")
  void aPropertyTwiceIsAProtocolError() {
    Map<Property, Object> ofPublish =
        Map.of(
            Property.PAYLOAD_FORMAT_INDICATOR,
            0,
            Property.MESSAGE_EXPIRY_INTERVAL,
            60,
            Property.CONTENT_TYPE,
            "text",
            Property.RESPONSE_TOPIC,
            "answers",
            Property.CORRELATION_DATA,
            "1",
            Property.TOPIC_ALIAS,
            1);
    ofPublish.forEach((property, value) -> {
      Wire client = client(Version.V5);
      client.send(publish(topic(), "x").with(property, value).with(property, value));
      client.expectRefusal(Reason.PROTOCOL_ERROR);
    });
    Map<Property, Object> ofConnect =
        Map.of(
            Property.SESSION_EXPIRY_INTERVAL, 1,
            Property.RECEIVE_MAXIMUM, 10,
            Property.MAXIMUM_PACKET_SIZE, 1000,
            Property.TOPIC_ALIAS_MAXIMUM, 1,
            Property.REQUEST_PROBLEM_INFORMATION, 1,
            Property.REQUEST_RESPONSE_INFORMATION, 0);
    ofConnect.forEach((property, value) -> {
      Wire client = open(Version.V5);
      client.send(connect(clientId()).with(property, value).with(property, value));
      client.expectConnectRefusal(Reason.PROTOCOL_ERROR);
    });
  }
}
