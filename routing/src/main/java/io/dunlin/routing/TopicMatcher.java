package io.dunlin.routing;

import io.dunlin.base.Slice;

/// Tells whether one topic filter matches one topic name: the rules of MQTT §4.7 in one place,
/// level by level.
public final class TopicMatcher {
  private TopicMatcher() {}

  /// Whether `filter`, without any `$share/{group}/`, matches `topic`. Both are valid UTF-8 bytes
  /// of their kind; they are compared byte by byte, without any normalisation. [MQTT-4.7.3-4]
  public static boolean matches(Slice filter, Slice topic) {
    if (Levels.isHidden(topic) && Levels.isWildcard(filter, 0)) {
      return false; // [MQTT-4.7.2-1]
    }
    int f = 0;
    int t = 0;
    while (!Levels.isPastEnd(filter, f)) {
      if (Levels.isMulti(filter, f)) {
        return true; // any number of levels, none included: "a/#" matches "a", §4.7.1.2
      }
      if (Levels.isPastEnd(topic, t)) {
        return false;
      }
      int end = Levels.end(topic, t);
      if (!Levels.isSingle(filter, f) && !Levels.same(filter, f, topic, t, end)) {
        return false;
      }
      f = Levels.end(filter, f) + 1;
      t = end + 1;
    }
    return Levels.isPastEnd(topic, t);
  }
}
