package io.dunlin.codec;

import io.dunlin.base.HotPath;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.PublishView;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.Utf8;
import java.nio.ByteBuffer;

/// Decodes a PUBLISH in place (MQTT 5.0 §3.3). Allocates nothing but for a refusal.
///
/// All is checked but the topic name's bytes: whoever has not seen them before calls [#checkTopic].
/// Whether the payload is UTF-8 when it says so is nobody's duty.
@HotPath(benchmark = "mqload fan-out, QoS 0")
public final class PublishDecoder {
  private PublishDecoder() {}

  /// Puts `into` on the packet `[from, to)` of `buffer`: one whole PUBLISH, as long as
  /// [PacketFrame#length] said.
  ///
  /// @throws MalformedPacket if it may not be so; `into` is then undefined
  public static void decode(
      ByteBuffer buffer, int from, int to, MqttVersion version, Sender sender, PublishView into)
      throws MalformedPacket {
    boolean v5 = version == MqttVersion.V5;
    into.packet(buffer, from, to);
    checkFlags(into, v5);
    int at = from + 1;
    while (buffer.get(at++) < 0) {} // the Remaining Length, which was checked
    at = topic(into, at, v5);
    if (into.qos() != 0) {
      at = packetId(into, at, v5);
    }
    if (v5) {
      at = properties(into, at, sender);
      if (into.topicFrom() == into.topicTo() && into.topicAlias() == 0) {
        throw new MalformedPacket(
            ReasonCode.PROTOCOL_ERROR, "§3.3.2.1", "neither topic name nor topic alias");
      }
    } else if (into.topicFrom() == into.topicTo()) {
      throw malformed("MQTT-4.7.3-1 v3.1.1", "empty topic name");
    }
    into.payload(at, to);
  }

  private static void checkFlags(PublishView view, boolean v5) throws MalformedPacket {
    if (view.qos() == 3) {
      throw malformed(v5 ? "MQTT-3.3.1-4" : "MQTT-3.3.1-4 v3.1.1", "QoS 3");
    }
    if (view.dup() && view.qos() == 0) {
      throw malformed(v5 ? "MQTT-3.3.1-2" : "MQTT-3.3.1-2 v3.1.1", "DUP with QoS 0");
    }
  }

  private static int topic(PublishView view, int at, boolean v5) throws MalformedPacket {
    need(view, at, 2, v5);
    int topicFrom = at + 2;
    int length = PropertyBlock.u16(view.buffer(), at);
    need(view, topicFrom, length, v5);
    view.topic(topicFrom, topicFrom + length);
    return topicFrom + length;
  }

  private static int packetId(PublishView view, int at, boolean v5) throws MalformedPacket {
    need(view, at, 2, v5);
    view.packetIdAt(at);
    if (view.packetId() == 0) {
      throw new MalformedPacket(
          ReasonCode.PROTOCOL_ERROR,
          v5 ? "MQTT-2.2.1-3" : "MQTT-2.3.1-1 v3.1.1",
          "packet identifier 0");
    }
    return at + 2;
  }

  private static int properties(PublishView view, int at, Sender sender) throws MalformedPacket {
    ByteBuffer buffer = view.buffer();
    int length = VarInt.read(buffer, at, view.to());
    if (length < 0) {
      throw malformed(
          length == VarInt.INCOMPLETE ? "MQTT-2.2.2-1" : "MQTT-1.5.5-1",
          "no Property Length, or a malformed one");
    }
    int from = at + VarInt.size(length);
    need(view, from, length, true);
    if (length == 0) {
      return from;
    }
    int to = from + length;
    long seen =
        PropertyBlock.check(
            buffer,
            from,
            to,
            sender == Sender.CLIENT
                ? Property.IN_PUBLISH_FROM_CLIENT
                : Property.IN_PUBLISH_FROM_SERVER);
    view.properties(from, to, PropertyBlock.passOnLength(buffer, from, to, seen));
    view.propertyValues(
        has(seen, Property.TOPIC_ALIAS)
            ? PropertyBlock.u16(buffer, PropertyBlock.find(buffer, from, to, Property.TOPIC_ALIAS))
            : 0,
        has(seen, Property.MESSAGE_EXPIRY)
            ? PropertyBlock.u32(
                buffer, PropertyBlock.find(buffer, from, to, Property.MESSAGE_EXPIRY))
            : -1,
        has(seen, Property.PAYLOAD_FORMAT)
            && buffer.get(PropertyBlock.find(buffer, from, to, Property.PAYLOAD_FORMAT)) == 1);
    return to;
  }

  private static boolean has(long seen, int id) {
    return (seen & Property.bit(id)) != 0;
  }

  private static void need(PublishView view, int at, int bytes, boolean v5) throws MalformedPacket {
    if (view.to() - at < bytes) {
      throw malformed(
          v5 ? "MQTT-4.13.1-1" : "MQTT-4.8.0-1 v3.1.1",
          "a field of " + bytes + " bytes, but " + (view.to() - at) + " are left");
    }
  }

  /// Checks that the topic name of `view`, unless an alias stands for it, is one: valid UTF-8
  /// without wildcards.
  ///
  /// @throws MalformedPacket if not
  public static void checkTopic(PublishView view, MqttVersion version) throws MalformedPacket {
    int from = view.topicFrom();
    int to = view.topicTo();
    if (from == to || TopicName.valid(view.buffer(), from, to)) {
      return;
    }
    boolean v5 = version == MqttVersion.V5;
    if (!Utf8.valid(view.buffer(), from, to)) {
      throw malformed(v5 ? "MQTT-3.3.2-1" : "MQTT-3.3.2-1 v3.1.1", "topic name is no valid UTF-8");
    }
    throw malformed(v5 ? "MQTT-3.3.2-2" : "MQTT-3.3.2-2 v3.1.1", "wildcard in the topic name");
  }

  private static MalformedPacket malformed(String statement, String detail) {
    return new MalformedPacket(ReasonCode.MALFORMED_PACKET, statement, detail);
  }
}
