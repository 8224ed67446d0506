package io.dunlin.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.ChecksumType;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactionStyle;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.Env;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileManager;
import org.rocksdb.WriteBufferManager;

/// An open RocksDB with its families and every native object that it was made with. Closing it
/// flushes nothing.
///
/// Two rules from trials stand behind the options: `allow_stall` is false, because with true a
/// writer on a full disk hangs without an exception; and there is no event listener, because the
/// Java one throws in the callback for flushes without a write-ahead log, and then the store does
/// not recover.
final class Database implements AutoCloseable {
  /// How much a database is checked while it is opened.
  enum Checks {
    /// Everything that RocksDB can check.
    ALL,
    /// As little as possible, so that a damaged one opens with what is left. Nothing is compacted
    /// by itself then.
    FEW
  }

  private static final String DEFAULT_FAMILY = "default";
  private static final long KB = 1 << 10;
  private static final long MB = 1 << 20;

  private final Deque<AutoCloseable> natives = new ArrayDeque<>();
  private final List<ColumnFamilyHandle> handles = new ArrayList<>();
  private final SstFileManager files;
  private final RocksDB db;

  /// Opens what is in `directory`, or makes a new one if there is nothing.
  Database(Path directory, RocksSettings settings, Checks checks) throws RocksDBException {
    boolean opened = false;
    try {
      files = own(new SstFileManager(Env.getDefault()));
      files.setMaxAllowedSpaceUsage(settings.maxDiskBytes());
      Cache cache = own(new LRUCache(settings.blockCacheBytes()));
      ColumnFamilyOptions familyOptions = familyOptions(cache, checks);
      List<ColumnFamilyDescriptor> families = new ArrayList<>();
      for (String name : familyNames(directory, settings, checks)) {
        families.add(new ColumnFamilyDescriptor(name.getBytes(UTF_8), familyOptions));
      }
      DBOptions options = options(settings, cache, checks);
      db = own(RocksDB.open(options, directory.toString(), families, handles));
      handles.forEach(this::own); // closed before the database
      opened = true;
    } finally {
      if (!opened) {
        close();
      }
    }
  }

  RocksDB db() {
    return db;
  }

  /// All families: the default one, those of the settings in their order, then any that an older or
  /// newer release made.
  List<ColumnFamilyHandle> handles() {
    return handles;
  }

  /// RocksDB's own family, in which the position lies.
  ColumnFamilyHandle defaultFamily() {
    return handles.getFirst();
  }

  /// The family that the settings list at `family`.
  ColumnFamilyHandle family(int family) {
    return handles.get(family + 1);
  }

  /// The family of that name.
  ColumnFamilyHandle familyNamed(String name) throws RocksDBException {
    for (ColumnFamilyHandle handle : handles) {
      if (name.equals(new String(handle.getName(), UTF_8))) {
        return handle;
      }
    }
    throw new IllegalStateException("no family " + name);
  }

  /// Bytes of all table files.
  long diskBytes() {
    return files.getTotalSize();
  }

  /// How many rows all families have, as RocksDB estimates it.
  long rows() throws RocksDBException {
    long sum = 0;
    for (ColumnFamilyHandle family : handles) {
      sum += db.getLongProperty(family, "rocksdb.estimate-num-keys");
    }
    return sum;
  }

  /// The table files that hold the flushed rows.
  List<LiveFile> liveFiles() {
    List<LiveFile> live = new ArrayList<>();
    for (LiveFileMetaData file : db.getLiveFilesMetaData()) {
      live.add(LiveFile.of(file));
    }
    return live;
  }

  @Override
  public void close() {
    while (!natives.isEmpty()) {
      try {
        natives.pop().close();
      } catch (Exception e) { // declared by AutoCloseable; RocksDB's own declare none
        throw new IllegalStateException(e);
      }
    }
  }

  private <T extends AutoCloseable> T own(T object) {
    natives.push(object);
    return object;
  }

  private static Set<String> familyNames(Path directory, RocksSettings settings, Checks checks)
      throws RocksDBException {
    Set<String> names = new LinkedHashSet<>();
    names.add(DEFAULT_FAMILY);
    names.addAll(settings.familyNames());
    if (Files.exists(directory.resolve("CURRENT"))) {
      try (Options options = new Options()) {
        for (byte[] name : RocksDB.listColumnFamilies(options, directory.toString())) {
          names.add(new String(name, UTF_8));
        }
      } catch (RocksDBException e) {
        if (checks == Checks.ALL) {
          throw e;
        }
      }
    }
    return names;
  }

  private DBOptions options(RocksSettings settings, Cache cache, Checks checks) {
    return own(base(checks))
        .setCreateIfMissing(checks == Checks.ALL) // callers see to it that nothing is overwritten
        .setCreateMissingColumnFamilies(true)
        .setAtomicFlush(true)
        .setParanoidChecks(checks == Checks.ALL)
        .setAvoidFlushDuringShutdown(true)
        .setMaxBackgroundJobs(2)
        .setWriteBufferManager(
            own(new WriteBufferManager(settings.writeBufferBytes(), cache, false)))
        .setSstFileManager(files)
        .setMaxOpenFiles(256)
        .setMaxFileOpeningThreads(1)
        .setMaxManifestFileSize(MB)
        .setBytesPerSync(MB)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(MB)
        .setKeepLogFileNum(2)
        .setStatsDumpPeriodSec(0)
        .setStatsPersistPeriodSec(0);
  }

  /// What has no setter in Java.
  private static DBOptions base(Checks checks) {
    if (checks == Checks.ALL) {
      return new DBOptions();
    }
    Properties properties = new Properties();
    properties.setProperty("verify_sst_unique_id_in_manifest", "false"); // for stand-ins
    @Nullable DBOptions options = DBOptions.getDBOptionsFromProps(properties);
    if (options == null) {
      throw new IllegalStateException("RocksDB does not know " + properties);
    }
    return options;
  }

  private ColumnFamilyOptions familyOptions(Cache cache, Checks checks) {
    return own(new ColumnFamilyOptions())
        .setWriteBufferSize(4 * MB)
        .setMaxWriteBufferNumber(3)
        .setArenaBlockSize(256 * KB)
        .setTargetFileSizeBase(8 * MB) // what one damaged index can cost
        .setMaxBytesForLevelBase(32 * MB)
        .setLevelCompactionDynamicLevelBytes(true)
        .setCompactionStyle(CompactionStyle.LEVEL)
        .setDisableAutoCompactions(checks == Checks.FEW) // one that meets damage stops all writes
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        .setMaxCompactionBytes(64 * MB) // what a compaction can need on a nearly full disk
        .setTableFormatConfig(
            new BlockBasedTableConfig()
                .setBlockSize(8 * KB)
                .setChecksumType(ChecksumType.kXXH3)
                .setBlockCache(cache)
                .setCacheIndexAndFilterBlocks(true));
  }
}
