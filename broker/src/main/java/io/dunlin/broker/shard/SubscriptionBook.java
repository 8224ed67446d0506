package io.dunlin.broker.shard;

import io.dunlin.base.Slice;
import io.dunlin.broker.observe.SubscriptionView;
import io.dunlin.broker.spi.Access;
import io.dunlin.mqtt.TopicName;
import io.dunlin.routing.SubscriptionIndex;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// All subscriptions of all shards, by topic filter, and the groups of shared ones.
///
/// Thread-safe: matching takes no lock. Changes take this object's monitor, which is held for one
/// change of the index and under which nothing else is locked: subscribing is rare beside
/// publishing.
public final class SubscriptionBook {
  private final SubscriptionIndex<Object> index;
  private final Map<Slice, SharedGroup> groups = new HashMap<>();
  private long groupsSoFar;
  private final int shards;
  private final long hashSeed;

  /// @param hashSeed random, against topics made to collide
  public SubscriptionBook(int shards, long hashSeed) {
    this.shards = shards;
    this.hashSeed = hashSeed;
    this.index = new SubscriptionIndex<>(hashSeed);
  }

  /// Random, against topics that are made to collide.
  long hashSeed() {
    return hashSeed;
  }

  /// The group of a shared filter, new or not, for a subscription that is added next: until then it
  /// stays, also when its last other member leaves.
  synchronized SharedGroup group(Slice sharedFilter) {
    SharedGroup group = groupOf(sharedFilter);
    group.joining++;
    return group;
  }

  private SharedGroup groupOf(Slice sharedFilter) {
    return groups.computeIfAbsent(sharedFilter, key -> new SharedGroup(key, ++groupsSoFar, shards));
  }

  /// Adds a subscription: from now on, routes have it.
  synchronized void add(StandingSubscription subscription) {
    SharedGroup group = subscription.group;
    if (group == null) {
      index.add(subscription.filter.bytes(), subscription);
      return;
    }
    group.joining--;
    boolean first = group.isEmpty();
    group.add(subscription);
    if (first) {
      groups.put(group.key, group);
      index.add(subscription.filter.filter(), group);
    }
  }

  /// Removes a subscription.
  synchronized void remove(StandingSubscription subscription) {
    SharedGroup group = subscription.group;
    if (group == null) {
      index.remove(subscription.filter.bytes(), subscription);
      return;
    }
    group.remove(subscription);
    if (group.isEmpty()) {
      forget(group);
      index.remove(subscription.filter.filter(), group);
    }
  }

  private void forget(SharedGroup group) {
    if (group.isEmpty() && group.joining == 0 && group.queue == 0) {
      groups.remove(group.key, group);
    }
  }

  /// The group of a shared filter has a queue from now on. Returns the group, new or not.
  synchronized SharedGroup attach(Slice sharedFilter, long queue) {
    SharedGroup group = groupOf(sharedFilter);
    group.queue = queue;
    return group;
  }

  /// The group's queue is gone.
  synchronized void detach(SharedGroup group, long queue) {
    if (group.queue == queue) {
      group.queue = 0;
      forget(group);
    }
  }

  /// Takes the queue from a group that nobody is in. Returns whether it is so.
  synchronized boolean detachIfEmpty(SharedGroup group) {
    if (!group.isEmpty() || group.joining > 0) {
      return false;
    }
    group.queue = 0;
    forget(group);
    return true;
  }

  /// Makes a topic, with what its routes depend on.
  Topic topic(Slice name) {
    return new Topic(name, index.stripe1(name), index.stripe2(name));
  }

  /// The version of what a topic's route depends on.
  long version(Topic topic) {
    return index.version(topic.stripe1, topic.stripe2);
  }

  /// The route of a topic as `shard` sees it now, by the rules of `access`.
  Route route(Topic topic, int shard, Access access) {
    long version = version(topic); // before matching: a change meanwhile makes the route outdated
    List<Object> matched = new ArrayList<>();
    index.match(topic.name, matched::add);
    return Route.of(version, access, topic.name, shard, matched);
  }

  /// The subscriptions that match a topic now, every member of a group among them.
  List<StandingSubscription> matching(Slice topic) {
    List<StandingSubscription> found = new ArrayList<>();
    index.match(
        topic,
        matched -> {
          if (matched instanceof SharedGroup group) {
            found.addAll(List.of(group.members()));
          } else if (matched instanceof StandingSubscription s) {
            found.add(s);
          }
        });
    return found;
  }

  /// The same for people, at most `limit` of them.
  public List<SubscriptionView> matching(TopicName topic, Access access, int limit) {
    return matching(topic.bytes()).stream()
        .limit(limit)
        .map(s -> Inspector.view(s, s.session.rights(access).mayReceive(topic)))
        .toList();
  }

  /// A number that differs after any change to what topics that share their first two levels with
  /// this one match.
  public long version(Slice topic) {
    return index.version(index.stripe1(topic), index.stripe2(topic));
  }

  /// Whether a subscription matches a topic now.
  public boolean matches(Slice topic) {
    boolean[] found = new boolean[1];
    index.match(topic, _ -> found[0] = true);
    return found[0];
  }

  /// How many filters there are, a group counted once.
  public int size() {
    return index.size();
  }
}
