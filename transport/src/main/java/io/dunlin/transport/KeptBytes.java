package io.dunlin.transport;

import io.dunlin.base.OwnedBy;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Bytes that a connection has read and its handler has not consumed.
///
/// A few are kept on the heap and copied in front of what arrives next. Many are *gathered*: they
/// lie in a direct buffer of their own, which the socket is read into until the packet is complete,
/// so that no byte is copied at each read. Both grow by doubling as bytes arrive; neither is
/// allocated from the length that a peer claims.
@OwnedBy("loop")
final class KeptBytes {
  /// Up to here bytes are kept on the heap.
  static final int HEAP_BYTES = 64 << 10;

  static final UnpooledByteBufAllocator ALLOCATOR =
      new UnpooledByteBufAllocator(true, /* disableLeakDetector= */ true);

  private final ByteBuf buffer;
  private @Nullable ByteBuffer view;
  private int size;

  private KeptBytes(ByteBuf buffer) {
    this.buffer = buffer;
  }

  /// Copies `[from, to)` of `source`; `wanted` is the length that the handler waits for, or 0.
  static KeptBytes copyOf(ByteBuffer source, int from, int to, int wanted) {
    int length = to - from;
    KeptBytes kept;
    if (length <= HEAP_BYTES) {
      kept = new KeptBytes(ALLOCATOR.heapBuffer(length, HEAP_BYTES));
      kept.append(source, from, to);
    } else {
      kept = new KeptBytes(ALLOCATOR.directBuffer(grown(length, wanted)));
      kept.gathering().put(0, source, from, length);
      kept.size = length;
    }
    return kept;
  }

  int size() {
    return size;
  }

  boolean gathers() {
    return buffer.isDirect();
  }

  /// Whether `more` bytes can be appended on the heap.
  boolean fits(int more) {
    return size + more <= HEAP_BYTES;
  }

  /// Appends `[from, to)` of `source` on the heap.
  void append(ByteBuffer source, int from, int to) {
    int length = to - from;
    buffer.ensureWritable(size + length);
    source.get(from, buffer.array(), buffer.arrayOffset() + size, length);
    size += length;
  }

  /// Copies what is kept on the heap.
  void copyTo(ByteBuffer target, int at) {
    target.put(at, buffer.array(), buffer.arrayOffset(), size);
  }

  /// Copies `length` of the bytes kept on the heap, from the index `from` on.
  void copyTo(ByteBuffer target, int at, int from, int length) {
    target.put(at, buffer.array(), buffer.arrayOffset() + from, length);
  }

  /// The direct buffer, whose bytes `[0, size)` are kept and whose rest is room.
  ByteBuffer gathering() {
    ByteBuffer present = view;
    if (present == null) {
      present = buffer.nioBuffer(0, buffer.capacity());
      view = present;
    }
    return present;
  }

  /// The gathering buffer with room behind `size`, if need be a larger one.
  ByteBuffer gatheringWithRoom(int wanted) {
    if (size == buffer.capacity()) {
      buffer.capacity(grown(size, wanted));
      view = null;
    }
    return gathering();
  }

  /// Counts bytes that were read into the room of the gathering buffer.
  void gathered(int bytes) {
    size += bytes;
  }

  /// Frees it; the bytes must not be touched again.
  void release() {
    buffer.release();
  }

  /// Twice the size, but not past the end of the packet that is waited for.
  private static int grown(int size, int wanted) {
    int doubled = Math.max(2 * HEAP_BYTES, (int) Math.min(2L * size, Integer.MAX_VALUE - 8));
    return wanted > size ? Math.min(doubled, wanted) : doubled;
  }
}
