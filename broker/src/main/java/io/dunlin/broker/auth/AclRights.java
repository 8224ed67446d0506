package io.dunlin.broker.auth;

import io.dunlin.broker.config.AclRules;
import io.dunlin.broker.config.AclRules.Action;
import io.dunlin.broker.spi.Rights;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What the rules say about one client. The first rule that concerns an action on a topic decides;
/// without one it is denied. Immutable.
///
/// A rule about subscribing is one about receiving, too: who may subscribe to `#` but for
/// `secret/#` subscribes to `#`, and gets nothing that is secret.
final class AclRights implements Rights {
  private final Rule[] publishing;
  private final Rule[] subscribing;
  private final Rule[] receiving;

  /// One rule for this client and one action.
  private record Rule(boolean allow, List<TopicPattern> topics) {}

  AclRights(List<AclRules.Rule> rules, String clientId, String user) {
    List<Rule> publish = new ArrayList<>();
    List<Rule> subscribe = new ArrayList<>();
    List<Rule> receive = new ArrayList<>();
    for (AclRules.Rule written : rules) {
      Rule rule = new Rule(written.allow(), patterns(written, clientId, user));
      if (written.actions().contains(Action.PUBLISH)) {
        publish.add(rule);
      }
      if (written.actions().contains(Action.SUBSCRIBE)) {
        subscribe.add(rule);
        receive.add(rule);
      } else if (written.actions().contains(Action.RECEIVE)) {
        receive.add(rule);
      }
    }
    this.publishing = publish.toArray(Rule[]::new);
    this.subscribing = subscribe.toArray(Rule[]::new);
    this.receiving = receive.toArray(Rule[]::new);
  }

  private static List<TopicPattern> patterns(AclRules.Rule rule, String clientId, String user) {
    List<TopicPattern> patterns = new ArrayList<>();
    for (String topic : rule.topics()) {
      @Nullable TopicPattern pattern = TopicPattern.of(topic, rule.allow(), clientId, user);
      if (pattern != null) {
        patterns.add(pattern);
      }
    }
    return patterns;
  }

  @Override
  public boolean mayPublish(TopicName topic) {
    return !Rights.isOwnTopic(topic)
        && first(publishing, pattern -> pattern.matches(topic.bytes()));
  }

  @Override
  public boolean maySubscribe(TopicFilter filter) {
    return first(subscribing, pattern -> pattern.covers(filter));
  }

  @Override
  public boolean mayReceive(TopicName topic) {
    return first(receiving, pattern -> pattern.matches(topic.bytes()));
  }

  private static boolean first(Rule[] rules, Predicate<TopicPattern> concerns) {
    for (Rule rule : rules) {
      for (TopicPattern pattern : rule.topics) {
        if (concerns.test(pattern)) {
          return rule.allow;
        }
      }
    }
    return false;
  }
}
