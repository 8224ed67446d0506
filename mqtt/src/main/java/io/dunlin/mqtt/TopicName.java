package io.dunlin.mqtt;

import io.dunlin.base.HotPath;
import io.dunlin.base.Slice;
import java.nio.ByteBuffer;

/// What a message is published to (MQTT 5.0 §4.7): a valid UTF-8 string of 1 to 65,535 bytes
/// without wildcards. Immutable.
public record TopicName(Slice bytes) {
  /// The longest topic name or filter, in bytes [MQTT-4.7.3-3].
  public static final int MAX_BYTES = 65_535;

  /// How many levels a name or filter may have where nothing else is configured. Longer ones are
  /// well-formed: to refuse them is policy.
  public static final int MAX_LEVELS = 128;

  public TopicName {
    if (!valid(bytes.asByteBuffer(), 0, bytes.length())) {
      throw new IllegalArgumentException("not a topic name: " + shown(bytes));
    }
  }

  /// What was meant to be one, for a message: the text, where it is text and short.
  static String shown(Slice bytes) {
    return bytes.length() <= 200 && Utf8.valid(bytes.asByteBuffer(), 0, bytes.length())
        ? "'" + bytes.utf8() + "'"
        : bytes.toString();
  }

  /// The topic name with these bytes.
  ///
  /// @throws IllegalArgumentException if they are none
  public static TopicName of(Slice bytes) {
    return new TopicName(bytes);
  }

  /// The topic name `text`.
  ///
  /// @throws IllegalArgumentException if it is none
  public static TopicName of(String text) {
    return new TopicName(Slice.utf8(text));
  }

  /// Whether the bytes `[from, to)` of `buffer`, by absolute index, are a topic name.
  @HotPath(benchmark = "mqload fan-in, topic cache missed")
  public static boolean valid(ByteBuffer buffer, int from, int to) {
    return to > from // [MQTT-4.7.3-1]
        && to - from <= MAX_BYTES
        && !hasWildcard(buffer, from, to) // [MQTT-4.7.0-1]
        && Utf8.valid(buffer, from, to);
  }

  /// Whether a `+` or `#` is among the bytes `[from, to)` of `buffer`.
  public static boolean hasWildcard(ByteBuffer buffer, int from, int to) {
    for (int at = from; at < to; at++) {
      byte b = buffer.get(at);
      if (b == '+' || b == '#') {
        return true;
      }
    }
    return false;
  }

  /// How many levels it has: one more than it has `/`.
  public int levels() {
    return levels(bytes.asByteBuffer(), 0, bytes.length());
  }

  /// How many levels the bytes `[from, to)` of `buffer` have.
  public static int levels(ByteBuffer buffer, int from, int to) {
    int levels = 1;
    for (int at = from; at < to; at++) {
      if (buffer.get(at) == '/') {
        levels++;
      }
    }
    return levels;
  }

  @Override
  public String toString() {
    return bytes.utf8();
  }
}
