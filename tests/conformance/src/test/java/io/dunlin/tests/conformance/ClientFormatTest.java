package io.dunlin.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.client.Client;
import io.dunlin.client.ClientConfig;
import io.dunlin.client.ClientException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What a server may not send ends the connection.
class ClientFormatTest extends ClientConformanceTest {
  /// Bytes that a client of this version must refuse.
  record Wrong(Version version, String what, Slice bytes, int reason) {
    @Override
    public String toString() {
      return version + " " + what;
    }
  }

  private static Wrong v5(String what, byte[] bytes, int reason) {
    return new Wrong(Version.V5, what, Slice.wrap(bytes), reason);
  }

  private static Wrong v3(String what, byte[] bytes) {
    return new Wrong(Version.V3_1_1, what, Slice.wrap(bytes), 0);
  }

  /// A PUBLISH of QoS 0 with these properties.
  private static byte[] publish(Bytes properties) {
    return Bytes.packet(
        0x30, new Bytes().string("t").variable(properties.length()).raw(properties.toArray()));
  }

  static List<Wrong> wrong() {
    Bytes format2 = new Bytes().property(Property.PAYLOAD_FORMAT_INDICATOR, 2);
    Bytes twice =
        new Bytes().property(Property.CONTENT_TYPE, "a").property(Property.CONTENT_TYPE, "b");
    return List.of(
        v5("flag bits", Bytes.bytes(0x42, 2, 0, 1).toArray(), 0x81),
        v5("flag bits of a PUBREL", Bytes.bytes(0x60, 2, 0, 1).toArray(), 0x81),
        v5("packet type 0", Bytes.bytes(0x00, 0).toArray(), 0x82),
        v5("a packet of the client", Bytes.bytes(0xC0, 0).toArray(), 0x82),
        v5("a second CONNACK", Bytes.bytes(0x20, 3, 0, 0, 0).toArray(), 0x82),
        v5("five bytes of length", Bytes.bytes(0x30, 0x80, 0x80, 0x80, 0x80, 1).toArray(), 0x81),
        v5("a length that is no shortest form", Bytes.bytes(0xD0, 0x80, 0).toArray(), 0x81),
        v5("bytes left over", Bytes.bytes(0xD0, 1, 0).toArray(), 0x81),
        v5("a length that does not fit", Bytes.bytes(0x40, 1, 0).toArray(), 0x81),
        v5("QoS 3", Bytes.packet(0x36, new Bytes().string("t").u16(1).u8(0)), 0x81),
        v5("DUP with QoS 0", Bytes.packet(0x38, new Bytes().string("t").u8(0)), 0x81),
        v5("no topic", Bytes.packet(0x30, new Bytes().string("").u8(0)), 0x82),
        v5("a wildcard", Bytes.packet(0x30, new Bytes().string("a/+").u8(0)), 0x81),
        v5("U+0000", Bytes.packet(0x30, new Bytes().string("a\0").u8(0)), 0x81),
        v5(
            "no UTF-8",
            Bytes.packet(0x30, new Bytes().binary((byte) 0xED, (byte) 0xA0, (byte) 0x80).u8(0)),
            0x81),
        v5("a payload format of 2", publish(format2), 0x82),
        v5("a property twice", publish(twice), 0x82),
        v5(
            "a property of another packet",
            publish(new Bytes().property(Property.RECEIVE_MAXIMUM, 1)),
            0x81),
        v5("an unknown property", publish(Bytes.bytes(0x7F, 0)), 0x81),
        v5("a property past its length", publish(Bytes.bytes(0x03, 0, 9, 'x')), 0x81),
        v5("topic alias 0", publish(new Bytes().property(Property.TOPIC_ALIAS, 0)), 0x94),
        v5("a topic alias too high", publish(new Bytes().property(Property.TOPIC_ALIAS, 1)), 0x94),
        v5(
            "too large",
            publish(new Bytes().property(Property.CONTENT_TYPE, "x".repeat(2_000))),
            0x95),
        v5(
            "an AUTH not asked for",
            Bytes.packet(0xF0, new Bytes().u8(0x18).u8(4).u8(0x15).string("m")),
            0x82),
        v5("a reason code of another packet", Bytes.bytes(0x40, 3, 0, 1, 0x8E).toArray(), 0x82),
        v3("flag bits", Bytes.bytes(0x42, 2, 0, 1).toArray()),
        v3("a packet of the client", Bytes.bytes(0xC0, 0).toArray()),
        v3("five bytes of length", Bytes.bytes(0x30, 0x80, 0x80, 0x80, 0x80, 1).toArray()),
        v3("bytes left over", Bytes.bytes(0xD0, 1, 0).toArray()),
        v3("QoS 3", Bytes.packet(0x36, new Bytes().string("t").u16(1))),
        v3("U+0000", Bytes.packet(0x30, new Bytes().string("a\0"))),
        v3("a wildcard", Bytes.packet(0x30, new Bytes().string("a/#"))),
        v3(
            "no UTF-8",
            Bytes.packet(0x30, new Bytes().binary((byte) 0xED, (byte) 0xA0, (byte) 0x80))));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  @Statement({
    "MQTT-1.5.4-1",
    "MQTT-1.5.4-2",
    "MQTT-1.5.5-1",
    "MQTT-2.1.3-1",
    "MQTT-3.3.1-4",
    "MQTT-3.3.2-2",
    "MQTT-3.3.2-8",
    "MQTT-3.4.2-1",
    "MQTT-4.13.2-1"
  })
  @Statement({
    "rule-property-not-allowed",
    "rule-property-unknown",
    "rule-property-past-its-length",
    "rule-property-twice",
    "rule-length-of-five-bytes",
    "rule-length-does-not-fit",
    "rule-bytes-left-over",
    "rule-packet-too-large",
    "rule-packet-type-0",
    "rule-packet-of-the-other-side",
    "rule-publish-dup-qos-0",
    "rule-publish-empty-topic",
    "rule-publish-alias-out-of-range",
    "rule-publish-payload-format"
  })
  @Statement(
      value = {
        "MQTT-1.5.3-1",
        "MQTT-1.5.3-2",
        "MQTT-2.2.2-2",
        "MQTT-3.3.1-4",
        "MQTT-3.3.2-2",
        "MQTT-4.8.0-1",
        "MQTT-4.8.0-2",
        "rule-length-of-five-bytes",
        "rule-bytes-left-over",
        "rule-packet-of-the-other-side"
      },
      version = "3.1.1")
  void whatTheServerMayNotSendEndsTheConnection(Wrong wrong) {
    boolean v5 = wrong.version() == Version.V5;
    ClientConfig.Builder config =
        config(v5 ? clean(Version.V5).maximumPacketSize(1_000) : clean(wrong.version()));
    Pair pair = connect(wrong.version(), config, NOTHING);

    pair.line().send(wrong.bytes().toArray());

    if (v5) { // Before 5.0 a DISCONNECT would say that all is well.
      assertThat(pair.line().expect(PacketType.DISCONNECT).reason()).isEqualTo(wrong.reason());
    }
    pair.line().expectEnd();
    assertThat(received).isEmpty();
  }

  @Test
  @Statement(value = "rule-length-not-shortest", version = "3.1.1")
  @Departure("Refused as 5.0 asks: no encoder needs it, and one packet has one form.")
  void aRemainingLengthThatIsLongerThanNeedBeEndsTheConnection() {
    Pair pair = connect(Version.V3_1_1, clean(Version.V3_1_1), NOTHING);

    pair.line().send(Bytes.bytes(0xD0, 0x80, 0).toArray());

    pair.line().expectEnd();
  }

  @ParameterizedTest
  @MethodSource("wrongConnAcks")
  @Statement("rule-connack-flags")
  void aConnAckThatIsWrongEndsTheConnection(byte[] connAck) {
    CompletableFuture<Client> connecting = begin(config(clean(Version.V5)));
    ServerScript.Line line = accept(Version.V5);
    line.expect(PacketType.CONNECT);

    line.send(connAck);

    line.expectEnd();
    assertThat(failure(connecting)).isInstanceOf(ClientException.Unreachable.class);
  }

  static List<byte[]> wrongConnAcks() {
    return List.of(
        Bytes.bytes(0x20, 3, 2, 0, 0).toArray(),
        Bytes.bytes(0x20, 5, 0, 0, 2, 0x24, 2).toArray(),
        Bytes.bytes(0x20, 5, 0, 0, 2, 0x25, 2).toArray(),
        Bytes.bytes(0x20, 5, 0, 0, 2, 0x28, 2).toArray(),
        Bytes.bytes(0xD0, 0).toArray());
  }
}
