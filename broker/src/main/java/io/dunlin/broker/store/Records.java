package io.dunlin.broker.store;

import io.dunlin.base.Slice;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The records of the log, other than [PublishRecord]: one for each decision about a session. Every
/// record begins with its type and a version. The same values, read again, are what recovery
/// applies.
public final class Records {
  /// A PUBLISH decision: [PublishRecord].
  public static final byte PUBLISH = 1;

  /// [Open].
  public static final byte OPEN = 2;

  /// [Closed].
  public static final byte CLOSED = 3;

  /// [Ended].
  public static final byte ENDED = 4;

  /// [Subscribed].
  public static final byte SUBSCRIBED = 5;

  /// [Unsubscribed].
  public static final byte UNSUBSCRIBED = 6;

  /// [Finished].
  public static final byte FINISHED = 7;

  /// [Received].
  public static final byte RECEIVED = 8;

  /// [Released].
  public static final byte RELEASED = 9;

  /// [RetainedSent].
  public static final byte RETAINED_SENT = 10;

  /// [GroupJoined].
  public static final byte GROUP_JOINED = 11;

  /// [GroupLeft].
  public static final byte GROUP_LEFT = 12;

  /// [LoanEnded].
  public static final byte LOAN_ENDED = 13;

  /// [Renamed].
  public static final byte RENAMED = 16;

  /// The version of the records that this release writes, but for those below.
  public static final byte VERSION = 1;

  /// The version of [Open] and [Finished] since they tell bytes.
  public static final byte WITH_BYTES = 2;

  /// The version of [Open] since it tells the mount point.
  public static final byte WITH_MOUNT = 3;

  /// Bytes of a [Finished].
  public static final int FINISHED_BYTES = 23;

  private Records() {}

  /// A decision about one session.
  public sealed interface Decision {
    /// The number of the session.
    long session();
  }

  /// A CONNECT was accepted: a session begins, or goes on with a new connection.
  ///
  /// @param replaces the session of the same client identifier that this ends, 0 for none
  /// @param durable whether the session outlives its connection
  /// @param mount the mount point that its client has its topics under; empty for none
  /// @param expirySeconds Session Expiry Interval, 0xFFFFFFFF for ever
  /// @param window how many QoS 1 and 2 messages may be in flight to the client
  /// @param queueMessages how many messages its queue may hold
  /// @param queueBytes how many bytes of messages its queue may hold
  /// @param will in stored form, or null
  public record Open(
      long session,
      long replaces,
      boolean durable,
      boolean created,
      String clientId,
      String owner,
      String mount,
      long expirySeconds,
      int window,
      long queueMessages,
      long queueBytes,
      long nowMillis,
      @Nullable Slice will,
      long willDelaySeconds)
      implements Decision {}

  /// The connection of a session ended, and the session goes on.
  ///
  /// @param keepsWill false when a DISCONNECT removed the will
  public record Closed(long session, long nowMillis, long expirySeconds, boolean keepsWill)
      implements Decision {}

  /// A session is over.
  public record Ended(long session) implements Decision {}

  /// Subscriptions were added or replaced.
  public record Subscribed(long session, List<SubscriptionRow> subscriptions) implements Decision {
    public Subscribed {
      subscriptions = List.copyOf(subscriptions);
    }
  }

  /// Subscriptions were removed.
  public record Unsubscribed(long session, List<Slice> filters) implements Decision {
    public Unsubscribed {
      filters = List.copyOf(filters);
    }
  }

  /// An outgoing message is acknowledged or dropped.
  ///
  /// @param stored whether a row of it may be in the store
  /// @param bytes of the message in stored form: what its queue has again
  public record Finished(long session, long number, boolean stored, int bytes)
      implements Decision {}

  /// An outgoing message goes out under another packet identifier than its own, because an older
  /// one still holds that (D9).
  public record Renamed(long session, long number, int packetId) implements Decision {}

  /// The PUBREC of an outgoing message came.
  public record Received(long session, long number) implements Decision {}

  /// The PUBREL of an incoming message came.
  public record Released(long session, int packetId) implements Decision {}

  /// Retained messages up to `topic` were queued for a new subscription; null: all of them.
  public record RetainedSent(long session, long subscription, @Nullable Slice topic)
      implements Decision {}

  /// A persistent session has become a member of a shared subscription: its group has a queue, new
  /// or not.
  ///
  /// @param session the number of the queue if there is none yet; in the group's slot
  /// @param group the whole filter, `$share/…` included
  /// @param member the session that has joined
  /// @param subscription the number of its subscription
  /// @param queueMessages how many messages the queue may hold
  /// @param queueBytes how many bytes of messages it may hold
  public record GroupJoined(
      long session,
      Slice group,
      long member,
      long subscription,
      long queueMessages,
      long queueBytes)
      implements Decision {}

