package io.dunlin.broker.shard;

import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.spi.Rights;
import io.dunlin.mqtt.TopicName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Where the messages of one topic go, as one shard sees it: to those who subscribed and may
/// receive them. Immutable, but for what its shard notes about members of groups; true as long as
/// the index has the version, and the shard the [Access], that it was made from.
final class Route implements SharedGroup.Eligible {
  private static final int OWN_BYTES = 160;
  private static final Target[] NONE = {};
  private static final SharedGroup[] NO_GROUPS = {};

  final long version;
  final Access access;

  /// Sessions of this shard that get a QoS 0 message.
  final Target[] local;

  /// Sessions of this shard that get a QoS 1 or 2 message at once: not fed from the log.
  final Target[] direct;

  /// Durable sessions of all shards that were granted QoS 1 or 2: recipients of records.
  final Target[] recorded;

  /// Other shards that have sessions for a QoS 0 message, as bits.
  final long otherLocal;

  /// Other shards that have sessions to be served at once for a QoS 1 or 2 message, as bits.
  final long otherDirect;

  final SharedGroup[] groups;

  private final long bytes;

  /// About members of groups: by rights, not by session, for a route outlives sessions that come
  /// and go.
  private final Decisions decisions;

  private Route(
      long version,
      Access access,
      Slice topic,
      List<Target> local,
      List<Target> direct,
      List<Target> recorded,
      long otherLocal,
      long otherDirect,
      List<SharedGroup> groups) {
    this.version = version;
    this.access = access;
    this.decisions = new Decisions(access, topic);
    this.local = local.isEmpty() ? NONE : local.toArray(Target[]::new);
    this.direct = same(local, direct) ? this.local : direct.toArray(Target[]::new);
    this.recorded = recorded.isEmpty() ? NONE : recorded.toArray(Target[]::new);
    this.otherLocal = otherLocal;
    this.otherDirect = otherDirect;
    this.groups = groups.isEmpty() ? NO_GROUPS : groups.toArray(SharedGroup[]::new);
    this.bytes = OWN_BYTES + bytes(local) + bytes(recorded) + 4L * groups.size();
  }

  boolean isEmpty() {
    return local.length == 0 && recorded.length == 0 && otherLocal == 0 && groups.length == 0;
  }

  /// About how many bytes it takes.
  long bytes() {
    return bytes;
  }

  private static long bytes(List<Target> targets) {
    return targets.stream().mapToLong(Target::bytes).sum();
  }

  /// Whether a member of a group may receive the topic's messages. On the shard.
  @Override
  public boolean isEligible(Session member) {
    Rights rights = member.rights(access);
    return rights.receivesEverything() || decisions.get(rights, Decisions.RECEIVE);
  }

  /// Makes the route of `shard` from what the index matched: [StandingSubscription]s and
  /// [SharedGroup]s.
  static Route of(long version, Access access, Slice topic, int shard, List<Object> matched) {
    Map<Session, List<StandingSubscription>> bySession = new LinkedHashMap<>();
    List<SharedGroup> groups = new ArrayList<>();
    TopicName name = TopicName.of(topic);
    for (Object m : matched) {
      if (m instanceof SharedGroup group) {
        groups.add(group);
      } else if (m instanceof StandingSubscription s && mayReceive(s.session, access, name)) {
        bySession.computeIfAbsent(s.session, _ -> new ArrayList<>(1)).add(s);
      }
    }
    List<Target> local = new ArrayList<>();
    List<Target> direct = new ArrayList<>();
    List<Target> recorded = new ArrayList<>();
    long otherLocal = 0;
    long otherDirect = 0;
    for (List<StandingSubscription> subscriptions : bySession.values()) {
      Target target = Target.of(subscriptions.toArray(StandingSubscription[]::new));
      Session session = target.session;
      boolean here = session.shard == shard;
      boolean fromLog = session.durable && target.qos > 0;
      if (fromLog) {
        recorded.add(target);
      }
      if (here) {
        local.add(target);
        if (!fromLog) {
          direct.add(target);
        }
      } else {
        otherLocal |= 1L << session.shard;
        if (!fromLog) {
          otherDirect |= 1L << session.shard;
        }
      }
    }
    return new Route(
        version, access, topic, local, direct, recorded, otherLocal, otherDirect, groups);
  }

  private static boolean mayReceive(Session session, Access access, TopicName topic) {
    Rights rights = session.rights(access);
    return rights.receivesEverything() || rights.mayReceive(topic);
  }

  private static boolean same(List<Target> a, List<Target> b) {
    return a.size() == b.size() && Arrays.equals(a.toArray(), b.toArray());
  }
}
