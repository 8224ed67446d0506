package io.dunlin.broker.store;

import io.dunlin.base.Slice;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A message in a session's queue as it lies in the store. Immutable.
///
/// @param position of its record in the log; the key of a shared body
/// @param qos 1 or 2
/// @param retain whether it goes out with RETAIN 1
/// @param released whether its PUBREC has come (it then needs no body)
/// @param shared whether its body lies in `bodies`, for several sessions
/// @param bytes of the message in stored form, wherever it lies
/// @param identifiers Subscription Identifiers
/// @param group number of the shared subscription that it came by, 0 for none
/// @param message in stored form, when it is not shared
public record QueueRow(
    long position,
    int qos,
    boolean retain,
    boolean released,
    boolean shared,
    int bytes,
    List<Integer> identifiers,
    long group,
    @Nullable Slice message) {
  private static final int VERSION = 2;

  public QueueRow {
    identifiers = List.copyOf(identifiers);
  }

  /// The same, with a body or another place for it.
  public QueueRow with(boolean newShared, @Nullable Slice newMessage) {
    return new QueueRow(
        position, qos, retain, released, newShared, bytes, identifiers, group, newMessage);
  }

  /// The row's bytes.
  public byte[] encode() {
    int bits = qos | (retain ? 4 : 0) | (released ? 8 : 0) | (shared ? 16 : 0);
    Records.Writer w = new Records.Writer().i8(VERSION).i64(position).i8(bits).i64(group);
    w.i32(identifiers.size());
    identifiers.forEach(w::i32);
    return w.optional(message).i32(bytes).toArray();
  }

  /// Reads a row's bytes.
  public static QueueRow decode(byte[] bytes) {
    Records.Reader r = new Records.Reader(ByteBuffer.wrap(bytes));
    byte version = r.i8();
    if (version < 1 || version > VERSION) {
      throw new IllegalStateException("queue row has unknown version " + version);
    }
    long position = r.i64();
    int bits = r.i8();
    long group = r.i64();
    List<Integer> identifiers = r.list(Records.Reader::i32);
    Slice message = r.optional();
    int length = version > 1 ? r.i32() : message == null ? 0 : message.length();
    return new QueueRow(
        position,
        bits & 3,
        (bits & 4) != 0,
        (bits & 8) != 0,
        (bits & 16) != 0,
        length,
        identifiers,
        group,
        message);
  }

  /// The position in a row's bytes.
  static long positionIn(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getLong(1);
  }

  /// The key of message `number` of a session.
  public static byte[] key(long session, long number) {
    return ByteBuffer.allocate(16).putLong(session).putLong(number).array();
  }
}