  /// A subscription of [GroupJoined] has ended.
  ///
  /// @param session any number in the group's slot
  public record GroupLeft(long session, Slice group, long subscription) implements Decision {}

  /// A message of a group's queue leaves it, because the member that had it has done with it, or
  /// keeps it.
  ///
  /// @param session the group's queue
  /// @param number of the message in that
  /// @param member the session that had it, 0 for one without records
  /// @param memberNumber of the message in the member's queue
  /// @param finished whether it leaves the member's queue, too
  /// @param stored whether a row of it in the member's queue may be in the store
  /// @param bytes how large it is
  public record LoanEnded(
      long session,
      long number,
      long member,
      long memberNumber,
      boolean finished,
      boolean stored,
      int bytes)
      implements Decision {}

  /// A subscription as it is stored.
  ///
  /// @param number never reused
  /// @param filter whole, with `$share/…` if any
  /// @param options as in the SUBSCRIBE packet: QoS, No Local, Retain As Published
  /// @param line the number of the first of the subscriptions to this filter that followed each
  ///   other without a gap; 0 in a record, which does not know
  /// @param identifier Subscription Identifier, 0 for none
  /// @param retainedPending whether retained messages still have to be queued for it
  /// @param retainedAfter the topic up to which they were, or null
  public record SubscriptionRow(
      long number,
      long line,
      Slice filter,
      int options,
      int identifier,
      boolean retainedPending,
      @Nullable Slice retainedAfter) {}

  /// The bytes of a record.
  public static byte[] encode(Decision record) {
    Writer w = new Writer();
    switch (record) {
      case Open r -> {
        w.head(OPEN, WITH_MOUNT, r.session).i64(r.replaces).bool(r.durable).bool(r.created);
        w.text(r.clientId).text(r.owner).i64(r.expirySeconds).i32(r.window).i64(r.queueMessages);
        w.i64(r.queueBytes).i64(r.nowMillis).optional(r.will).i64(r.willDelaySeconds);
        w.text(r.mount);
      }
      case Closed r ->
          w.head(CLOSED, r.session).i64(r.nowMillis).i64(r.expirySeconds).bool(r.keepsWill);
      case Ended r -> w.head(ENDED, r.session);
      case Subscribed r -> {
        w.head(SUBSCRIBED, r.session).i32(r.subscriptions.size());
        r.subscriptions.forEach(w::subscription);
      }
      case Unsubscribed r -> {
        w.head(UNSUBSCRIBED, r.session).i32(r.filters.size());
        r.filters.forEach(w::bytes);
      }
      case Finished r ->
          w.head(FINISHED, WITH_BYTES, r.session).i64(r.number).bool(r.stored).i32(r.bytes);
      case Renamed r -> w.head(RENAMED, r.session).i64(r.number).i32(r.packetId);
      case Received r -> w.head(RECEIVED, r.session).i64(r.number);
      case Released r -> w.head(RELEASED, r.session).i32(r.packetId);
      case RetainedSent r -> w.head(RETAINED_SENT, r.session).i64(r.subscription).optional(r.topic);
      case GroupJoined r -> {
        w.head(GROUP_JOINED, r.session).bytes(r.group).i64(r.member).i64(r.subscription);
        w.i64(r.queueMessages).i64(r.queueBytes);
      }
      case GroupLeft r -> w.head(GROUP_LEFT, r.session).bytes(r.group).i64(r.subscription);
      case LoanEnded r -> {
        w.head(LOAN_ENDED, r.session).i64(r.number).i64(r.member).i64(r.memberNumber);
        w.bool(r.finished).bool(r.stored).i32(r.bytes);
      }
    }
    return w.toArray();
  }

  /// The session that a record other than [#PUBLISH] is about.
  public static long session(ByteBuffer source, int from) {
    return source.getLong(from + 2);
  }

  /// Reads a record other than [#PUBLISH] at `[from, to)`.
  public static Decision decode(ByteBuffer source, int from, int to) {
    Reader r = new Reader(source.duplicate().limit(to).position(from));
    byte type = r.i8();
    byte version = r.i8();
    int newest = type == OPEN ? WITH_MOUNT : type == FINISHED ? WITH_BYTES : VERSION;
    if (version < VERSION || version > newest) {
      throw new IllegalStateException("record type " + type + " has unknown version " + version);
    }
    long session = r.i64();
    return switch (type) {
      case OPEN -> open(r, session, version);
      case CLOSED -> new Closed(session, r.i64(), r.i64(), r.bool());
      case ENDED -> new Ended(session);
      case SUBSCRIBED -> new Subscribed(session, r.list(Reader::subscription));
      case UNSUBSCRIBED -> new Unsubscribed(session, r.list(Reader::bytes));
      case FINISHED -> new Finished(session, r.i64(), r.bool(), version < WITH_BYTES ? 0 : r.i32());
      case RENAMED -> new Renamed(session, r.i64(), r.i32());
      case RECEIVED -> new Received(session, r.i64());
      case RELEASED -> new Released(session, r.i32());
      case RETAINED_SENT -> new RetainedSent(session, r.i64(), r.optional());
      case GROUP_JOINED -> new GroupJoined(session, r.bytes(), r.i64(), r.i64(), r.i64(), r.i64());
      case GROUP_LEFT -> new GroupLeft(session, r.bytes(), r.i64());
      case LOAN_ENDED ->
          new LoanEnded(session, r.i64(), r.i64(), r.i64(), r.bool(), r.bool(), r.i32());
      default -> throw new IllegalStateException("unknown record type " + type);
    };
  }

