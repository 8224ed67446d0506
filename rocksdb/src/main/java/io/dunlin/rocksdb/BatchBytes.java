package io.dunlin.rocksdb;

import io.dunlin.storage.WriteBatch;
import io.dunlin.storage.WriteBatch.Change.Delete;
import io.dunlin.storage.WriteBatch.Change.DeleteRange;
import io.dunlin.storage.WriteBatch.Change.Put;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// A batch in RocksDB's own format (`write_batch.cc`), so that it crosses into native code in one
/// call instead of one per change: sequence number (8 bytes, RocksDB fills it in), number of
/// records (4 bytes), then per record a tag, the family and its keys and values, each with its
/// length. Numbers are little-endian, families and lengths varints.
///
/// The position comes last, in the default family.
final class BatchBytes {
  private static final byte TAG_DELETE = 0x4;
  private static final byte TAG_PUT = 0x5;
  private static final byte TAG_DELETE_RANGE = 0xE;

  private static final int HEADER_BYTES = 12;
  private static final int COUNT_OFFSET = 8;
  private static final int DEFAULT_FAMILY = 0;

  private BatchBytes() {}

  /// The bytes of `batch` and `position`.
  ///
  /// @param familyIds RocksDB's number of each of our families
  static byte[] of(WriteBatch batch, int[] familyIds, byte[] positionKey, byte[] position) {
    long bytes = HEADER_BYTES + putBytes(DEFAULT_FAMILY, positionKey, position);
    for (WriteBatch.Change change : batch.changes()) {
      bytes +=
          switch (change) {
            case Put(int family, byte[] key, byte[] value) ->
                putBytes(familyIds[family], key, value);
            case Delete(int family, byte[] key) ->
                1 + varintBytes(familyIds[family]) + sizedBytes(key);
            case DeleteRange(int family, byte[] from, byte[] to) ->
                isEmpty(from, to) ? 0 : putBytes(familyIds[family], from, to);
          };
    }
    ByteBuffer out = ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
    out.position(HEADER_BYTES);
    int records = 1;
    for (WriteBatch.Change change : batch.changes()) {
      records++;
      switch (change) {
        case Put(int family, byte[] key, byte[] value) -> {
          head(out, TAG_PUT, familyIds[family], key);
          sized(out, value);
        }
        case Delete(int family, byte[] key) -> head(out, TAG_DELETE, familyIds[family], key);
        case DeleteRange(int _, byte[] from, byte[] to) when isEmpty(from, to) ->
            records--; // RocksDB would refuse the whole batch
        case DeleteRange(int family, byte[] from, byte[] to) -> {
          head(out, TAG_DELETE_RANGE, familyIds[family], from);
          sized(out, to);
        }
      }
    }
    head(out, TAG_PUT, DEFAULT_FAMILY, positionKey);
    sized(out, position);
    assert !out.hasRemaining() : out;
    return out.putInt(COUNT_OFFSET, records).array();
  }

  private static boolean isEmpty(byte[] from, byte[] to) {
    return Arrays.compareUnsigned(from, to) >= 0;
  }

  private static long putBytes(int familyId, byte[] key, byte[] value) {
    return 1 + varintBytes(familyId) + sizedBytes(key) + sizedBytes(value);
  }

  private static long sizedBytes(byte[] bytes) {
    return varintBytes(bytes.length) + (long) bytes.length;
  }

  private static int varintBytes(int value) {
    return Math.max(1, (38 - Integer.numberOfLeadingZeros(value)) / 7);
  }

  private static void head(ByteBuffer out, byte tag, int familyId, byte[] key) {
    out.put(tag);
    varint(out, familyId);
    sized(out, key);
  }

  private static void sized(ByteBuffer out, byte[] bytes) {
    varint(out, bytes.length);
    out.put(bytes);
  }

  private static void varint(ByteBuffer out, int value) {
    int rest = value;
    while (rest > 0x7F) {
      out.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    out.put((byte) rest);
  }
}
