package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/// Output buffers of one shard, direct: of 64 KiB for who gets much, of 1 KiB for an answer or two,
/// of which thousands may be needed in one turn. Only busy connections hold some.
@OwnedBy("shard")
final class BufferPool {
  static final int BUFFER_BYTES = 64 * 1024;

  /// Enough for a CONNACK, a SUBACK, a few acknowledgements.
  static final int SMALL_BYTES = 1024;

  private static final int KEEP_SMALL = 8_192;

  private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>();
  private final ArrayDeque<ByteBuffer> freeSmall = new ArrayDeque<>();
  private final int keep;
  private long inUseBytes;

  /// @param keep how many free buffers are kept; more are left to the collector
  BufferPool(int keep) {
    this.keep = keep;
  }

  /// A buffer of at least `bytes`.
  ByteBuffer take(int bytes) {
    ByteBuffer buffer = bytes <= BUFFER_BYTES ? free.pollLast() : null;
    if (buffer == null) {
      buffer = ByteBuffer.allocateDirect(Math.max(bytes, BUFFER_BYTES));
    }
    inUseBytes += buffer.capacity();
    return buffer;
  }

  /// A buffer of [#SMALL_BYTES].
  ByteBuffer takeSmall() {
    ByteBuffer buffer = freeSmall.pollLast();
    if (buffer == null) {
      buffer = ByteBuffer.allocateDirect(SMALL_BYTES);
    }
    inUseBytes += SMALL_BYTES;
    return buffer;
  }

  void give(ByteBuffer buffer) {
    inUseBytes -= buffer.capacity();
    if (buffer.capacity() == SMALL_BYTES) {
      if (freeSmall.size() < KEEP_SMALL) {
        freeSmall.addLast(buffer);
      }
    } else if (buffer.capacity() == BUFFER_BYTES && free.size() < keep) {
      free.addLast(buffer);
    }
  }

  long inUseBytes() {
    return inUseBytes;
  }
}