  private static Open open(Reader r, long session, byte version) {
    long replaces = r.i64();
    boolean durable = r.bool();
    boolean created = r.bool();
    String clientId = r.text();
    String owner = r.text();
    long expirySeconds = r.i64();
    int window = r.i32();
    long queueMessages = r.i64();
    long queueBytes = version < WITH_BYTES ? Long.MAX_VALUE : r.i64();
    long nowMillis = r.i64();
    Slice will = r.optional();
    long willDelaySeconds = r.i64();
    return new Open(
        session,
        replaces,
        durable,
        created,
        clientId,
        owner,
        version < WITH_MOUNT ? "" : r.text(),
        expirySeconds,
        window,
        queueMessages,
        queueBytes,
        nowMillis,
        will,
        willDelaySeconds);
  }

  /// Writes values one after the other, growing.
  static final class Writer {
    private ByteBuffer buffer = ByteBuffer.allocate(128);

    Writer head(byte type, long session) {
      return head(type, VERSION, session);
    }

    Writer head(byte type, byte version, long session) {
      return i8(type).i8(version).i64(session);
    }

    Writer i8(int value) {
      room(1).put((byte) value);
      return this;
    }

    Writer bool(boolean value) {
      return i8(value ? 1 : 0);
    }

    Writer i32(int value) {
      room(4).putInt(value);
      return this;
    }

    Writer i64(long value) {
      room(8).putLong(value);
      return this;
    }

    Writer bytes(Slice value) {
      i32(value.length());
      room(value.length());
      value.copyTo(buffer, buffer.position());
      buffer.position(buffer.position() + value.length());
      return this;
    }

    Writer optional(@Nullable Slice value) {
      return value == null ? i32(-1) : bytes(value);
    }

    Writer text(String value) {
      return bytes(Slice.wrap(value.getBytes(StandardCharsets.UTF_8)));
    }

    Writer subscription(SubscriptionRow row) {
      return i64(row.number)
          .i64(row.line)
          .bytes(row.filter)
          .i8(row.options)
          .i32(row.identifier)
          .bool(row.retainedPending)
          .optional(row.retainedAfter);
    }

    byte[] toArray() {
      byte[] bytes = new byte[buffer.position()];
      buffer.get(0, bytes);
      return bytes;
    }

    private ByteBuffer room(int bytes) {
      if (buffer.remaining() < bytes) {
        ByteBuffer bigger =
            ByteBuffer.allocate(Math.max(buffer.capacity() * 2, buffer.position() + bytes));
        bigger.put(0, buffer, 0, buffer.position()).position(buffer.position());
        buffer = bigger;
      }
      return buffer;
    }
  }

  /// Reads what [Writer] wrote.
  static final class Reader {
    private final ByteBuffer buffer;

    Reader(ByteBuffer buffer) {
      this.buffer = buffer;
    }

    byte i8() {
      return buffer.get();
    }

    boolean bool() {
      return buffer.get() != 0;
    }

    int i32() {
      return buffer.getInt();
    }

    long i64() {
      return buffer.getLong();
    }

    Slice bytes() {
      Slice value = optional();
      if (value == null) {
        throw new IllegalStateException("bytes missing at " + buffer.position());
      }
      return value;
    }

    @Nullable Slice optional() {
      int length = buffer.getInt();
      if (length < 0) {
        return null;
      }
      byte[] bytes = new byte[Math.min(length, buffer.remaining())];
      buffer.get(bytes);
      return Slice.wrap(bytes);
    }

    String text() {
      return bytes().utf8();
    }

    SubscriptionRow subscription() {
      return new SubscriptionRow(i64(), i64(), bytes(), i8(), i32(), bool(), optional());
    }

    <T> List<T> list(java.util.function.Function<Reader, T> element) {
      int count = i32();
      List<T> list = new ArrayList<>(Math.min(count, 1024));
      for (int i = 0; i < count; i++) {
        list.add(element.apply(this));
      }
      return list;
    }
  }
}
