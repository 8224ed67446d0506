package io.dunlin.codec;

import io.dunlin.base.HotPath;
import java.nio.ByteBuffer;

/// Writes the acknowledgements that say nothing but "done", which are the same in all versions.
@HotPath(benchmark = "mqload fan-in, QoS 1")
public final class AckEncoder {
  /// How many bytes such an acknowledgement has.
  public static final int BYTES = 4;

  private AckEncoder() {}

  /// Writes a PUBACK into `target` at `at`; returns the index behind it.
  public static int writePubAck(ByteBuffer target, int at, int packetId) {
    return write(target, at, PacketType.PUBACK << 4, packetId);
  }

  /// Writes a PUBREC into `target` at `at`; returns the index behind it.
  public static int writePubRec(ByteBuffer target, int at, int packetId) {
    return write(target, at, PacketType.PUBREC << 4, packetId);
  }

  /// Writes a PUBREL into `target` at `at`; returns the index behind it.
  public static int writePubRel(ByteBuffer target, int at, int packetId) {
    return write(target, at, PacketType.PUBREL << 4 | 2, packetId); // [MQTT-3.6.1-1]
  }

  /// Writes a PUBCOMP into `target` at `at`; returns the index behind it.
  public static int writePubComp(ByteBuffer target, int at, int packetId) {
    return write(target, at, PacketType.PUBCOMP << 4, packetId);
  }

  private static int write(ByteBuffer target, int at, int firstByte, int packetId) {
    target.put(at, (byte) firstByte);
    target.put(at + 1, (byte) 2);
    target.put(at + 2, (byte) (packetId >>> 8));
    target.put(at + 3, (byte) packetId);
    return at + BYTES;
  }
}
