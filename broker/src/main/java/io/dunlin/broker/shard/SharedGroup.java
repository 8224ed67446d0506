package io.dunlin.broker.shard;

import io.dunlin.base.Slice;
import org.jspecify.annotations.Nullable;

/// The members of a shared subscription `$share/{group}/{filter}` (MQTT 5.0 §4.8.2).
///
/// While all members end with their connections, each message goes to one that is online, in turn,
/// at once. As soon as one member is persistent, messages at QoS 1 and 2 go through the group's
/// [GroupQueue], until the last member has left.
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

  /// Another for each group that this process has had.
  final long id;

  /// Members that were promised this group and are not added yet; guarded by the book's monitor.
  int joining;

  /// The session number of its queue, 0 for none; written under the book's monitor.
  volatile long queue;

  private final int[] turns;
  private volatile StandingSubscription[] members = NOBODY;
  private volatile boolean persistent;
  private volatile boolean mounted;

  SharedGroup(Slice key, long id, int shards) {
    this.key = key;
    this.id = id;
    this.turns = new int[shards * 16]; // a cache line each
  }

  StandingSubscription[] members() {
    return members;
  }

  /// Whether messages at QoS 1 and 2 have to go through a queue, which may not be there yet.
  boolean needsQueue() {
    return persistent || queue != 0;
  }

  /// Whether a member is under a mount point: it must not get all that the filter matches.
  boolean mounted() {
    return mounted;
  }

  /// Adds or replaces the subscription of a session.
  void add(StandingSubscription member) {
    StandingSubscription[] old = without(members, member.session);
    StandingSubscription[] now = java.util.Arrays.copyOf(old, old.length + 1);
    now[old.length] = member;
    set(now);
  }

  void remove(StandingSubscription member) {
    StandingSubscription[] old = members;
    for (StandingSubscription m : old) {
      if (m == member) {
        set(without(old, member.session));
        return;
      }
    }
  }

  private void set(StandingSubscription[] now) {
    members = now;
    boolean some = false;
    boolean below = false;
    for (StandingSubscription m : now) {
      some |= m.persistentMember();
      below |= !m.session.mount.isNone();
    }
    persistent = some;
    mounted = below;
  }

  boolean isEmpty() {
    return members.length == 0;
  }

  /// Whose turn it is among those who are online: one that has room, else one whose queue takes
  /// more, else any; null when nobody is.
  ///
  /// @param eligible null: all members
  @Nullable StandingSubscription choose(int shard, @Nullable Eligible eligible) {
    StandingSubscription[] all = members;
    int n = all.length;
    if (n == 0) {
      return null;
    }
    int turn = turns[shard * 16]++ & 0x7fff_ffff;
    StandingSubscription online = null;
    for (int i = 0; i < n; i++) {
      StandingSubscription member = all[(turn + i) % n];
      Session session = member.session;
      if (eligible != null && !eligible.isEligible(session)) {
        continue;
      }
      if (session.online) {
        if (session.hasRoom) {
          return member;
        }
        if (online == null || online.session.queueFull) {
          online = member;
        }
      }
    }
    return online;
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
