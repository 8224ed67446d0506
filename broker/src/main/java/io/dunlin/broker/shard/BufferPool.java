package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/// Output buffers of one shard, 64 KiB each, direct. Only busy connections hold some.
@OwnedBy("shard")
final class BufferPool {
  static final int BUFFER_BYTES = 64 * 1024;

  private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>();
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

  void give(ByteBuffer buffer) {
    inUseBytes -= buffer.capacity();
    if (buffer.capacity() == BUFFER_BYTES && free.size() < keep) {
      free.addLast(buffer);
    }
  }

  long inUseBytes() {
    return inUseBytes;
  }
}
