package io.dunlin.broker.config;

import java.util.List;

/// How the log lies on the disk. Immutable.
///
/// @param segmentBytes [#SEGMENT_BYTES]
/// @param logMaxBytes [#LOG_MAX_BYTES]
/// @param commitDelayMicros [#COMMIT_DELAY_MICROS]
/// @param diskReserveBytes [#DISK_RESERVE_BYTES]
public record StorageConfig(
    int segmentBytes, long logMaxBytes, int commitDelayMicros, long diskReserveBytes) {
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

  /// Disk space held back.
  public static final Key<Long> DISK_RESERVE_BYTES =
      Key.number(
          "storage.disk-reserve-bytes",
          Unit.BYTES,
          134_217_728,
          0,
          1_099_511_627_776L,
          "Free disk space below which publishes that would have to be kept are refused with 0x97 (Quota exceeded), or not read from clients before MQTT 5.0, so that acknowledgements and deletions still find space. 0: none.");

  static final List<Key<?>> KEYS =
      List.of(SEGMENT_BYTES, LOG_MAX_BYTES, COMMIT_DELAY_MICROS, DISK_RESERVE_BYTES);

  /// Checks each value.
  ///
  /// @throws InvalidConfig if one is not allowed
  public StorageConfig {
    SEGMENT_BYTES.check(segmentBytes);
    LOG_MAX_BYTES.check(logMaxBytes);
    COMMIT_DELAY_MICROS.check(commitDelayMicros);
    DISK_RESERVE_BYTES.check(diskReserveBytes);
  }

  /// The same with the values of another that the log has from its start on.
  StorageConfig withStartValuesOf(StorageConfig other) {
    return new StorageConfig(
        other.segmentBytes, logMaxBytes, other.commitDelayMicros, diskReserveBytes);
  }

  static StorageConfig from(Values values) {
    return new StorageConfig(
        values.get(SEGMENT_BYTES),
        values.get(LOG_MAX_BYTES),
        values.get(COMMIT_DELAY_MICROS),
        values.get(DISK_RESERVE_BYTES));
  }
}
