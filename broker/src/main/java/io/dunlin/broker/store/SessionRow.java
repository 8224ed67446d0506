package io.dunlin.broker.store;

import io.dunlin.base.Slice;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A session as it lies in the store, as of a position of its own: records of this session below
/// `position` are in it already and are passed over at replay. Immutable.
///
/// @param position behind the last record that is in this row
/// @param mount the mount point that its client has its topics under; empty for none
/// @param durable false for one that only waits for its will
/// @param connected whether it had a connection
/// @param closedAtMillis when its connection ended, epoch milliseconds
/// @param queueBytes how many bytes of messages its queue may hold
/// @param queuedBytes how many it holds, by records
/// @param first the oldest unfinished number of its queue, by records
/// @param end behind the last number of its queue
/// @param finished how many of its messages were finished, by records
/// @param renamed packet identifiers of outgoing messages that do not go out under their own
/// @param newer ranks of retained values that it got live while older ones may be on their way to
///   it
/// @param loans messages of groups' queues that are in its queue
/// @param members of the group whose queue this is; null for the session of a client
/// @param incoming packet identifiers of QoS 2 messages whose PUBREL has not come
public record SessionRow(
    long number,
    long position,
    boolean durable,
    String clientId,
    String owner,
    String mount,
    boolean connected,
    long closedAtMillis,
    long expirySeconds,
    int window,
    long queueMessages,
    long queueBytes,
    long queuedBytes,
    long first,
    long end,
    long finished,
    @Nullable Slice will,
    long willDelaySeconds,
    Map<Long, Integer> renamed,
    Map<Slice, Long> newer,
    List<Integer> incoming,
    List<Records.SubscriptionRow> subscriptions,
    List<Lent> loans,
    @Nullable List<Member> members) {
  private static final int VERSION = 4;

  /// A message of a group's queue that is in this session's queue.
  ///
  /// @param number in this session's queue
  /// @param queue the session number of the group's queue
  /// @param queueNumber in that queue
  public record Lent(long number, long queue, long queueNumber, int qos, int bytes) {}

  /// A member of a group.
  public record Member(long session, long subscription) {}

  public SessionRow {
    renamed = Map.copyOf(renamed);
    newer = Map.copyOf(newer);
    incoming = List.copyOf(incoming);
    subscriptions = List.copyOf(subscriptions);
    loans = List.copyOf(loans);
    members = members == null ? null : List.copyOf(members);
  }

  /// The row's bytes.
  public byte[] encode() {
    Records.Writer w = new Records.Writer();
    w.i8(VERSION).i64(number).i64(position).bool(durable).text(clientId).text(owner);
    w.bool(connected).i64(closedAtMillis).i64(expirySeconds).i32(window).i64(queueMessages);
    w.i64(first).i64(end).i64(finished).optional(will).i64(willDelaySeconds);
    w.i32(incoming.size());
    incoming.forEach(w::i32);
    w.i32(subscriptions.size());
    subscriptions.forEach(w::subscription);
    w.i64(queueBytes).i64(queuedBytes).i32(renamed.size());
    renamed.forEach((message, packetId) -> w.i64(message).i32(packetId));
    w.i32(newer.size());
    newer.forEach((topic, rank) -> w.bytes(topic).i64(rank));
    w.i32(loans.size());
    loans.forEach(l -> w.i64(l.number).i64(l.queue).i64(l.queueNumber).i8(l.qos).i32(l.bytes));
    List<Member> group = members;
    w.bool(group != null);
    if (group != null) {
      w.i32(group.size());
      group.forEach(m -> w.i64(m.session).i64(m.subscription));
    }
    w.text(mount);
    return w.toArray();
  }

  /// Reads a row's bytes.
  public static SessionRow decode(byte[] bytes) {
    Records.Reader r = new Records.Reader(ByteBuffer.wrap(bytes));
    int version = r.i8();
    if (version < 1 || version > VERSION) {
      throw new IllegalStateException("session row has unknown version " + version);
    }
    long number = r.i64();
    long position = r.i64();
    boolean durable = r.bool();
    String clientId = r.text();
    String owner = r.text();
    boolean connected = r.bool();
    long closedAtMillis = r.i64();
    long expirySeconds = r.i64();
    int window = r.i32();
    long queueMessages = r.i64();
    long first = r.i64();
    long end = r.i64();
    long finished = r.i64();
    Slice will = r.optional();
    long willDelaySeconds = r.i64();
    List<Integer> incoming = r.list(Records.Reader::i32);
    List<Records.SubscriptionRow> subscriptions = r.list(Records.Reader::subscription);
    long queueBytes = version < 2 ? Long.MAX_VALUE : r.i64();
    long queuedBytes = version < 2 ? 0 : r.i64();
    Map<Long, Integer> renamed = new HashMap<>();
    for (int left = version < 2 ? 0 : r.i32(); left > 0; left--) {
      renamed.put(r.i64(), r.i32());
    }
    Map<Slice, Long> newer = new HashMap<>();
    for (int left = version < 2 ? 0 : r.i32(); left > 0; left--) {
      newer.put(r.bytes(), r.i64());
    }
    List<Lent> loans = version < 3 ? List.of() : r.list(SessionRow::lent);
    List<Member> members = version < 3 || !r.bool() ? null : r.list(SessionRow::member);
    String mount = version < 4 ? "" : r.text();
    return new SessionRow(
        number,
        position,
        durable,
        clientId,
        owner,
        mount,
        connected,
        closedAtMillis,
        expirySeconds,
        window,
        queueMessages,
        queueBytes,
        queuedBytes,
        first,
        end,
        finished,
        will,
        willDelaySeconds,
        renamed,
        newer,
        incoming,
        subscriptions,
        loans,
        members);
  }

  private static Lent lent(Records.Reader r) {
    return new Lent(r.i64(), r.i64(), r.i64(), r.i8(), r.i32());
  }

  private static Member member(Records.Reader r) {
    return new Member(r.i64(), r.i64());
  }
}
