package io.dunlin.broker.auth;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.TopicFilter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The topics of a rule for one client: a topic filter whose placeholders were replaced, level by
/// level. Immutable.
///
/// What stands for an identity is compared as it is and never becomes part of a filter: a client
/// named `+` gets no wildcard, one named `a/b` no second level, and one named `$SYS` does not come
/// to topics that wildcards leave out. Such identities match nothing in a rule that allows.
final class TopicPattern {
  private enum Kind {
    LITERAL,
    SINGLE,
    MULTI
  }

  /// @param bytes of a literal one, which is no wildcard whatever they are
  private record Level(Kind kind, Slice bytes) {
    static final Level SINGLE = new Level(Kind.SINGLE, Slice.utf8("+"));
    static final Level MULTI = new Level(Kind.MULTI, Slice.utf8("#"));
  }

  private final Level[] levels;

  private TopicPattern(List<Level> levels) {
    this.levels = levels.toArray(Level[]::new);
  }

  /// The pattern for a client, or null when no topic can match it.
  ///
  /// @param allow whether it stands in a rule that allows
  static @Nullable TopicPattern of(String topic, boolean allow, String clientId, String user) {
    List<Level> levels = new ArrayList<>();
    for (String level : topic.split("/", -1)) {
      Level one =
          switch (level) {
            case "+" -> Level.SINGLE;
            case "#" -> Level.MULTI;
            default -> literal(level, levels.isEmpty(), allow, clientId, user);
          };
      if (one == null) {
        return null;
      }
      levels.add(one);
    }
    if (topic.equals("+/#")) {
      levels.removeFirst(); // there always is a first level: the same as # alone
    }
    return new TopicPattern(levels);
  }

  /// Whether a topic has placeholders of that letter.
  static boolean hasPlaceholder(String topic, char letter) {
    return topic.replace("%%", "").contains("%" + letter);
  }

  private static @Nullable Level literal(
      String level, boolean first, boolean allow, String clientId, String user) {
    StringBuilder text = new StringBuilder();
    int at = 0;
    while (at < level.length()) {
      char c = level.charAt(at++);
      if (c != '%') {
        text.append(c);
        continue;
      }
      char letter = level.charAt(at++); // AclRules.Rule has checked that there is one
      String identity = letter == 'c' ? clientId : letter == 'u' ? user : "%";
      boolean dollar = first && text.isEmpty() && identity.startsWith("$");
      if (letter != '%' && (!isPlain(identity) || allow && (identity.isEmpty() || dollar))) {
        return null;
      }
      text.append(identity);
    }
    return new Level(Kind.LITERAL, Slice.utf8(text.toString()));
  }

  /// Whether it can be (a part of) one level of a topic name.
  private static boolean isPlain(String identity) {
    return identity.indexOf('/') < 0 && identity.indexOf('+') < 0 && identity.indexOf('#') < 0;
  }

  /// Whether it matches a topic name.
  boolean matches(Slice name) {
    return covers(name, false);
  }

  /// Whether it matches every topic name that `filter`, without a group, matches.
  boolean covers(TopicFilter filter) {
    return covers(filter.bytes(), true);
  }

  /// Both in one: a topic name is a filter without wildcards.
  private boolean covers(Slice topic, boolean wildcards) {
    int at = 0;
    int end = topic.length();
    for (int i = 0; i < levels.length; i++) {
      Level level = levels[i];
      if (level.kind == Kind.MULTI) {
        return i > 0 || topic.isEmpty() || topic.at(0) != '$'; // [MQTT-4.7.2-1]
      }
      if (at > end) {
        return false;
      }
      int to = levelEnd(topic, at);
      boolean single = wildcards && to - at == 1 && topic.at(at) == '+';
      boolean multi = wildcards && to - at == 1 && topic.at(at) == '#';
      if (level.kind == Kind.SINGLE) {
        boolean hidden = i == 0 && to > at && topic.at(at) == '$';
        if (multi || hidden) {
          return false;
        }
      } else if (single || multi || !same(level.bytes, topic, at, to)) {
        return false;
      }
      at = to + 1;
    }
    return at > end;
  }

  private static int levelEnd(Slice topic, int from) {
    int at = from;
    while (at < topic.length() && topic.at(at) != '/') {
      at++;
    }
    return at;
  }

  private static boolean same(Slice level, Slice topic, int from, int to) {
    if (level.length() != to - from) {
      return false;
    }
    for (int i = 0; i < level.length(); i++) {
      if (level.at(i) != topic.at(from + i)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return String.join("/", Arrays.stream(levels).map(level -> level.bytes.utf8()).toList());
  }
}
