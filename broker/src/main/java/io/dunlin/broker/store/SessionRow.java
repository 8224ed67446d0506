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
    List<Records.SubscriptionRow> subscriptions) {
  private static final int VERSION = 2;

  public SessionRow {
    renamed = Map.copyOf(renamed);
    newer = Map.copyOf(newer);
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
    w.i64(queueBytes).i64(queuedBytes).i32(renamed.size());
    renamed.forEach((message, packetId) -> w.i64(message).i32(packetId));
    w.i32(newer.size());
    newer.forEach((topic, rank) -> w.bytes(topic).i64(rank));
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
    return new SessionRow(
        number,
        position,
        durable,
        clientId,
        owner,
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
        subscriptions);
  }
}
