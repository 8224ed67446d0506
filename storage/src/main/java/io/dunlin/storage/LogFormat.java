package io.dunlin.storage;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The bytes of a segment file. All numbers are big endian.
///
/// A **segment** is a header of 64 bytes in a block of 4,096, and batches one behind the other. Its
/// name carries its generation, which no other segment of the log ever has. A record's position is
/// the position of the segment's first batch (in the header) plus the distance from there, so that
/// positions go on over segments whatever the files' sizes are.
///
/// A **batch** is a header of 56 bytes, its records, and zeros up to a multiple of 8. Its header
/// has a checksum of its own, so that a damaged record does not hide the ones behind it.
///
/// A **record** is its length, a checksum and its bytes. The checksum is the CRC-32C of the bytes,
/// combined with a hash of generation, position and length: what an earlier use of the same place
/// left there is never taken for a record.
final class LogFormat {
  /// The newest format that this code reads, and the one it writes.
  static final int VERSION = 1;

  static final int SEGMENT_HEADER_BYTES = 4096;
  static final int BATCH_HEADER_BYTES = 56;
  static final int FRAME_BYTES = 8;
  static final int ALIGNMENT = 8;
  static final int BATCH_MAGIC = 0x44_4C_62_68;

  private static final long SEGMENT_MAGIC = 0x44_55_4E_4C_49_4E_4C_47L; // DUNLINLG
  private static final int SEGMENT_CHECKED_BYTES = 64;

  private LogFormat() {}

  /// What the first block of a segment says.
  ///
  /// @param firstPosition position of the first batch
  /// @param previousEnd position behind the last batch of the segments before; all below was forced
  /// @param sequence number of the first batch
  /// @param predecessor checksum of the last batch before
  record SegmentHeader(
      int version,
      long generation,
      long firstPosition,
      long previousEnd,
      long sequence,
      int predecessor) {}

  /// What the header of a batch says.
  ///
  /// @param length bytes in all, a multiple of 8
  /// @param forcedPosition all below was forced before this batch was written
  /// @param predecessor checksum of the batch before
  record BatchHeader(
      int checksum,
      long position,
      long sequence,
      long forcedPosition,
      int predecessor,
      int length,
      int count) {
    long end() {
      return position + length;
    }
  }

  /// The longest record for a segment of `segmentBytes`.
  static int largestRecord(int segmentBytes) {
    return segmentBytes - SEGMENT_HEADER_BYTES - BATCH_HEADER_BYTES - FRAME_BYTES - ALIGNMENT;
  }

  static long aligned(long bytes) {
    return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
  }

  static ByteBuffer segmentHeader(SegmentHeader header) {
    ByteBuffer block = ByteBuffer.allocateDirect(SEGMENT_HEADER_BYTES);
    block.putLong(0, SEGMENT_MAGIC);
    block.putInt(8, header.version);
    block.putLong(16, header.generation);
    block.putLong(24, header.firstPosition);
    block.putLong(32, header.previousEnd);
    block.putLong(40, header.sequence);
    block.putInt(48, header.predecessor);
    block.putInt(12, segmentChecksum(block));
    return block;
  }

  /// The header in `block`, of whatever version, or null when it is damaged.
  static @Nullable SegmentHeader parseSegmentHeader(ByteBuffer block) {
    if (block.limit() < SEGMENT_CHECKED_BYTES
        || block.getLong(0) != SEGMENT_MAGIC
        || block.getInt(12) != segmentChecksum(block)) {
      return null;
    }
    return new SegmentHeader(
        block.getInt(8),
        block.getLong(16),
        block.getLong(24),
        block.getLong(32),
        block.getLong(40),
        block.getInt(48));
  }

  private static int segmentChecksum(ByteBuffer block) {
    CRC32C crc = new CRC32C();
    crc.update(block.slice(0, 12));
    crc.update(block.slice(16, SEGMENT_CHECKED_BYTES - 16));
    return (int) crc.getValue();
  }

  /// Fills in the checksums of all records and the header of the batch in `buffer` from 0 to `end`,
  /// and zeros behind it. Moves the buffer's position and limit. Returns the batch's checksum.
  ///
  /// @param header its `checksum` and `length` are not used
  static int seal(ByteBuffer buffer, int end, long generation, BatchHeader header, CRC32C crc) {
    int digest = 0;
    int at = BATCH_HEADER_BYTES;
    for (int i = 0; i < header.count; i++) {
      int length = buffer.getInt(at);
      int checksum = recordChecksum(buffer, at, length, generation, header.position + at, crc);
      buffer.putInt(at + 4, checksum);
      digest = digest * 31 + checksum;
      at += FRAME_BYTES + length;
    }
    assert at == end : "records end at " + at + ", not at " + end;
    int length = (int) aligned(end);
    buffer.clear();
    while (at < length) {
      buffer.put(at++, (byte) 0);
    }
    buffer.putInt(0, BATCH_MAGIC);
    buffer.putLong(8, generation);
    buffer.putLong(16, header.position);
    buffer.putLong(24, header.sequence);
    buffer.putLong(32, header.forcedPosition);
    buffer.putInt(40, header.predecessor);
    buffer.putInt(44, digest);
    buffer.putInt(48, length);
    buffer.putInt(52, header.count);
    int checksum = batchChecksum(buffer, 0, crc);
    buffer.putInt(4, checksum);
    return checksum;
  }

  /// The header of a batch at `at`, or null when there is none of this generation. The buffer holds
  /// the whole header. Moves its position and limit.
  static @Nullable BatchHeader parseBatchHeader(
      ByteBuffer buffer, int at, long generation, CRC32C crc) {
    if (buffer.getInt(at) != BATCH_MAGIC || buffer.getLong(at + 8) != generation) {
      return null;
    }
    int checksum = buffer.getInt(at + 4);
    if (checksum != batchChecksum(buffer, at, crc)) {
      return null;
    }
    return new BatchHeader(
        checksum,
        buffer.getLong(at + 16),
        buffer.getLong(at + 24),
        buffer.getLong(at + 32),
        buffer.getInt(at + 40),
        buffer.getInt(at + 48),
        buffer.getInt(at + 52));
  }

  private static int batchChecksum(ByteBuffer buffer, int at, CRC32C crc) {
    return checksum(buffer, at + 8, at + BATCH_HEADER_BYTES, crc);
  }

  /// The checksum of the record whose frame begins at `at`. Moves the buffer's position and limit.
  static int recordChecksum(
      ByteBuffer buffer, int at, int length, long generation, long position, CRC32C crc) {
    int from = at + FRAME_BYTES;
    return checksum(buffer, from, from + length, crc) ^ placeHash(generation, position, length);
  }

  private static int checksum(ByteBuffer buffer, int from, int to, CRC32C crc) {
    crc.reset();
    crc.update(buffer.limit(to).position(from));
    buffer.clear();
    return (int) crc.getValue();
  }

  private static int placeHash(long generation, long position, int length) {
    long hash = mixed(generation * 0x9E3779B97F4A7C15L + position);
    return (int) (mixed(hash + length) >>> 32);
  }

  /// The finalizer of SplitMix64.
  private static long mixed(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
