package io.dunlin.broker.auth;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.TopicFilter;
import java.nio.charset.StandardCharsets;
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
  /// Compared by identity: a level of the same bytes that came from an identity is no wildcard.
  private static final byte[] SINGLE = {'+'};

  private static final byte[] MULTI = {'#'};

  private final byte[][] levels;

  private TopicPattern(byte[][] levels) {
    this.levels = levels;
  }

  /// The pattern for a client, or null when no topic can match it.
  ///
  /// @param allow whether it stands in a rule that allows
  static @Nullable TopicPattern of(String topic, boolean allow, String clientId, String user) {
    List<byte[]> levels = new ArrayList<>();
    for (String level : topic.split("/", -1)) {
      byte[] one =
          switch (level) {
            case "+" -> SINGLE;
            case "#" -> MULTI;
            default -> literal(level, levels.isEmpty(), allow, clientId, user);
          };
      if (one == null) {
        return null;
      }
      levels.add(one);
    }
    if (levels.size() == 2 && levels.get(0) == SINGLE && levels.get(1) == MULTI) {
      levels.removeFirst(); // there always is a first level: the same as # alone
    }
    return new TopicPattern(levels.toArray(byte[][]::new));
  }

  /// Whether a topic has placeholders of that letter.
  static boolean hasPlaceholder(String topic, char letter) {
    return topic.replace("%%", "").contains("%" + letter);
  }

  private static byte @Nullable [] literal(
      String level, boolean first, boolean allow, String clientId, String user) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < level.length(); i++) {
      char c = level.charAt(i);
      if (c != '%') {
        text.append(c);
        continue;
      }
      i++;
      char letter = level.charAt(i); // AclRules.Rule has checked that there is one
      String identity = letter == 'c' ? clientId : letter == 'u' ? user : "%";
      boolean dollar = first && text.isEmpty() && identity.startsWith("$");
      if (letter != '%' && (!isPlain(identity) || allow && (identity.isEmpty() || dollar))) {
        return null;
      }
      text.append(identity);
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
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
      byte[] level = levels[i];
      if (level == MULTI) {
        return i > 0 || topic.isEmpty() || topic.at(0) != '$'; // [MQTT-4.7.2-1]
      }
      if (at > end) {
        return false;
      }
      int to = levelEnd(topic, at);
      boolean single = wildcards && to - at == 1 && topic.at(at) == '+';
      boolean multi = wildcards && to - at == 1 && topic.at(at) == '#';
      if (level == SINGLE) {
        boolean hidden = i == 0 && to > at && topic.at(at) == '$';
        if (multi || hidden) {
          return false;
        }
      } else if (single || multi || !same(level, topic, at, to)) {
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

  private static boolean same(byte[] level, Slice topic, int from, int to) {
    if (level.length != to - from) {
      return false;
    }
    for (int i = 0; i < level.length; i++) {
      if (level[i] != topic.at(from + i)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return String.join(
        "/",
        Arrays.stream(levels).map(level -> new String(level, StandardCharsets.UTF_8)).toList());
  }
}
