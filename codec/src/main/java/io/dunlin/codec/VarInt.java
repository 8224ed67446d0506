package io.dunlin.codec;

import io.dunlin.base.HotPath;
import java.nio.ByteBuffer;

/// Variable Byte Integers (MQTT 5.0 §1.5.5): one to four bytes, in as few as it takes.
@HotPath(benchmark = "mqload fan-out, QoS 0")
final class VarInt {
  /// The largest value.
  static final int MAX = 268_435_455;

  /// The bytes end within the number.
  static final int INCOMPLETE = -1;

  /// The number is longer than four bytes, or than it needs to be.
  static final int MALFORMED = -2;

  private VarInt() {}

  /// The number at `at` of `buffer`, or [#INCOMPLETE] or [#MALFORMED]. Reads no byte from `to` on.
  static int read(ByteBuffer buffer, int at, int to) {
    int value = 0;
    for (int i = 0; i < 4; i++) {
      if (at + i >= to) {
        return INCOMPLETE;
      }
      int b = buffer.get(at + i);
      value |= (b & 0x7f) << (7 * i);
      if (b >= 0) {
        return i > 0 && b == 0 ? MALFORMED : value; // [MQTT-1.5.5-1]
      }
    }
    return MALFORMED;
  }

  /// How many bytes `value` has on the wire, 1..4.
  static int size(int value) {
    if (value < 0 || value > MAX) {
      throw new IllegalArgumentException(value + " is not in 0.." + MAX);
    }
    return value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : 4;
  }

  /// Writes `value` at `at`; returns the index behind it.
  static int write(ByteBuffer target, int at, int value) {
    int rest = value;
    int next = at;
    while (rest > 0x7f) {
      target.put(next++, (byte) (rest | 0x80));
      rest >>>= 7;
    }
    target.put(next++, (byte) rest);
    return next;
  }
}
