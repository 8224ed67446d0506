package io.dunlin.storage;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/// What a [FileLog] has done. Thread-safe: plain counters, written by the log, readable by all; a
/// reader may see them a moment late.
public final class LogCounters {
  /// Bounds of the classes that forces are counted in by their time, in nanoseconds: a fast disk
  /// takes tens of microseconds, a slow one tens of milliseconds.
  private static final long[] FORCE_BOUNDS_NANOS = {
    50_000L, 100_000L, 250_000L, 500_000L, 1_000_000L, 2_500_000L, 5_000_000L, 10_000_000L,
    25_000_000L, 50_000_000L, 100_000_000L, 250_000_000L, 1_000_000_000L
  };

  private final AtomicLong forces = new AtomicLong();
  private final AtomicLong bytesForced = new AtomicLong();
  private final AtomicLong recordsCommitted = new AtomicLong();
  private final AtomicLong batchesCommitted = new AtomicLong();
  private final AtomicLong batchesCopied = new AtomicLong();
  private final AtomicLong commitDelays = new AtomicLong();
  private final AtomicLong lastForceNanos = new AtomicLong();
  private final AtomicLong forceNanos = new AtomicLong();
  private final AtomicLongArray forcesByTime = new AtomicLongArray(FORCE_BOUNDS_NANOS.length);
  private final AtomicLong maxForceNanos = new AtomicLong();
  private final AtomicLong segments = new AtomicLong();
  private final AtomicLong spareSegments = new AtomicLong();
  private final AtomicLong spareFailures = new AtomicLong();

  /// How often a group of batches was forced.
  public long forces() {
    return forces.getOpaque();
  }

  /// Bytes of all batches forced.
  public long bytesForced() {
    return bytesForced.getOpaque();
  }

  /// Records handed out.
  public long recordsCommitted() {
    return recordsCommitted.getOpaque();
  }

  /// Batches handed out.
  public long batchesCommitted() {
    return batchesCommitted.getOpaque();
  }

  /// Batches of which a lagging shard got a copy.
  public long batchesCopied() {
    return batchesCopied.getOpaque();
  }

  /// How often a small group waited in vain for more records.
  public long commitDelays() {
    return commitDelays.getOpaque();
  }

  /// How long the last force took.
  public long lastForceNanos() {
    return lastForceNanos.getOpaque();
  }

  /// How long all forces took together.
  public long forceNanos() {
    return forceNanos.getOpaque();
  }

  /// The bounds of the classes that forces are counted in, in nanoseconds, growing.
  public static long[] forceBoundsNanos() {
    return FORCE_BOUNDS_NANOS.clone();
  }

  /// How many forces took no longer than bound number `index`.
  public long forcesWithin(int index) {
    long sum = 0;
    for (int i = 0; i <= index; i++) {
      sum += forcesByTime.getOpaque(i);
    }
    return sum;
  }

  /// How long the slowest force took.
  public long maxForceNanos() {
    return maxForceNanos.getOpaque();
  }

  /// Segments that hold records.
  public long segments() {
    return segments.getOpaque();
  }

  /// Segments ready to be written, the reserve included.
  public long spareSegments() {
    return spareSegments.getOpaque();
  }

  /// How often no spare segment could be made for lack of space.
  public long spareFailures() {
    return spareFailures.getOpaque();
  }

  void forced(long bytes, long nanos) {
    add(forces, 1);
    add(bytesForced, bytes);
    add(forceNanos, nanos);
    lastForceNanos.setOpaque(nanos);
    int slot = 0;
    while (slot < FORCE_BOUNDS_NANOS.length && nanos > FORCE_BOUNDS_NANOS[slot]) {
      slot++;
    }
    if (slot < FORCE_BOUNDS_NANOS.length) {
      forcesByTime.setOpaque(slot, forcesByTime.getPlain(slot) + 1);
    }
    maxForceNanos.setOpaque(Math.max(nanos, maxForceNanos.getPlain()));
  }

  void committed(long records) {
    add(batchesCommitted, 1);
    add(recordsCommitted, records);
  }

  void copied() {
    add(batchesCopied, 1);
  }

  void delayed() {
    add(commitDelays, 1);
  }

  void segments(long live, long spare) {
    segments.setOpaque(live);
    spareSegments.setOpaque(spare);
  }

  void spareFailed() {
    add(spareFailures, 1);
  }

  /// Each counter has one writer.
  private static void add(AtomicLong counter, long delta) {
    counter.setOpaque(counter.getPlain() + delta);
  }
}
