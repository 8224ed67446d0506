package io.dunlin.mqtt;

import io.dunlin.base.Slice;
import java.nio.ByteBuffer;

/// What a subscription asks for (MQTT 5.0 §4.7, §4.8.2): topic levels with wildcards, possibly
/// shared as `$share/{ShareName}/{filter}`. Immutable.
///
/// `$share/` begins a shared subscription in every version; 3.1.1 leaves names that begin with `$`
/// to the server.
///
/// @param bytes all of it, `$share/…/` included
public record TopicFilter(Slice bytes) {
  private static final Slice SHARE = Slice.utf8("$share/");

  public TopicFilter {
    ByteBuffer buffer = bytes.asByteBuffer();
    if (!valid(buffer, 0, bytes.length()) || !validShare(buffer, 0, bytes.length())) {
      throw new IllegalArgumentException("not a topic filter: " + TopicName.shown(bytes));
    }
  }

  /// The topic filter with these bytes.
  ///
  /// @throws IllegalArgumentException if they are none
  public static TopicFilter of(Slice bytes) {
    return new TopicFilter(bytes);
  }

  /// The topic filter `text`.
  ///
  /// @throws IllegalArgumentException if it is none
  public static TopicFilter of(String text) {
    return new TopicFilter(Slice.utf8(text));
  }

  /// Whether the bytes `[from, to)` of `buffer`, by absolute index, are a topic filter, but for the
  /// rules of [#validShare].
  public static boolean valid(ByteBuffer buffer, int from, int to) {
    return to > from // [MQTT-4.7.3-1]
        && to - from <= TopicName.MAX_BYTES
        && validWildcards(buffer, from, to)
        && Utf8.valid(buffer, from, to);
  }

  private static boolean validWildcards(ByteBuffer buffer, int from, int to) {
    for (int at = from; at < to; at++) {
      byte b = buffer.get(at);
      if (b != '+' && b != '#') {
        continue;
      }
      boolean startsLevel = at == from || buffer.get(at - 1) == '/';
      boolean endsLevel = at == to - 1 || (b == '+' && buffer.get(at + 1) == '/');
      if (!startsLevel || !endsLevel) { // [MQTT-4.7.1-1], [MQTT-4.7.1-2]
        return false;
      }
    }
    return true;
  }

  /// Whether the bytes `[from, to)`, if they begin with `$share/`, have a share name without
  /// wildcards, and a filter after it [MQTT-4.8.2-1], [MQTT-4.8.2-2].
  public static boolean validShare(ByteBuffer buffer, int from, int to) {
    if (!isShared(buffer, from, to)) {
      return true;
    }
    int nameFrom = from + SHARE.length();
    int nameTo = indexOfSlash(buffer, nameFrom, to);
    return nameTo > nameFrom && nameTo + 1 < to && !TopicName.hasWildcard(buffer, nameFrom, nameTo);
  }

  private static boolean isShared(ByteBuffer buffer, int from, int to) {
    return to - from >= SHARE.length() && SHARE.equalsAt(buffer, from, SHARE.length());
  }

  /// The index of the first `/`, or -1.
  private static int indexOfSlash(ByteBuffer buffer, int from, int to) {
    for (int at = from; at < to; at++) {
      if (buffer.get(at) == '/') {
        return at;
      }
    }
    return -1;
  }

  /// Whether it is that of a shared subscription.
  public boolean isShared() {
    return isShared(bytes.asByteBuffer(), 0, bytes.length());
  }

  /// The share name; empty when it is not shared.
  public Slice shareName() {
    return isShared() ? bytes.sub(SHARE.length(), filterFrom() - 1) : Slice.EMPTY;
  }

  /// The part that topic names are matched with: without `$share/{ShareName}/`.
  public Slice filter() {
    return bytes.sub(filterFrom(), bytes.length());
  }

  private int filterFrom() {
    return isShared() ? indexOfSlash(bytes.asByteBuffer(), SHARE.length(), bytes.length()) + 1 : 0;
  }

  /// Whether a `+` or `#` is in it.
  public boolean hasWildcard() {
    return TopicName.hasWildcard(bytes.asByteBuffer(), filterFrom(), bytes.length());
  }

  /// How many levels [#filter] has: one more than it has `/`.
  public int levels() {
    return TopicName.levels(bytes.asByteBuffer(), filterFrom(), bytes.length());
  }

  @Override
  public String toString() {
    return bytes.utf8();
  }
}
