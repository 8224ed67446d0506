package io.dunlin.broker.shard;

import io.dunlin.base.Slice;
import org.jspecify.annotations.Nullable;

/// The members of a shared subscription `$share/{group}/{filter}` (MQTT 5.0 §4.8.2). Each message
/// goes to one of them, in turn: to one that is online and has room, else to one that is online,
/// else to one that will come back.
///
/// Thread-safe: the list is replaced as a whole by whoever holds the index lock; each shard has a
/// turn of its own.
final class SharedGroup {
  /// Says who may be chosen.
  interface Eligible {
    boolean isEligible(Session member);
  }

  private static final StandingSubscription[] NOBODY = {};

  /// The whole filter, `$share/…` included.
  final Slice key;

  /// Members that were promised this group and are not added yet; guarded by the book's monitor.
  int joining;

  private final int[] turns;
  private volatile StandingSubscription[] members = NOBODY;

  SharedGroup(Slice key, int shards) {
    this.key = key;
    this.turns = new int[shards * 16]; // a cache line each
  }

  StandingSubscription[] members() {
    return members;
  }

  /// Adds or replaces the subscription of a session.
  void add(StandingSubscription member) {
    StandingSubscription[] old = without(members, member.session);
    StandingSubscription[] now = java.util.Arrays.copyOf(old, old.length + 1);
    now[old.length] = member;
    members = now;
  }

  void remove(StandingSubscription member) {
    StandingSubscription[] old = members;
    for (StandingSubscription m : old) {
      if (m == member) {
        members = without(old, member.session);
        return;
      }
    }
  }

  boolean isEmpty() {
    return members.length == 0;
  }

  /// Whose turn it is; null when there is nobody who would ever get it.
  ///
  /// @param qos of the message: at QoS 0 only those who are online count
  /// @param eligible null: all members
  @Nullable StandingSubscription choose(
      int shard, int qos, @Nullable Session except, @Nullable Eligible eligible) {
    StandingSubscription[] all = members;
    int n = all.length;
    if (n == 0) {
      return null;
    }
    int turn = turns[shard * 16]++ & 0x7fff_ffff;
    StandingSubscription online = null;
    StandingSubscription away = null;
    for (int i = 0; i < n; i++) {
      StandingSubscription member = all[(turn + i) % n];
      Session session = member.session;
      if (session == except || eligible != null && !eligible.isEligible(session)) {
        continue;
      }
      if (session.online) {
        if (session.hasRoom) {
          return member;
        }
        if (online == null) {
          online = member;
        }
      } else if (away == null && session.durable && Math.min(qos, member.qos()) > 0) {
        away = member;
      }
    }
    return online != null ? online : away;
  }

  private static StandingSubscription[] without(StandingSubscription[] all, Session session) {
    int kept = 0;
    StandingSubscription[] result = new StandingSubscription[all.length];
    for (StandingSubscription m : all) {
      if (m.session != session) {
        result[kept++] = m;
      }
    }
    return java.util.Arrays.copyOf(result, kept);
  }
}
