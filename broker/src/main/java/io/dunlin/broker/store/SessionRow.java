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
    List<Records.SubscriptionRow> subscriptions) {
  private static final int VERSION = 1;

  public SessionRow {
    incoming = List.copyOf(incoming);
    subscriptions = List.copyOf(subscriptions);
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
    return w.toArray();
  }

  /// Reads a row's bytes.
  public static SessionRow decode(byte[] bytes) {
    Records.Reader r = new Records.Reader(ByteBuffer.wrap(bytes));
    int version = r.i8();
    if (version != VERSION) {
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
        r.list(Records.Reader::subscription));
  }
}
