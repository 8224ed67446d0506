package io.dunlin.storage;

import io.dunlin.base.Clock;

/// How a [FileLog] is laid out and how long it waits. Immutable.
///
/// @param shards how many appenders there are, 1..64
/// @param segmentBytes size of a segment file, 8 KiB..1 GiB; 64 MiB unless told
/// @param spareSegments segments kept ready; the last one is the reserve that is used up only while
///   [FileLog#outOfSpace] is true. 1..16; 2 unless told
/// @param batchBytes size of a batch buffer, 1 KiB..`segmentBytes` less its header; 2 MiB unless
///   told
/// @param batchesPerShard how many batch buffers a shard may use, 2..64; 4 unless told. They are
///   made when first needed
/// @param maxRecordBytes the longest record; must fit into a segment. One that does not fit into a
///   batch gets a buffer of its own, one at a time for each shard
/// @param commitDelayMaxNanos how long a small group may wait for more records after the last
///   commit; 0 for never, 1 ms unless told. A lone publisher never waits
/// @param lazyForceNanos how long a record that nobody waits for may stay unforced; 50 ms unless
///   told
/// @param forcesGroups whether a group is committed when the disk was forced; false: when it is
///   written, and it may be lost in a power cut until [Log#sync]
/// @param clock the time
public record LogConfig(
    int shards,
    int segmentBytes,
    int spareSegments,
    int batchBytes,
    int batchesPerShard,
    int maxRecordBytes,
    long commitDelayMaxNanos,
    long lazyForceNanos,
    boolean forcesGroups,
    Clock clock) {
  public LogConfig {
    check("shards", shards, 1, 64);
    check("segmentBytes", segmentBytes, 8 << 10, 1 << 30);
    check("spareSegments", spareSegments, 1, 16);
    check("batchBytes", batchBytes, 1 << 10, segmentBytes - LogFormat.SEGMENT_HEADER_BYTES);
    check("batchesPerShard", batchesPerShard, 2, 64);
    check("maxRecordBytes", maxRecordBytes, 1, LogFormat.largestRecord(segmentBytes));
    check("commitDelayMaxNanos", commitDelayMaxNanos, 0, 1_000_000_000L);
    check("lazyForceNanos", lazyForceNanos, 0, 60_000_000_000L);
  }

  /// The defaults.
  public static LogConfig defaults(int shards) {
    return new LogConfig(
        shards, 64 << 20, 2, 2 << 20, 4, 32 << 20, 1_000_000L, 50_000_000L, true, Clock.SYSTEM);
  }

  /// The same with other sizes.
  public LogConfig withSizes(int segmentBytes, int batchBytes, int maxRecordBytes) {
    return new LogConfig(
        shards,
        segmentBytes,
        spareSegments,
        batchBytes,
        batchesPerShard,
        maxRecordBytes,
        commitDelayMaxNanos,
        lazyForceNanos,
        forcesGroups,
        clock);
  }

  /// The same with other waiting times, measured by `clock`.
  public LogConfig withTimes(long commitDelayMaxNanos, long lazyForceNanos, Clock clock) {
    return new LogConfig(
        shards,
        segmentBytes,
        spareSegments,
        batchBytes,
        batchesPerShard,
        maxRecordBytes,
        commitDelayMaxNanos,
        lazyForceNanos,
        forcesGroups,
        clock);
  }

  /// The same, but committing what is written and not yet forced.
  public LogConfig withoutForces() {
    return new LogConfig(
        shards,
        segmentBytes,
        spareSegments,
        batchBytes,
        batchesPerShard,
        maxRecordBytes,
        commitDelayMaxNanos,
        lazyForceNanos,
        false,
        clock);
  }

  private static void check(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " is " + value + ", must be " + least + " to " + most);
    }
  }
}
