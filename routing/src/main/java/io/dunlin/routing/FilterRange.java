package io.dunlin.routing;

import io.dunlin.base.Slice;
import org.jspecify.annotations.Nullable;

/// Where, in the order of the tree, the topics lie that a filter matches.
///
/// The order compares bytes, unsigned, with the separator lowest. So the least topic behind `t` is
/// `t/`, and whatever lies below `t` is less than `t` followed by the byte 1. (Byte 0 occurs in no
/// topic. [MQTT-4.7.3-2])
final class FilterRange {
  /// The byte after `$`: behind all topics that are hidden from a leading wildcard.
  private static final Slice BEHIND_HIDDEN = Slice.utf8("%");

  private final Slice filter;
  private final boolean leadingWildcard;

  FilterRange(Slice filter) {
    this.filter = filter;
    this.leadingWildcard = Levels.isWildcard(filter, 0);
  }

  static int compare(Slice a, Slice b) {
    int common = Math.min(a.length(), b.length());
    for (int i = 0; i < common; i++) {
      byte x = a.at(i);
      byte y = b.at(i);
      if (x != y) {
        return rank(x) - rank(y);
      }
    }
    return a.length() - b.length();
  }

  boolean matches(Slice topic) {
    return TopicMatcher.matches(filter, topic);
  }

  /// No topic less than this one matches.
  Slice first() {
    return join(Slice.EMPTY, 0, 0);
  }

  /// Greater than `topic`, and no topic between the two matches; null when none behind `topic`
  /// does.
  @Nullable Slice next(Slice topic) {
    if (leadingWildcard && Levels.isHidden(topic)) {
      return BEHIND_HIDDEN;
    }
    int f = 0;
    int t = 0;
    int lastSingle = -1; // the end of the last level that `+` stands for
    while (!Levels.isPastEnd(filter, f)) {
      if (Levels.isMulti(filter, f)) {
        return behind(topic, topic.length(), (byte) '/');
      }
      if (Levels.isPastEnd(topic, t)) {
        return join(topic, t, f);
      }
      int end = Levels.end(topic, t);
      if (Levels.isSingle(filter, f)) {
        lastSingle = end;
      } else {
        int order = compareLevel(f, topic, t, end);
        if (order > 0) {
          return join(topic, t, f);
        }
        if (order < 0) {
          break;
        }
      }
      f = Levels.end(filter, f) + 1;
      t = end + 1;
    }
    return lastSingle < 0 ? null : behind(topic, lastSingle, (byte) 1);
  }

  /// The level of the filter at `f` against that of `topic` in `[t, end)`.
  private int compareLevel(int f, Slice topic, int t, int end) {
    int filterEnd = Levels.end(filter, f);
    int common = Math.min(filterEnd - f, end - t);
    for (int i = 0; i < common; i++) {
      int order = rank(filter.at(f + i)) - rank(topic.at(t + i));
      if (order != 0) {
        return order;
      }
    }
    return (filterEnd - f) - (end - t);
  }

  /// The first `t` bytes of `topic` and a separator (if one is missing there), then the least that
  /// matches the filter from `f` on: an empty level for each `+`, nothing for `/#`.
  private Slice join(Slice topic, int t, int f) {
    byte[] joined = new byte[t + filter.length() - f];
    for (int i = 0; i < t; i++) {
      joined[i] = i < topic.length() ? topic.at(i) : (byte) '/';
    }
    int length = t;
    int at = f;
    while (at < filter.length()) {
      if (Levels.isMulti(filter, at)) {
        length = Math.max(t, length - 1); // the separator too
        break;
      }
      int end = Levels.end(filter, at);
      if (!Levels.isSingle(filter, at)) {
        for (int i = at; i < end; i++) {
          joined[length++] = filter.at(i);
        }
      }
      if (end < filter.length()) {
        joined[length++] = '/';
      }
      at = end + 1;
    }
    return Slice.wrap(joined).sub(0, length);
  }

  private static Slice behind(Slice topic, int length, byte last) {
    byte[] bytes = new byte[length + 1];
    for (int i = 0; i < length; i++) {
      bytes[i] = topic.at(i);
    }
    bytes[length] = last;
    return Slice.wrap(bytes);
  }

  private static int rank(byte b) {
    return b == '/' ? 0 : b & 0xff;
  }
}
