package io.dunlin.broker.config;

import java.util.List;

/// How the log and the store lie on the disk. Immutable.
///
/// @param segmentBytes [#SEGMENT_BYTES]
/// @param logMaxBytes [#LOG_MAX_BYTES]
/// @param commitDelayMicros [#COMMIT_DELAY_MICROS]
/// @param diskReserveBytes [#DISK_RESERVE_BYTES]
/// @param scrubIntervalSeconds [#SCRUB_INTERVAL_SECONDS]
public record StorageConfig(
    int segmentBytes,
    long logMaxBytes,
    int commitDelayMicros,
    long diskReserveBytes,
    int scrubIntervalSeconds) {
  /// The size of one file of the log.
  public static final Key<Integer> SEGMENT_BYTES =
      Key.integer(
          "storage.segment-bytes",
          Unit.BYTES,
          67_108_864,
          1_048_576,
          1_073_741_824,
          "The size of one file of the log, all of it allocated beforehand. At least twice message.max-packet-bytes.");

  /// How far the log may grow.
  public static final Key<Long> LOG_MAX_BYTES =
      Key.number(
          "storage.log-max-bytes",
          Unit.BYTES,
          1_073_741_824,
          4_194_304,
          1_099_511_627_776L,
          "How large the log should stay: when half of it is written since the last checkpoint, the next one is made, which lets go of what is older. It bounds the time of recovery. At least four segments.");

  /// How long a group commit may wait.
  public static final Key<Integer> COMMIT_DELAY_MICROS =
      Key.integer(
          "storage.commit-delay-micros",
          Unit.MICROSECONDS,
          200,
          0,
          1_000,
          "How long a group commit may wait, at most, for more to join it. It waits only when that helps: never for a lone publisher. 0: never.");

  /// Disk space held back: by default for one flush (8 MiB) and one compaction (64 MiB) of the
  /// store and one segment of the log.
  public static final Key<Long> DISK_RESERVE_BYTES =
      Key.number(
          "storage.disk-reserve-bytes",
          Unit.BYTES,
          142_606_336,
          0,
          1_099_511_627_776L,
          "Disk space held in reserve, in a file named ballast. When beside it not even a segment of the log would fit on the disk, publishes that have to be kept are refused with 0x97 (Quota exceeded), or held back from clients before MQTT 5.0; acknowledgements and deletions go on, with the reserve if they need it. 0: none.");

  /// How often the store is read.
  public static final Key<Integer> SCRUB_INTERVAL_SECONDS =
      Key.integer(
          "storage.scrub-interval-seconds",
          Unit.SECONDS,
          86_400,
          0,
          31_536_000,
          "How often all that the store has on disk is read and compared with its checksums, slowly (16 MB a second at most), so that damage is found while it can be repaired. 0: never.");

  static final List<Key<?>> KEYS =
      List.of(
          SEGMENT_BYTES,
          LOG_MAX_BYTES,
          COMMIT_DELAY_MICROS,
          DISK_RESERVE_BYTES,
          SCRUB_INTERVAL_SECONDS);

  /// Checks each value.
  ///
  /// @throws InvalidConfig if one is not allowed
  public StorageConfig {
    SEGMENT_BYTES.check(segmentBytes);
    LOG_MAX_BYTES.check(logMaxBytes);
    COMMIT_DELAY_MICROS.check(commitDelayMicros);
    DISK_RESERVE_BYTES.check(diskReserveBytes);
    SCRUB_INTERVAL_SECONDS.check(scrubIntervalSeconds);
  }

  /// The same with the values of another that the log has from its start on.
  StorageConfig withStartValuesOf(StorageConfig other) {
    return new StorageConfig(
        other.segmentBytes,
        logMaxBytes,
        other.commitDelayMicros,
        other.diskReserveBytes,
        scrubIntervalSeconds);
  }

  static StorageConfig from(Values values) {
    return new StorageConfig(
        values.get(SEGMENT_BYTES),
        values.get(LOG_MAX_BYTES),
        values.get(COMMIT_DELAY_MICROS),
        values.get(DISK_RESERVE_BYTES),
        values.get(SCRUB_INTERVAL_SECONDS));
  }
}
