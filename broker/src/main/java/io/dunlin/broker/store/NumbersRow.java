package io.dunlin.broker.store;

import java.nio.ByteBuffer;

/// Numbers that were not given to anything when a checkpoint was made, as they lie in the store:
/// what has ended is in no other row, and records of it may still come. Immutable.
///
/// @param session the next number of a session, without its slot
/// @param subscription the next number of a subscription
/// @param rank the next rank of a retained value
public record NumbersRow(long session, long subscription, long rank) {
  /// The row's bytes.
  public byte[] encode() {
    return new Records.Writer()
        .i8(Records.VERSION)
        .i64(session)
        .i64(subscription)
        .i64(rank)
        .toArray();
  }

  /// Reads a row's bytes.
  public static NumbersRow decode(byte[] bytes) {
    Records.Reader r = new Records.Reader(ByteBuffer.wrap(bytes));
    byte version = r.i8();
    if (version != Records.VERSION) {
      throw new IllegalStateException("row of numbers has unknown version " + version);
    }
    return new NumbersRow(r.i64(), r.i64(), r.i64());
  }
}
