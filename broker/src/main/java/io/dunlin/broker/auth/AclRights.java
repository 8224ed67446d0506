package io.dunlin.broker.auth;

import io.dunlin.base.Slice;
import io.dunlin.broker.config.AclRules;
import io.dunlin.broker.config.AclRules.Action;
import io.dunlin.broker.config.RuleHolder;
import io.dunlin.broker.spi.Rights;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What the rules say about one client. A denial that concerns an action on a topic decides,
/// wherever it stands; then a permission; without one the action is denied. Immutable.
///
/// A rule about subscribing is one about receiving, too: who may subscribe to `#` but for
/// `secret/#` subscribes to `#`, and gets nothing that is secret.
final class AclRights implements Rights {
  private final Rule[] publishing;
  private final Rule[] subscribing;
  private final Rule[] receiving;

  /// A rule as it was written, and where.
  record Held(RuleHolder holder, AclRules.Rule rule) {}

  /// One filter of a rule, for this client.
  private record Topic(String written, TopicPattern pattern) {}

  /// One rule for this client and one action.
  private record Rule(Held held, boolean allow, List<Topic> topics) {}

  AclRights(List<Held> rules, String clientId, String user) {
    List<Rule> publish = new ArrayList<>();
    List<Rule> subscribe = new ArrayList<>();
    List<Rule> receive = new ArrayList<>();
    for (boolean allow : new boolean[] {false, true}) { // denials stand in front
      for (Held held : rules) {
        AclRules.Rule written = held.rule;
        if (written.allow() != allow) {
          continue;
        }
        Rule rule = new Rule(held, allow, topics(written, clientId, user));
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
    }
    this.publishing = publish.toArray(Rule[]::new);
    this.subscribing = subscribe.toArray(Rule[]::new);
    this.receiving = receive.toArray(Rule[]::new);
  }

  private static List<Topic> topics(AclRules.Rule rule, String clientId, String user) {
    List<Topic> topics = new ArrayList<>();
    for (String topic : rule.topics()) {
      @Nullable TopicPattern pattern = TopicPattern.of(topic, rule.allow(), clientId, user);
      if (pattern != null) {
        topics.add(new Topic(topic, pattern));
      }
    }
    return topics;
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
      for (Topic topic : rule.topics) {
        if (concerns.test(topic.pattern)) {
          return rule.allow;
        }
      }
    }
    return false;
  }

  @Override
  public String reason(Act act, Slice topic) {
    if (act == Act.PUBLISH && Rights.isOwnTopic(TopicName.of(topic))) {
      return Rights.OWN_TOPIC;
    }
    Rule[] rules =
        switch (act) {
          case PUBLISH -> publishing;
          case SUBSCRIBE -> subscribing;
          case RECEIVE -> receiving;
        };
    for (Rule rule : rules) {
      for (Topic one : rule.topics) {
        boolean concerns =
            act == Act.SUBSCRIBE
                ? one.pattern.covers(TopicFilter.of(topic))
                : one.pattern.matches(topic);
        if (concerns) {
          return rule.held.holder
              + ": "
              + (rule.allow ? "allow " : "deny ")
              + String.join(",", Action.words(rule.held.rule.actions()))
              + " "
              + one.written;
        }
      }
    }
    return "no rule allows it";
  }
}
