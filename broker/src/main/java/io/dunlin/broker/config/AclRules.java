package io.dunlin.broker.config;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.TopicFilter;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Who may do what. Immutable.
///
/// For one client count its user's rules, those of the user's roles, and everyone's. A denial that
/// concerns an action on a topic decides, whosever it is; then a permission; if there is neither,
/// the action is denied. The order of the rules says nothing.
///
/// @param roles rules by the name of a role
/// @param users by user name
/// @param anonymous rules of clients without a login
/// @param everyone rules of all clients, beside their own
public record AclRules(
    Map<String, List<Rule>> roles,
    Map<String, User> users,
    List<Rule> anonymous,
    List<Rule> everyone) {
  /// No rules at all: everything is allowed.
  public static final AclRules NONE = new AclRules(Map.of(), Map.of(), List.of(), List.of());

  public AclRules {
    roles = Collections.unmodifiableMap(new LinkedHashMap<>(roles)); // in the order of the file
    users = Collections.unmodifiableMap(new LinkedHashMap<>(users));
    anonymous = List.copyOf(anonymous);
    everyone = List.copyOf(everyone);
    for (User user : users.values()) {
      for (String role : user.roles) {
        if (!roles.containsKey(role)) {
          throw new IllegalArgumentException("there is no role '" + role + "'");
        }
      }
    }
  }

  /// Whether there is no rule: nobody could do anything by it.
  public boolean isEmpty() {
    return anonymous.isEmpty()
        && everyone.isEmpty()
        && roles.values().stream().allMatch(List::isEmpty)
        && users.values().stream().allMatch(user -> user.rules.isEmpty());
  }

  /// What is said about one user.
  ///
  /// @param clientIds what its client identifiers must begin with; empty: anything. `%u` stands for
  ///   the user name
  public record User(List<String> roles, List<String> clientIds, List<Rule> rules) {
    public User {
      roles = List.copyOf(roles);
      clientIds = List.copyOf(clientIds);
      rules = List.copyOf(rules);
    }
  }

  /// What a client does with a topic.
  public enum Action {
    /// Sends messages, its will included.
    PUBLISH,
    /// Subscribes to filters that lie within the rule's topics, and receives.
    SUBSCRIBE,
    /// Receives, by whatever filter.
    RECEIVE;

    /// What a word of a rule stands for: `publish`, `subscribe`, `receive`, or `all` of them.
    ///
    /// @throws IllegalArgumentException if it is none of these
    public static Set<Action> named(String word) {
      return switch (word) {
        case "publish", "subscribe", "receive" ->
            EnumSet.of(Action.valueOf(word.toUpperCase(Locale.ROOT)));
        case "all" -> EnumSet.allOf(Action.class);
        default ->
            throw new IllegalArgumentException(
                "'"
                    + word
                    + "' is no action; actions are publish, subscribe (which includes receive),"
                    + " receive, all");
      };
    }

    /// The same words for some actions.
    public static List<String> words(Set<Action> actions) {
      return actions.size() == values().length
          ? List.of("all")
          : actions.stream()
              .sorted()
              .map(action -> action.name().toLowerCase(Locale.ROOT))
              .toList();
    }
  }

  /// One rule.
  ///
  /// @param topics topic filters, in which `%c` stands for the client identifier, `%u` for the user
  ///   name and `%%` for a percent sign
  public record Rule(boolean allow, Set<Action> actions, List<String> topics) {
    /// Checks the topics.
    ///
    /// @throws IllegalArgumentException if one is no topic filter
    public Rule {
      actions = Set.copyOf(EnumSet.copyOf(actions));
      topics = List.copyOf(topics);
      topics.forEach(Rule::checkTopic);
    }

    private static void checkTopic(String topic) {
      String plain = topic.replace("%%", "").replace("%c", "x").replace("%u", "x");
      if (plain.contains("%")) {
        throw new IllegalArgumentException(
            "'" + topic + "' has a % that stands for nothing; write %c, %u, or %% for the sign");
      }
      Slice bytes = Slice.utf8(plain.isEmpty() && !topic.isEmpty() ? "x" : plain);
      if (!TopicFilter.valid(bytes.asByteBuffer(), 0, bytes.length())) {
        throw new IllegalArgumentException(
            "'" + topic + "' is no topic filter; + and # stand for whole levels, # for the last");
      }
      if (topic.startsWith("$share/")) {
        throw new IllegalArgumentException(
            "'" + topic + "' is shared; write the filter behind the group alone");
      }
    }
  }
}
