package io.dunlin.tests.simulation;

import java.util.List;

/// The topics of the simulation, and a naive match of filters.
final class Topics {
  static final List<String> PLAIN = List.of("t/0", "t/1", "t/2", "t/deep/er");
  static final List<String> SHARED = List.of("s/0", "s/1");
  static final List<String> RETAINED = List.of("r/0", "r/1", "r/2", "r/3");

  static final List<String> FILTERS =
      List.of(
          "t/0",
          "t/1",
          "t/+",
          "t/#",
          "+/0",
          "+/1",
          "#",
          "r/#",
          "r/0",
          "w/#",
          "+/deep/+",
          "$share/one/s/#",
          "$share/two/s/0",
          "$share/one/t/1",
          Group.FILTER,
          Group.FILTER);

  private Topics() {}

  static boolean isShared(String filter) {
    return filter.startsWith("$share/");
  }

  /// Whether `filter` matches, level by level.
  static boolean matches(String filter, String topic) {
    String plain = isShared(filter) ? filter.split("/", 3)[2] : filter;
    if (topic.startsWith("$") && !plain.startsWith("$")) {
      return false; // [MQTT-4.7.2-1]
    }
    String[] f = plain.split("/", -1);
    String[] t = topic.split("/", -1);
    for (int i = 0; i < f.length; i++) {
      if (f[i].equals("#")) {
        return true;
      }
      if (i >= t.length || !f[i].equals("+") && !f[i].equals(t[i])) {
        return false;
      }
    }
    return f.length == t.length;
  }
}
