package io.dunlin.codec;

import io.dunlin.base.HotPath;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.ReasonCode;
import java.nio.ByteBuffer;

/// The fixed header: where a packet ends, and whether it may come at all (MQTT 5.0 §2.1).
@HotPath(benchmark = "mqload fan-out, QoS 0")
public final class PacketFrame {
  private PacketFrame() {}

  /// How many bytes the packet has that begins at `from`, header included; 0 when the bytes `[from,
  /// to)` do not tell yet. They need not hold all of it.
  ///
  /// A Remaining Length that is not in its shortest form is refused in every version: before 5.0 no
  /// numbered statement asks for that.
  ///
  /// @param maxPacketBytes the largest packet that the receiver takes, header included
  /// @throws MalformedPacket if the length is malformed, or too large (0x95)
  public static int length(ByteBuffer buffer, int from, int to, int maxPacketBytes)
      throws MalformedPacket {
    int remaining = VarInt.read(buffer, from + 1, to);
    if (remaining == VarInt.INCOMPLETE) {
      return 0;
    }
    if (remaining == VarInt.MALFORMED) {
      throw new MalformedPacket(
          ReasonCode.MALFORMED_PACKET, "MQTT-1.5.5-1", "Remaining Length is no shortest form");
    }
    int length = 1 + VarInt.size(remaining) + remaining;
    if (length > maxPacketBytes) {
      throw new MalformedPacket(
          ReasonCode.PACKET_TOO_LARGE,
          "MQTT-3.2.2-15",
          length + " bytes are more than " + maxPacketBytes);
    }
    return length;
  }

  /// Checks that `sender` may send a packet that begins with `firstByte`: its type, and its flags
  /// but those of a PUBLISH.
  ///
  /// @param firstByte 0..255
  /// @throws MalformedPacket if not
  public static void checkFirstByte(int firstByte, MqttVersion version, Sender sender)
      throws MalformedPacket {
    int type = firstByte >> 4;
    boolean v5 = version == MqttVersion.V5;
    if (!PacketType.allowed(type, v5, sender)) {
      throw new MalformedPacket(
          ReasonCode.PROTOCOL_ERROR,
          v5 ? "§2.1.2" : "MQTT-4.8.0-1 v3.1.1",
          "the " + sender + " may not send packets of type " + type);
    }
    if (type == PacketType.PUBLISH) {
      return;
    }
    // MQTT 3.1 sets DUP on a PUBREL, SUBSCRIBE or UNSUBSCRIBE that is sent again.
    int ignored = version == MqttVersion.V3_1 && PacketType.flags(type) != 0 ? 8 : 0;
    int flags = firstByte & 0x0f & ~ignored;
    if (flags != PacketType.flags(type)) {
      throw new MalformedPacket(
          ReasonCode.MALFORMED_PACKET, flagStatement(type, v5), "flags " + flags);
    }
  }

  private static String flagStatement(int type, boolean v5) {
    if (!v5) {
      return switch (type) {
        case PacketType.PUBREL -> "MQTT-3.6.1-1 v3.1.1";
        case PacketType.SUBSCRIBE -> "MQTT-3.8.1-1 v3.1.1";
        case PacketType.UNSUBSCRIBE -> "MQTT-3.10.1-1 v3.1.1";
        case PacketType.DISCONNECT -> "MQTT-3.14.1-1 v3.1.1";
        default -> "MQTT-2.2.2-2 v3.1.1";
      };
    }
    return switch (type) {
      case PacketType.PUBREL -> "MQTT-3.6.1-1";
      case PacketType.SUBSCRIBE -> "MQTT-3.8.1-1";
      case PacketType.UNSUBSCRIBE -> "MQTT-3.10.1-1";
      case PacketType.DISCONNECT -> "MQTT-3.14.1-1";
      case PacketType.AUTH -> "MQTT-3.15.1-1";
      default -> "MQTT-2.1.3-1";
    };
  }
}
