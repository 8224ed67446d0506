package io.dunlin.broker.store;

import io.dunlin.base.Slice;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// The retained message of a topic as it lies in the store. Immutable.
///
/// @param rank decides between two values of one topic: the higher one stays
/// @param message in stored form; null: deleted, kept until the log holds no older value
public record RetainedRow(long rank, @Nullable Slice message) {
  /// The row's bytes.
  public byte[] encode() {
    return new Records.Writer().i8(Records.VERSION).i64(rank).optional(message).toArray();
  }

  /// Reads a row's bytes.
  public static RetainedRow decode(byte[] bytes) {
    Records.Reader r = new Records.Reader(ByteBuffer.wrap(bytes));
    byte version = r.i8();
    if (version != Records.VERSION) {
      throw new IllegalStateException("retained row has unknown version " + version);
    }
    return new RetainedRow(r.i64(), r.optional());
  }
}
