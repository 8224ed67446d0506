package io.dunlin.storage;

import io.dunlin.base.HotPath;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A batch buffer on its way: filled by a shard, written by the log's thread, read by shards,
/// emptied and filled again. Whoever has it owns it; it changes hands through the queues and the
/// slot of its [ShardAppender], and back by counting [Handle#release].
@HotPath(benchmark = "LogThroughput")
final class CommitBatch {
  final ShardAppender appender;
  final ByteBuffer buffer;

  /// Of a batch made for one long record: gives its memory back.
  private final @Nullable Arena arena;

  /// The log thread's view of the buffer, whose position and limit it moves.
  final ByteBuffer written;

  private final @Nullable Handle[] handles;
  private final AtomicInteger readers = new AtomicInteger();

  // set by the shard
  int end;
  int count;
  long firstSequence;
  long shards;
  private int[] starts = new int[64];
  private long[] masks = new long[64];

  // set by the log thread
  long position;

  private CommitBatch(ShardAppender appender, ByteBuffer buffer, @Nullable Arena arena) {
    this.appender = appender;
    this.buffer = buffer;
    this.arena = arena;
    this.written = buffer.duplicate();
    this.handles = new @Nullable Handle[appender.log.config().shards()];
  }

  static CommitBatch pooled(ShardAppender appender, int bytes) {
    return new CommitBatch(
        appender, ByteBuffer.allocateDirect((int) LogFormat.aligned(bytes)), null);
  }

  static CommitBatch oversize(ShardAppender appender, int recordBytes) {
    long bytes =
        LogFormat.aligned(
            (long) LogFormat.BATCH_HEADER_BYTES + LogFormat.FRAME_BYTES + recordBytes);
    Arena arena = Arena.ofShared();
    return new CommitBatch(appender, arena.allocate(bytes, 8).asByteBuffer(), arena);
  }

  boolean oversize() {
    return arena != null;
  }

  /// Empties it.
  CommitBatch begin(long firstSequence) {
    end = LogFormat.BATCH_HEADER_BYTES;
    count = 0;
    shards = 0;
    this.firstSequence = firstSequence;
    return this;
  }

  long nextSequence() {
    return firstSequence + count;
  }

  boolean hasRoom(int recordBytes) {
    return buffer.capacity() - end - LogFormat.FRAME_BYTES >= recordBytes;
  }

  /// Adds the record of `bytes` that was written behind the next frame.
  void add(int bytes, long shardMask) {
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, 2 * count);
      masks = Arrays.copyOf(masks, 2 * count);
    }
    int start = end + LogFormat.FRAME_BYTES;
    buffer.putInt(end, bytes);
    starts[count] = start;
    masks[count] = shardMask;
    shards |= shardMask;
    count++;
    end = start + bytes;
  }

  int from(int index) {
    assert index < count : index + " of " + count;
    return starts[index];
  }

  int to(int index) {
    return from(index) + buffer.getInt(from(index) - LogFormat.FRAME_BYTES);
  }

  long position(int index) {
    return position + from(index) - LogFormat.FRAME_BYTES;
  }

  long shardMask(int index) {
    assert index < count : index + " of " + count;
    return masks[index];
  }

  long endPosition() {
    return position + LogFormat.aligned(end);
  }

  /// Expects `count` releases.
  void share(int count) {
    readers.set(count);
  }

  Handle handle(int shard) {
    Handle handle = handles[shard];
    if (handle == null) {
      handle = new Handle(this, shard);
      handles[shard] = handle;
    }
    assert !handle.held : "shard " + shard + " has not released its last batch of this buffer";
    handle.held = true;
    return handle;
  }

  void releaseOne() {
    int left = readers.decrementAndGet();
    assert left >= 0 : "released too often";
    if (left == 0) {
      appender.recycle(this);
    }
  }

  /// Frees the memory of an oversize batch.
  void discard() {
    if (arena != null) {
      arena.close();
    }
  }

  /// A copy of the records that concern `shard`, for one that lags.
  Log.Batch copyFor(int shard, Runnable released) {
    long bit = 1L << shard;
    int records = 0;
    int bytes = 0;
    for (int i = 0; i < count; i++) {
      if ((masks[i] & bit) != 0) {
        records++;
        bytes += to(i) - from(i);
      }
    }
    ByteBuffer target = ByteBuffer.allocate(bytes);
    int[] indexes = new int[records];
    int[] ends = new int[records];
    int next = 0;
    int at = 0;
    for (int i = 0; i < count; i++) {
      if ((masks[i] & bit) != 0) {
        int length = to(i) - from(i);
        target.put(at, buffer, from(i), length);
        at += length;
        indexes[next] = i;
        ends[next++] = at;
      }
    }
    long[] positions = Arrays.stream(indexes).mapToLong(this::position).toArray();
    long[] recordMasks = Arrays.stream(indexes).mapToLong(this::shardMask).toArray();
    long first = firstSequence + (records == 0 ? 0 : indexes[0]);
    return new CopiedBatch(
        appender.shard(), first, endPosition(), target, ends, positions, recordMasks, released);
  }

  /// The batch as one shard reads it.
  static final class Handle implements Log.Batch {
    private final CommitBatch batch;
    private final int shard;
    private final ByteBuffer view;
    // Written by the log's thread before it hands the batch over, then by the shard.
    private boolean held;

    Handle(CommitBatch batch, int shard) {
      this.batch = batch;
      this.shard = shard;
      this.view = batch.buffer.duplicate();
    }

    @Override
    public int origin() {
      return batch.appender.shard();
    }

    @Override
    public long firstSequence() {
      return batch.firstSequence;
    }

    @Override
    public int count() {
      return batch.count;
    }

    @Override
    public ByteBuffer buffer() {
      return view;
    }

    @Override
    public int from(int index) {
      return batch.from(index);
    }

    @Override
    public int to(int index) {
      return batch.to(index);
    }

    @Override
    public long position(int index) {
      return batch.position(index);
    }

    @Override
    public long shardMask(int index) {
      return batch.shardMask(index);
    }

    @Override
    public long endPosition() {
      return batch.endPosition();
    }

    @Override
    public void release() {
      if (!held) {
        throw new IllegalStateException("shard " + shard + " released a batch twice");
      }
      held = false;
      batch.appender.released(shard);
      batch.releaseOne();
    }
  }

  /// A copy with a reader of its own.
  @SuppressWarnings("ArrayRecordComponent") // private, and never compared
  private record CopiedBatch(
      int origin,
      long firstSequence,
      long endPosition,
      ByteBuffer buffer,
      int[] ends,
      long[] positions,
      long[] masks,
      Runnable released)
      implements Log.Batch {
    @Override
    public int count() {
      return ends.length;
    }

    @Override
    public int from(int index) {
      return index == 0 ? 0 : ends[index - 1];
    }

    @Override
    public int to(int index) {
      return ends[index];
    }

    @Override
    public long position(int index) {
      return positions[index];
    }

    @Override
    public long shardMask(int index) {
      return masks[index];
    }

    @Override
    public void release() {
      released.run();
    }
  }
}
