package io.dunlin.codec;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.Utf8;
import java.nio.ByteBuffer;

/// Reads the fields of one packet in order, never beyond its end. For cold packets.
final class PacketReader {
  private final ByteBuffer buffer;
  private final int to;
  private int at;
  private MqttVersion version;

  /// Reads the packet `[from, to)`, from behind its fixed header.
  PacketReader(ByteBuffer buffer, int from, int to, MqttVersion version) {
    int remaining = VarInt.read(buffer, from + 1, to);
    if (remaining < 0 || from + 1 + VarInt.size(remaining) + remaining != to) {
      throw new IllegalArgumentException("not one packet: " + from + ".." + to);
    }
    this.buffer = buffer;
    this.at = to - remaining;
    this.to = to;
    this.version = version;
  }

  boolean v5() {
    return version == MqttVersion.V5;
  }

  MqttVersion version() {
    return version;
  }

  /// A CONNECT finds its version on the way.
  void version(MqttVersion found) {
    version = found;
  }

  int left() {
    return to - at;
  }

  private void need(int bytes) throws MalformedPacket {
    if (left() < bytes) {
      throw malformed(
          "MQTT-4.8.0-1 v3.1.1",
          "MQTT-4.13.1-1",
          "a field of " + bytes + " bytes, but " + left() + " are left");
    }
  }

  int u8() throws MalformedPacket {
    need(1);
    return buffer.get(at++) & 0xff;
  }

  int u16() throws MalformedPacket {
    need(2);
    int value = PropertyBlock.u16(buffer, at);
    at += 2;
    return value;
  }

  /// A packet identifier; the statements are those that forbid 0 here.
  int packetId(String v3, String v5) throws MalformedPacket {
    int packetId = u16();
    if (packetId == 0) {
      throw protocolError(v3, v5, "packet identifier 0");
    }
    return packetId;
  }

  Slice binary() throws MalformedPacket {
    int length = u16();
    need(length);
    at += length;
    return Slice.copyOf(buffer, at - length, at);
  }

  /// Bytes that are valid UTF-8; `v3` and `v5` tell which field it is.
  private Slice textBytes(String v3, String v5) throws MalformedPacket {
    int length = u16();
    need(length);
    if (!Utf8.valid(buffer, at, at + length)) {
      throw malformed(v3, v5, "no valid UTF-8");
    }
    at += length;
    return Slice.copyOf(buffer, at - length, at);
  }

  /// A string; the statements are those that make this field one.
  String text(String v3, String v5) throws MalformedPacket {
    return textBytes(v3, v5).utf8();
  }

  TopicName topicName(String v3, String v5) throws MalformedPacket {
    Slice bytes = textBytes(v3, v5);
    if (bytes.isEmpty()) {
      throw malformed("MQTT-4.7.3-1 v3.1.1", "MQTT-4.7.3-1", "empty topic name");
    }
    if (TopicName.hasWildcard(bytes.asByteBuffer(), 0, bytes.length())) {
      throw malformed("MQTT-4.7.1-1 v3.1.1", "MQTT-4.7.0-1", "wildcard in a topic name");
    }
    return TopicName.of(bytes);
  }

  TopicFilter topicFilter(String v3, String v5) throws MalformedPacket {
    Slice bytes = textBytes(v3, v5);
    if (bytes.isEmpty()) {
      throw malformed("MQTT-4.7.3-1 v3.1.1", "MQTT-4.7.3-1", "empty topic filter");
    }
    ByteBuffer filter = bytes.asByteBuffer();
    if (!TopicFilter.validShare(filter, 0, bytes.length())) {
      throw protocolError("§4.7.2 v3.1.1", "MQTT-4.8.2-2", "no share name, or nothing behind it");
    }
    if (!TopicFilter.valid(filter, 0, bytes.length())) {
      throw malformed("MQTT-4.7.1-2 v3.1.1", "MQTT-4.7.1-1", "misplaced wildcard");
    }
    return TopicFilter.of(bytes);
  }

  /// The properties with their length; none before 5.0.
  Properties properties(long allowed) throws MalformedPacket {
    if (!v5()) {
      return Properties.NONE;
    }
    int length = VarInt.read(buffer, at, to);
    if (length < 0) {
      throw malformed(
          "",
          length == VarInt.INCOMPLETE ? "MQTT-2.2.2-1" : "MQTT-1.5.5-1",
          "no Property Length, or a malformed one");
    }
    at += VarInt.size(length);
    need(length);
    at += length;
    return new Properties(buffer, at - length, at, allowed);
  }

  /// The properties, or none where the packet ends before their length.
  Properties propertiesIfLeft(long allowed) throws MalformedPacket {
    return left() == 0 ? Properties.NONE : properties(allowed);
  }

  void end() throws MalformedPacket {
    if (left() > 0) {
      throw malformed(
          "MQTT-4.8.0-1 v3.1.1", "MQTT-4.13.1-1", left() + " bytes behind the last field");
    }
  }

  MalformedPacket malformed(String v3, String v5, String detail) {
    return new MalformedPacket(ReasonCode.MALFORMED_PACKET, v5() ? v5 : v3, detail);
  }

  MalformedPacket protocolError(String v3, String v5, String detail) {
    return new MalformedPacket(ReasonCode.PROTOCOL_ERROR, v5() ? v5 : v3, detail);
  }
}
