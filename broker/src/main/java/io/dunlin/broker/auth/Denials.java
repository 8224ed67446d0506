package io.dunlin.broker.auth;

import io.dunlin.broker.config.AclRules;
import io.dunlin.broker.config.AclRules.Action;
import io.dunlin.broker.config.RuleHolder;
import io.dunlin.mqtt.TopicFilter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which denials make a permission void: whoever allows something should hear of it.
public final class Denials {
  private Denials() {}

  /// The rules of `holders` that deny all of a filter of a permission, each in words. Placeholders
  /// are compared as they are written.
  public static List<String> against(
      AclRules rules, List<RuleHolder> holders, AclRules.Rule permission) {
    Set<Action> wanted = withReceiving(permission);
    List<String> found = new ArrayList<>();
    for (RuleHolder holder : holders) {
      for (AclRules.Rule rule : holder.rulesIn(rules)) {
        boolean concerns = withReceiving(rule).stream().anyMatch(wanted::contains);
        if (!rule.allow() && concerns && coversOne(rule, permission)) {
          String actions = String.join(",", Action.words(rule.actions()));
          found.add(holder + ": deny " + actions + " " + String.join(" ", rule.topics()));
        }
      }
    }
    return found;
  }

  private static Set<Action> withReceiving(AclRules.Rule rule) {
    Set<Action> all = EnumSet.copyOf(rule.actions());
    if (all.contains(Action.SUBSCRIBE)) {
      all.add(Action.RECEIVE);
    }
    return all;
  }

  private static boolean coversOne(AclRules.Rule denial, AclRules.Rule permission) {
    for (String topic : denial.topics()) {
      @Nullable TopicPattern pattern = TopicPattern.of(topic, false, "%c", "%u");
      for (String filter : permission.topics()) {
        if (pattern != null && pattern.covers(TopicFilter.of(filter.replace("%%", "%")))) {
          return true;
        }
      }
    }
    return false;
  }
}
