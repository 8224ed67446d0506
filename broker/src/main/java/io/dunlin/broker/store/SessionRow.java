package io.dunlin.broker.store;

import io.dunlin.base.Slice;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A session as it lies in the store, as of a position of its own: records of this session below
/// `position` are in it already and are passed over at replay. Immutable.
///
/// @param position behind the last record that is in this row
/// @param durable false for one that only waits for its will
/// @param connected whether it had a connection
/// @param closedAtMillis when its connection ended, epoch milliseconds
/// @param first the oldest unfinished number of its queue
/// @param end behind the last number of its queue
/// @param finished how many of its messages were finished, by records
/// @param loans messages of groups' queues that are in its queue
/// @param members of the group whose queue this is; null for the session of a client
/// @param incoming packet identifiers of QoS 2 messages whose PUBREL has not come
public record SessionRow(
    long number,
    long position,
    boolean durable,
    String clientId,
    String owner,
    boolean connected,
    long closedAtMillis,
    long expirySeconds,
    int window,
    long queueMessages,
    long first,
    long end,
    long finished,
    @Nullable Slice will,
    long willDelaySeconds,
    List<Integer> incoming,
    List<Records.SubscriptionRow> subscriptions,
    List<Lent> loans,
    @Nullable List<Member> members) {
  private static final int VERSION = 2;
  private static final int VERSION_WITHOUT_GROUPS = 1;

  /// A message of a group's queue that is in this session's queue.
  ///
  /// @param number in this session's queue
  /// @param queue the session number of the group's queue
  /// @param queueNumber in that queue
  public record Lent(long number, long queue, long queueNumber, int qos) {}

  /// A member of a group.
  public record Member(long session, long subscription) {}

  public SessionRow {
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
    w.i32(loans.size());
    loans.forEach(l -> w.i64(l.number).i64(l.queue).i64(l.queueNumber).i8(l.qos));
    List<Member> group = members;
    w.bool(group != null);
    if (group != null) {
      w.i32(group.size());
      group.forEach(m -> w.i64(m.session).i64(m.subscription));
    }
    return w.toArray();
  }

  /// Reads a row's bytes.
  public static SessionRow decode(byte[] bytes) {
    Records.Reader r = new Records.Reader(ByteBuffer.wrap(bytes));
    int version = r.i8();
    if (version != VERSION && version != VERSION_WITHOUT_GROUPS) {
      throw new IllegalStateException("session row has unknown version " + version);
    }
    return new SessionRow(
        r.i64(),
        r.i64(),
        r.bool(),
        r.text(),
        r.text(),
        r.bool(),
        r.i64(),
        r.i64(),
        r.i32(),
        r.i64(),
        r.i64(),
        r.i64(),
        r.i64(),
        r.optional(),
        r.i64(),
        r.list(Records.Reader::i32),
        r.list(Records.Reader::subscription),
        version == VERSION_WITHOUT_GROUPS ? List.of() : r.list(SessionRow::lent),
        version == VERSION_WITHOUT_GROUPS || !r.bool() ? null : r.list(SessionRow::member));
  }

  private static Lent lent(Records.Reader r) {
    return new Lent(r.i64(), r.i64(), r.i64(), r.i8());
  }

  private static Member member(Records.Reader r) {
    return new Member(r.i64(), r.i64());
  }
}
