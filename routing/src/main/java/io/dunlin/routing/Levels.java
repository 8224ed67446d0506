package io.dunlin.routing;

import io.dunlin.base.HotPath;
import io.dunlin.base.Slice;

/// Levels within the bytes of a topic name or a topic filter.
///
/// A level is named by the index of its first byte. The level after one that ends at `end` begins
/// at `end + 1`; where that is beyond the length there are no more levels. A level may be empty.
@HotPath(benchmark = "mqload subs")
final class Levels {
  private static final long LENGTH_FACTOR = 0x9E3779B97F4A7C15L;
  private static final long WORD_FACTOR = 0xD6E8FEB86659FD93L;

  private Levels() {}

  /// Where the level that begins at `from` ends: at a separator or at the end of the text.
  static int end(Slice text, int from) {
    int i = from;
    while (i < text.length() && text.at(i) != '/') {
      i++;
    }
    return i;
  }

  /// The ends of all levels of `text`, in order.
  static int[] ends(Slice text) {
    int count = 1;
    for (int i = 0; i < text.length(); i++) {
      if (text.at(i) == '/') {
        count++;
      }
    }
    int[] ends = new int[count];
    int from = 0;
    for (int level = 0; level < count; level++) {
      ends[level] = end(text, from);
      from = ends[level] + 1;
    }
    return ends;
  }

  /// Where level number `level` begins, given the ends of all.
  static int start(int[] ends, int level) {
    return level == 0 ? 0 : ends[level - 1] + 1;
  }

  /// Whether there is no level at `from`.
  static boolean isPastEnd(Slice text, int from) {
    return from > text.length();
  }

  /// Whether the level of a filter at `from` is `+`.
  static boolean isSingle(Slice filter, int from) {
    return from < filter.length() && filter.at(from) == '+';
  }

  /// Whether the level of a filter at `from` is `#`.
  static boolean isMulti(Slice filter, int from) {
    return from < filter.length() && filter.at(from) == '#';
  }

  /// Whether the level of a filter at `from` is `+` or `#`.
  static boolean isWildcard(Slice filter, int from) {
    return isSingle(filter, from) || isMulti(filter, from);
  }

  /// Whether `topic` is one that a filter with a leading wildcard does not match. [MQTT-4.7.2-1]
  static boolean isHidden(Slice topic) {
    return topic.length() > 0 && topic.at(0) == '$';
  }

  /// Whether the level of `text` at `from` has the same bytes as `[start, end)` of `other`.
  static boolean same(Slice text, int from, Slice other, int start, int end) {
    int length = end - start;
    int after = from + length;
    if (after > text.length() || (after < text.length() && text.at(after) != '/')) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (text.at(from + i) != other.at(start + i)) {
        return false;
      }
    }
    return true;
  }

  /// Whether `a` from `aFrom` on has the same bytes as `b` from `bFrom` on.
  static boolean sameRest(Slice a, int aFrom, Slice b, int bFrom) {
    int length = a.length() - aFrom;
    if (length != b.length() - bFrom) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (a.at(aFrom + i) != b.at(bFrom + i)) {
        return false;
      }
    }
    return true;
  }

  /// Whether the levels of `filter` from byte `from` on match those of `topic` from level number
  /// `level` on. Looks at no more bytes than the filter has.
  static boolean restMatches(Slice filter, int from, Slice topic, int[] ends, int level) {
    int at = from;
    for (int i = level; ; i++) {
      if (isPastEnd(filter, at)) {
        return i == ends.length;
      }
      if (isMulti(filter, at)) {
        return true; // also without a level of the topic: [MQTT-4.7.1-2], §4.7.1.2
      }
      if (i == ends.length) {
        return false;
      }
      if (isSingle(filter, at)) {
        at += 2;
      } else {
        int start = start(ends, i);
        if (!same(filter, at, topic, start, ends[i])) {
          return false;
        }
        at += ends[i] - start + 1;
      }
    }
  }

  /// A hash of the bytes `[from, end)` that one who does not know `seed` cannot make collide.
  static int hash(Slice text, int from, int end, long seed) {
    long hash = seed ^ (end - from) * LENGTH_FACTOR;
    int i = from;
    while (end - i > 8) {
      hash = fold(hash ^ word(text, i, i + 8));
      i += 8;
    }
    hash = fold(hash ^ word(text, i, end) ^ seed);
    return (int) (hash ^ hash >>> 32);
  }

  private static long word(Slice text, int from, int end) {
    long word = 0;
    for (int i = from; i < end; i++) {
      word = word << 8 | (text.at(i) & 0xff);
    }
    return word;
  }

  /// Both halves of a 128-bit product.
  private static long fold(long word) {
    return Math.multiplyHigh(word, WORD_FACTOR) ^ word * WORD_FACTOR;
  }
}
