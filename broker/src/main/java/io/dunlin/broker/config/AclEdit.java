package io.dunlin.broker.config;

import io.dunlin.broker.config.AclRules.Action;
import io.dunlin.broker.config.AclRules.Rule;
import io.dunlin.broker.config.AclRules.User;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Single changes of rules. Pure; what does not change anything returns the same object.
public final class AclEdit {
  private AclEdit() {}

  /// Adds a rule about one filter. What its holder had about the same actions on the very same
  /// filter goes. Denials stand in front, for people who read the file; the order says nothing.
  public static AclRules add(AclRules rules, RuleHolder holder, Rule rule) {
    List<Rule> before = holder.rulesIn(rules);
    if (isSaid(before, rule)) {
      return rules;
    }
    List<Rule> after = new ArrayList<>(before);
    rule.topics()
        .forEach(filter -> {
          List<Rule> left = without(after, rule.actions(), filter);
          after.clear();
          after.addAll(left);
        });
    after.add(rule.allow() ? after.size() : 0, rule);
    return after.equals(before) ? rules : with(rules, holder, after);
  }

  /// Whether all of it is there, and nothing against it on the same filter.
  private static boolean isSaid(List<Rule> rules, Rule wanted) {
    for (String filter : wanted.topics()) {
      Set<Action> said = EnumSet.noneOf(Action.class);
      for (Rule rule : rules) {
        if (rule.topics().contains(filter)) {
          if (rule.allow() != wanted.allow()
              && !Collections.disjoint(rule.actions(), wanted.actions())) {
            return false;
          }
          if (rule.allow() == wanted.allow()) {
            said.addAll(rule.actions());
          }
        }
      }
      if (!said.containsAll(wanted.actions())) {
        return false;
      }
    }
    return true;
  }

  /// Takes back what the holder's rules say about these actions on the very same filter, allowed or
  /// denied.
  public static AclRules revoke(
      AclRules rules, RuleHolder holder, Set<Action> actions, String filter) {
    List<Rule> before = holder.rulesIn(rules);
    List<Rule> after = without(before, actions, filter);
    return after.equals(before) ? rules : with(rules, holder, after);
  }

  /// Each rule is about each of its actions on each of its filters; what is left of one may need
  /// two.
  private static List<Rule> without(List<Rule> rules, Set<Action> actions, String filter) {
    List<Rule> left = new ArrayList<>();
    for (Rule rule : rules) {
      if (!rule.topics().contains(filter) || Collections.disjoint(rule.actions(), actions)) {
        left.add(rule);
        continue;
      }
      List<String> others = rule.topics().stream().filter(topic -> !topic.equals(filter)).toList();
      if (!others.isEmpty()) {
        left.add(new Rule(rule.allow(), rule.actions(), others));
      }
      Set<Action> rest = EnumSet.copyOf(rule.actions());
      rest.removeAll(actions);
      if (!rest.isEmpty()) {
        left.add(new Rule(rule.allow(), rest, List.of(filter)));
      }
    }
    return left;
  }

  /// Gives a user these roles and no others.
  ///
  /// @throws IllegalArgumentException if there is no such role
  public static AclRules roles(AclRules rules, String user, List<String> roles) {
    for (String role : roles) {
      if (!rules.roles().containsKey(role)) {
        String nearest = Nearest.to(role, rules.roles().keySet());
        throw new IllegalArgumentException(
            "there is no role '"
                + role
                + "'; "
                + (nearest == null
                    ? "a rule for role:" + role + " makes it"
                    : "did you mean '" + nearest + "'?"));
      }
    }
    User before = rules.users().getOrDefault(user, new User(List.of(), List.of(), List.of()));
    return before.roles().equals(roles)
        ? rules
        : with(rules, user, new User(roles, before.clientIds(), before.rules()));
  }

  private static AclRules with(AclRules rules, RuleHolder holder, List<Rule> list) {
    return switch (holder.kind()) {
      case USER -> {
        User before =
            rules.users().getOrDefault(holder.name(), new User(List.of(), List.of(), list));
        yield with(rules, holder.name(), new User(before.roles(), before.clientIds(), list));
      }
      case ROLE -> {
        Map<String, List<Rule>> roles = new LinkedHashMap<>(rules.roles());
        roles.put(holder.name(), list);
        yield tidy(new AclRules(roles, rules.users(), rules.anonymous(), rules.everyone()));
      }
      case ANONYMOUS -> new AclRules(rules.roles(), rules.users(), list, rules.everyone());
      case EVERYONE -> new AclRules(rules.roles(), rules.users(), rules.anonymous(), list);
    };
  }

  private static AclRules with(AclRules rules, String name, User user) {
    Map<String, User> users = new LinkedHashMap<>(rules.users());
    users.put(name, user);
    return tidy(new AclRules(rules.roles(), users, rules.anonymous(), rules.everyone()));
  }

  /// Without users of whom nothing is said, and without roles that nobody has and that say nothing.
  private static AclRules tidy(AclRules rules) {
    Map<String, User> users = new LinkedHashMap<>(rules.users());
    users
        .values()
        .removeIf(u -> u.roles().isEmpty() && u.clientIds().isEmpty() && u.rules().isEmpty());
    Map<String, List<Rule>> roles = new LinkedHashMap<>(rules.roles());
    roles
        .entrySet()
        .removeIf(role ->
            role.getValue().isEmpty()
                && users.values().stream().noneMatch(u -> u.roles().contains(role.getKey())));
    return new AclRules(roles, users, rules.anonymous(), rules.everyone());
  }
}
