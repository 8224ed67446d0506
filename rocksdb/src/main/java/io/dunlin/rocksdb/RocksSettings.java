package io.dunlin.rocksdb;

import java.util.HashSet;
import java.util.List;

/// How a [RocksStore] is laid out. Immutable.
///
/// @param familyNames one name per family, in the order of the families' numbers; `default` is
///   taken. Names are kept on disk: add new ones at the end, never rename
/// @param writeBufferBytes memory for unflushed rows of all families together, 1 MB or more
/// @param blockCacheBytes memory for blocks that were read; the write buffers count in it too
/// @param maxDiskBytes above this, writes are refused with [StoreFull]; 0: no limit
public record RocksSettings(
    List<String> familyNames, long writeBufferBytes, long blockCacheBytes, long maxDiskBytes) {
  private static final long MB = 1 << 20;

  public RocksSettings {
    familyNames = List.copyOf(familyNames);
    if (familyNames.contains("default")
        || familyNames.contains("")
        || new HashSet<>(familyNames).size() != familyNames.size()) {
      throw new IllegalArgumentException(
          "family names must differ and be neither empty nor 'default': " + familyNames);
    }
    if (writeBufferBytes < MB || blockCacheBytes < 0 || maxDiskBytes < 0) {
      throw new IllegalArgumentException(
          "writeBufferBytes %d, blockCacheBytes %d, maxDiskBytes %d"
              .formatted(writeBufferBytes, blockCacheBytes, maxDiskBytes));
    }
  }

  /// The defaults: 8 MB of write buffers, an 8 MB cache, no limit on disk.
  public static RocksSettings of(String... familyNames) {
    return new RocksSettings(List.of(familyNames), 8 * MB, 8 * MB, 0);
  }

  /// The same with another limit on disk.
  public RocksSettings withMaxDiskBytes(long bytes) {
    return new RocksSettings(familyNames, writeBufferBytes, blockCacheBytes, bytes);
  }
}
