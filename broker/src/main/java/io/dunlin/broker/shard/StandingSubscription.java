package io.dunlin.broker.shard;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.TopicFilter;
import org.jspecify.annotations.Nullable;

/// A subscription of a session, as it stands in the index. Immutable but for the retained cursor,
/// which its session's shard owns; shared between shards.
final class StandingSubscription {
  private static final int NO_LOCAL = 4;
  private static final int RETAIN_AS_PUBLISHED = 8;

  final long number;

  /// The number of the first of the subscriptions of this session to this filter that followed each
  /// other without a gap. Records name a recipient by it, so that a message that was published
  /// while one replaces the other is not lost [MQTT-3.8.4-4].
  final long line;

  final Session session;
  final TopicFilter filter;
  final int options;
  final int identifier;

  /// The group, if the filter is `$share/…`.
  final @Nullable SharedGroup group;

  // owned by the session's shard
  boolean retainedPending;
  @Nullable Slice retainedAfter;

  // the same, as committed records tell: what goes into the session's row
  boolean savedPending;
  @Nullable Slice savedAfter;

  StandingSubscription(
      long number,
      long line,
      Session session,
      TopicFilter filter,
      int options,
      int identifier,
      @Nullable SharedGroup group) {
    this.number = number;
    this.line = line;
    this.session = session;
    this.filter = filter;
    this.options = options;
    this.identifier = identifier;
    this.group = group;
  }

  /// Whether it is a member of a group whose messages at QoS 1 and 2 must wait for it.
  boolean persistentMember() {
    return group != null && session.durable && qos() > 0;
  }

  int qos() {
    return options & 3;
  }

  boolean noLocal() {
    return (options & NO_LOCAL) != 0;
  }

  boolean retainAsPublished() {
    return (options & RETAIN_AS_PUBLISHED) != 0;
  }
}
