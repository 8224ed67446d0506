package io.dunlin.broker.shard;

import io.dunlin.broker.store.PublishRecord;
import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// A session that a topic's messages go to, with its matching subscriptions taken together: one
/// delivery, at the highest QoS, with all Subscription Identifiers [MQTT-3.3.4-2] [MQTT-3.3.4-4].
/// Immutable.
final class Target {
  static final int[] NO_IDENTIFIERS = {};

  private static final int OWN_BYTES = 72;

  final Session session;
  final StandingSubscription[] subscriptions;
  final int qos;
  final boolean retainAsPublished;
  final boolean someNoLocal;
  final int[] identifiers;

  private Target(Session session, StandingSubscription[] subscriptions) {
    this.session = session;
    this.subscriptions = subscriptions;
    int highest = 0;
    boolean retain = false;
    boolean noLocal = false;
    int[] ids = new int[subscriptions.length];
    int count = 0;
    for (StandingSubscription s : subscriptions) {
      highest = Math.max(highest, s.qos());
      retain |= s.retainAsPublished();
      noLocal |= s.noLocal();
      if (s.identifier != 0) {
        ids[count++] = s.identifier;
      }
    }
    this.qos = highest;
    this.retainAsPublished = retain;
    this.someNoLocal = noLocal;
    this.identifiers = count == 0 ? NO_IDENTIFIERS : Arrays.copyOf(ids, count);
  }

  /// About how many bytes it takes, with the places in a route that lead to it.
  long bytes() {
    return OWN_BYTES + 4L * (subscriptions.length + identifiers.length);
  }

  /// The subscriptions of one session, at least one; they are put in order.
  static Target of(StandingSubscription... subscriptions) {
    if (subscriptions.length > PublishRecord.MAX_SUBSCRIPTIONS) { // a record names the first
      Arrays.sort(subscriptions, Comparator.comparingInt(StandingSubscription::qos).reversed());
    }
    return new Target(subscriptions[0].session, subscriptions);
  }

  /// The same without subscriptions that do not want messages of their own client, or null when
  /// nothing is left [MQTT-3.8.3-3].
  @Nullable Target forOwnMessage() {
    StandingSubscription[] kept =
        Arrays.stream(subscriptions).filter(s -> !s.noLocal()).toArray(StandingSubscription[]::new);
    return kept.length == 0 ? null : of(kept);
  }
}
