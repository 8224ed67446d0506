package io.dunlin.storage;

import io.dunlin.base.HotPath;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/// Where a shard's records become batches. Owned by the shard, but for the methods under "log
/// thread".
///
/// At the end of a turn the batch goes into the *slot*, where the log's thread takes it when it is
/// done with the last group; until then the shard may take it back and fill it further. So batches
/// grow while the disk is busy, and few buffers are needed. A batch that is full goes into a queue
/// instead. So does one that the log's thread has asked for, having found the slot empty in the
/// middle of a turn: else a shard that is always quicker would never let it have one.
@HotPath(benchmark = "LogThroughput")
final class ShardAppender implements Log.Appender {
  private static final VarHandle SLOT;

  static {
    try {
      SLOT = MethodHandles.lookup().findVarHandle(ShardAppender.class, "slot", CommitBatch.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final FileLog log;
  private final int shard;
  private final int batchBytes;
  private final int maxBatches;
  private final int maxRecordBytes;

  // shared
  @SuppressWarnings("UnusedVariable") // through SLOT
  private volatile @Nullable CommitBatch slot;

  private final ConcurrentLinkedQueue<CommitBatch> handedOver = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<CommitBatch> free = new ConcurrentLinkedQueue<>();

  /// Batches that each shard has not released yet.
  private final AtomicIntegerArray held;

  private volatile boolean asked;
  private volatile long flushedSequence;
  private volatile long urgentSequence;
  private volatile boolean oversizeInUse;
  private volatile int wantedBytes;

  // the shard's
  private @Nullable CommitBatch current;
  private int batches;
  private long nextSequence = 1;
  private long lastUrgent;
  private int begunBytes;

  // the log thread's
  private long takenSequence;

  ShardAppender(FileLog log, int shard) {
    this.log = log;
    this.shard = shard;
    LogConfig config = log.config();
    this.batchBytes = config.batchBytes();
    this.maxBatches = config.batchesPerShard();
    this.maxRecordBytes = config.maxRecordBytes();
    this.held = new AtomicIntegerArray(config.shards());
  }

  int shard() {
    return shard;
  }

  @Override
  public boolean hasRoom(int bytes) {
    if (bytes < 1 || bytes > maxRecordBytes) {
      throw new IllegalArgumentException(
          "a record of " + bytes + " bytes, at most " + maxRecordBytes);
    }
    if (makeRoom(bytes)) {
      return true;
    }
    wantedBytes = bytes; // before the second look: a buffer released meanwhile is seen by one of us
    if (makeRoom(bytes)) {
      wantedBytes = 0;
      return true;
    }
    return false;
  }

  /// Sees to it that the current batch has room.
  private boolean makeRoom(int bytes) {
    if (log.stopped()) {
      return false;
    }
    CommitBatch batch = current;
    if (batch == null) {
      batch = (CommitBatch) SLOT.getAndSet(this, null);
      current = batch;
    }
    if (batch != null && batch.hasRoom(bytes)) {
      return true;
    }
    CommitBatch next = bytes > largestInBatch() ? oversize(bytes) : nextFree();
    if (next == null) {
      return false;
    }
    if (batch != null && batch.count > 0) {
      handOver(batch);
    } else if (batch != null) {
      recycle(batch);
    }
    current = next.begin(nextSequence);
    return true;
  }

  private int largestInBatch() {
    return batchBytes - LogFormat.BATCH_HEADER_BYTES - LogFormat.FRAME_BYTES;
  }

  private @Nullable CommitBatch nextFree() {
    CommitBatch batch = free.poll();
    if (batch == null && batches < maxBatches) {
      batches++;
      batch = CommitBatch.pooled(this, batchBytes);
    }
    return batch;
  }

  private @Nullable CommitBatch oversize(int bytes) {
    if (oversizeInUse) {
      return null;
    }
    oversizeInUse = true;
    return CommitBatch.oversize(this, bytes);
  }

  /// In the middle of a turn: the batch is full.
  private void handOver(CommitBatch batch) {
    handedOver.add(batch);
    lastUrgent = nextSequence - 1;
    urgentSequence = lastUrgent;
    flushedSequence = lastUrgent;
    log.wake(true);
  }

  @Override
  public ByteBuffer begin(int maxBytes) {
    CommitBatch batch = current;
    if (batch == null || !batch.hasRoom(maxBytes)) {
      if (!hasRoom(maxBytes)) {
        throw new IllegalStateException("no room for a record of " + maxBytes + " bytes");
      }
      batch = java.util.Objects.requireNonNull(current);
    }
    begunBytes = maxBytes;
    return batch.buffer;
  }

  @Override
  public int at() {
    return begun().end + LogFormat.FRAME_BYTES;
  }

  @Override
  public long end(int bytes, long shardMask, boolean urgent) {
    if (bytes < 1 || bytes > begunBytes) {
      throw new IllegalArgumentException(bytes + " bytes, begun with " + begunBytes);
    }
    begun().add(bytes, shardMask);
    begunBytes = 0;
    long sequence = nextSequence++;
    if (urgent) {
      lastUrgent = sequence;
    }
    return sequence;
  }

  private CommitBatch begun() {
    CommitBatch batch = current;
    if (batch == null || begunBytes == 0) {
      throw new IllegalStateException("no record begun");
    }
    return batch;
  }

  @Override
  public long urge() {
    lastUrgent = nextSequence - 1;
    CommitBatch batch = current;
    boolean flushed = batch == null || batch.count == 0;
    if (flushed && lastUrgent > urgentSequence) {
      urgentSequence = lastUrgent;
      log.wake(true);
    } // else the flush tells
    return lastUrgent;
  }

  @Override
  public void flush() {
    CommitBatch batch = current;
    if (batch == null || batch.count == 0) {
      return;
    }
    current = null;
    boolean hurry = asked || lastUrgent > urgentSequence;
    urgentSequence = lastUrgent;
    flushedSequence = nextSequence - 1;
    if (asked) {
      asked = false;
      handedOver.add(batch);
    } else {
      SLOT.setVolatile(this, batch);
    }
    log.wake(hurry);
  }

  // any thread

  /// A shard has released a batch of this appender.
  void released(int shard) {
    held.decrementAndGet(shard);
  }

  /// All shards have released `batch`.
  void recycle(CommitBatch batch) {
    if (batch.oversize()) {
      batch.discard();
      oversizeInUse = false;
    } else {
      free.add(batch);
    }
    if (wantedBytes > 0) {
      log.wake(true);
    }
  }

  // log thread

  /// Whether there is a batch to take.
  boolean hasBatch() {
    return slot != null || !handedOver.isEmpty();
  }

  /// Records handed over and not taken yet.
  long pending() {
    return flushedSequence - takenSequence;
  }

  boolean urgent() {
    return urgentSequence > takenSequence;
  }

  /// Takes all batches in order.
  void takeAll(Collection<CommitBatch> target) {
    // The slot before the queue: what is older than the slot's batch is in the queue by now.
    CommitBatch last = (CommitBatch) SLOT.getAndSet(this, null);
    CommitBatch batch;
    while ((batch = handedOver.poll()) != null) {
      if (last != null && batch.firstSequence > last.firstSequence) {
        take(last, target);
        last = null;
      }
      take(batch, target);
    }
    if (last != null) {
      take(last, target);
    }
  }

  private void take(CommitBatch batch, Collection<CommitBatch> target) {
    assert batch.firstSequence == takenSequence + 1
        : batch.firstSequence + " follows " + takenSequence;
    takenSequence = batch.nextSequence() - 1;
    target.add(batch);
  }

  /// Whether the shard was told that there is no room, and now there is. Once.
  boolean roomAgain() {
    int wanted = wantedBytes;
    boolean room = wanted > largestInBatch() ? !oversizeInUse : !free.isEmpty();
    if (wanted == 0 || !room) {
      return false;
    }
    wantedBytes = 0;
    return true;
  }

  /// The shard has taken its batch back just when it is due: it is to hand it over.
  void ask() {
    asked = true;
  }

  /// Whether `shard` holds so many batches that others may run out of buffers.
  boolean lags(int shard) {
    return shard != this.shard && held.get(shard) * 2 >= maxBatches;
  }

  void hold(int shard) {
    held.incrementAndGet(shard);
  }
}
