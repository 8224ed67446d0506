package io.dunlin.mqtt;

import io.dunlin.base.HotPath;
import java.nio.ByteBuffer;

/// Checks strings in place, as strictly as MQTT asks: well-formed UTF-8 in shortest form, no
/// surrogates, nothing above U+10FFFF, no U+0000.
///
/// Control characters and noncharacters pass: the specification leaves them to the receiver.
@HotPath(benchmark = "mqload fan-in, topic cache missed")
public final class Utf8 {
  private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
  private static final long LOW_BITS = 0x0101_0101_0101_0101L;

  private Utf8() {}

  /// Whether the bytes `[from, to)` of `buffer`, by absolute index, are such a string.
  public static boolean valid(ByteBuffer buffer, int from, int to) {
    int at = from;
    while (at < to) {
      if (at <= to - 8) {
        long word = buffer.getLong(at);
        // Without a high bit, the subtraction borrows into one exactly where there is a zero byte.
        if (((word | (word - LOW_BITS)) & HIGH_BITS) == 0) {
          at += 8;
          continue;
        }
      }
      int length = lengthOfCharacter(buffer, at, to);
      if (length == 0) {
        return false;
      }
      at += length;
    }
    return true;
  }

  /// How many bytes the character at `at` has, 1..4; 0 if it is none that is allowed.
  private static int lengthOfCharacter(ByteBuffer buffer, int at, int to) {
    int first = buffer.get(at) & 0xff;
    if (first < 0x80) {
      return first == 0 ? 0 : 1; // [MQTT-1.5.4-2]
    }
    if (first < 0xc2) { // a continuation byte, or a long form of ASCII
      return 0;
    }
    if (first < 0xe0) {
      return to - at >= 2 && continues(buffer, at + 1) ? 2 : 0;
    }
    if (first < 0xf0) {
      return to - at >= 3 && threeBytes(first, buffer, at) ? 3 : 0;
    }
    return first < 0xf5 && to - at >= 4 && fourBytes(first, buffer, at) ? 4 : 0;
  }

  private static boolean threeBytes(int first, ByteBuffer buffer, int at) {
    int second = buffer.get(at + 1) & 0xff;
    boolean fits =
        switch (first) {
          case 0xe0 -> second >= 0xa0; // shortest form
          case 0xed -> second < 0xa0; // no surrogates [MQTT-1.5.4-1]
          default -> true;
        };
    return fits && continues(buffer, at + 1) && continues(buffer, at + 2);
  }

  private static boolean fourBytes(int first, ByteBuffer buffer, int at) {
    int second = buffer.get(at + 1) & 0xff;
    boolean fits =
        switch (first) {
          case 0xf0 -> second >= 0x90; // shortest form
          case 0xf4 -> second < 0x90; // up to U+10FFFF
          default -> true;
        };
    return fits
        && continues(buffer, at + 1)
        && continues(buffer, at + 2)
        && continues(buffer, at + 3);
  }

  private static boolean continues(ByteBuffer buffer, int at) {
    return (buffer.get(at) & 0xc0) == 0x80;
  }
}
