package io.dunlin.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.dunlin.storage.SortedStore;
import io.dunlin.storage.WriteBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.FlushOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A [SortedStore] on RocksDB without a write-ahead log: all families are flushed atomically, and
/// the position lies in the default family, written in the same batch as the rows.
///
/// Two directories belong to it: the store itself, and beside it `<name>-meta` with what is needed
/// to repair it ([StoreMeta]). Opening never fails because of what lies in them ([Salvage]); what
/// was wrong is in [#report].
///
/// Failures are an [IOException] that tells what was being done: [StoreDamaged] if the disk does
/// not hold what was written, [StoreFull] if space ran out. After [StoreDamaged], close and open
/// again, as soon as reading everything once can be afforded: that repairs what can be repaired.
/// Until then reads elsewhere go on; writes do so until a compaction meets the damage.
///
/// Thread-safe: one writer and any readers, as the contract says. The lock keeps the native
/// database from being freed under a reader, which would end the process; apart from [#close] it is
/// only ever shared.
public final class RocksStore implements SortedStore {
  private static final Logger log = LoggerFactory.getLogger(RocksStore.class);
  private static final byte[] POSITION_KEY = "position".getBytes(US_ASCII);

  private final ReentrantReadWriteLock lifetime = new ReentrantReadWriteLock();
  private final Path directory;
  private final RocksSettings settings;
  private final Database database;
  private final OpenReport report;
  private final StoreMeta meta;
  private final int[] familyIds;
  private final WriteOptions writeOptions = new WriteOptions().setDisableWAL(true);
  private final FlushOptions flushOptions = new FlushOptions().setWaitForFlush(true);
  private volatile long position;
  private boolean closed; // guarded by lifetime

  private RocksStore(Path directory, RocksSettings settings, Database database, OpenReport report) {
    this.directory = directory;
    this.settings = settings;
    this.database = database;
    this.report = report;
    meta = new StoreMeta(directory);
    familyIds = new int[settings.familyNames().size()];
    for (int family = 0; family < familyIds.length; family++) {
      familyIds[family] = database.family(family).getID();
    }
  }

  /// Opens the store in `directory`, or makes one. A store that does not open is salvaged, or set
  /// aside as `<directory>.damaged-N`: see [#report].
  ///
  /// @throws IOException for what is not the store's content: no space ([StoreFull]), no
  ///   permission, or the store is open elsewhere
  public static RocksStore open(Path directory, RocksSettings settings) throws IOException {
    Path absolute = directory.toAbsolutePath().normalize();
    makePrivate(absolute);
    makePrivate(StoreMeta.directoryFor(absolute));
    Salvage salvage = new Salvage(absolute, settings);
    Database database = salvage.open();
    RocksStore store =
        new RocksStore(absolute, settings, database, new OpenReport(salvage.damage()));
    boolean begun = false;
    try {
      store.begin(salvage.salvagedPosition());
      for (String line : salvage.damage()) {
        log.error("store.damaged directory={} what={}", absolute, line);
      }
      begun = true;
      return store;
    } finally {
      if (!begun) {
        store.close();
      }
    }
  }

  /// What opening found.
  public OpenReport report() {
    return report;
  }

  @Override
  public void write(WriteBatch batch, long position) throws IOException {
    byte[] positionBytes = ByteBuffer.allocate(Long.BYTES).putLong(position).array();
    byte[] bytes = BatchBytes.of(batch, familyIds, POSITION_KEY, positionBytes);
    enter();
    try (var rocksBatch = new org.rocksdb.WriteBatch(bytes)) {
      database.db().write(writeOptions, rocksBatch);
      this.position = position;
    } catch (RocksDBException e) {
      throw failure(
          "write %d changes up to position %d".formatted(batch.changes().size(), position), e);
    } finally {
      leave();
    }
  }

  @Override
  public long flush() throws IOException {
    enter();
    try {
      long kept = position;
      database.db().flush(flushOptions, database.handles());
      saveMeta(kept);
      return kept;
    } catch (RocksDBException e) {
      throw failure("flush up to position " + position, e);
    } finally {
      leave();
    }
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public byte @Nullable [] get(int family, byte[] key) throws IOException {
    enter();
    try {
      return database.db().get(database.family(family), key);
    } catch (RocksDBException e) {
      throw failure("get from", family, e);
    } finally {
      leave();
    }
  }

  @Override
  public void scan(int family, byte[] from, byte @Nullable [] to, EntryVisitor visitor)
      throws IOException {
    if (to != null && Arrays.compareUnsigned(from, to) >= 0) {
      return;
    }
    enter();
    try (ReadOptions options = new ReadOptions();
        @Nullable Slice end = to == null ? null : new Slice(to)) {
      if (end != null) {
        options.setIterateUpperBound(end);
      }
      try (RocksIterator rows = database.db().newIterator(database.family(family), options)) {
        rows.seek(from);
        while (rows.isValid() && visitor.entry(rows.key(), rows.value())) {
          rows.next();
        }
        rows.status(); // an iterator ends at damage as it does at the end
      }
    } catch (RocksDBException e) {
      throw failure("scan", family, e);
    } finally {
      leave();
    }
  }

  /// Gives back, at once, the space of whole files that lie in `[from, to)`, as far as that cannot
  /// bring deleted rows back ([ReleasableFiles]). Works on a full disk too.
  @Override
  public void releaseRange(int family, byte[] from, byte[] to) throws IOException {
    enter();
    try {
      List<byte[]> ranges =
          ReleasableFiles.ranges(
              database.liveFiles(), settings.familyNames().get(family), from, to);
      if (!ranges.isEmpty()) {
        database.db().deleteFilesInRanges(database.family(family), ranges, true);
      }
    } catch (RocksDBException e) {
      throw failure("release a range of", family, e);
    } finally {
      leave();
    }
  }

  @Override
  public long diskBytes() {
    enter();
    try {
      return database.diskBytes();
    } finally {
      leave();
    }
  }

  @Override
  public long rows() {
    enter();
    try {
      return database.rows();
    } catch (RocksDBException e) {
      return 0; // a figure for people: not worth an exception
    } finally {
      leave();
    }
  }

  /// Reads all that is flushed and compares it with its checksums, so that damage is found before a
  /// compaction meets it, after which nothing more can be written. Takes as long as reading the
  /// store takes.
  ///
  /// @throws StoreDamaged naming the first damaged file and block
  public void verifyChecksum() throws IOException {
    enter();
    try {
      database.db().verifyChecksum();
    } catch (RocksDBException e) {
      throw failure("verify " + directory, e);
    } finally {
      leave();
    }
  }

  /// Compacts all families; for tests, which want files in deeper levels.
  void compact() throws IOException {
    enter();
    try {
      for (ColumnFamilyHandle family : database.handles()) {
        database.db().compactRange(family);
      }
    } catch (RocksDBException e) {
      throw failure("compact", e);
    } finally {
      leave();
    }
  }

  /// Closes without flushing, once the calls under way have returned. Does nothing the second time.
  @Override
  public void close() {
    if (lifetime.getReadHoldCount() > 0) {
      throw new IllegalStateException("closed from within a call to the same store");
    }
    lifetime.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        database.close();
        flushOptions.close();
        writeOptions.close();
      }
    } finally {
      lifetime.writeLock().unlock();
    }
  }

  /// Reads the position; gives back the one that was kept if salvage lost it.
  private void begin(long salvagedPosition) throws IOException {
    try {
      byte @Nullable [] bytes = database.db().get(database.defaultFamily(), POSITION_KEY);
      position = bytes == null ? 0 : ByteBuffer.wrap(bytes).getLong();
    } catch (RocksDBException e) {
      throw Failures.of("read the position", e);
    }
    if (position < salvagedPosition) {
      write(new WriteBatch(), salvagedPosition);
      flush();
    } else {
      saveMeta(position);
    }
  }

  /// The copy serves a repair that may never come: without it the flush still holds.
  private void saveMeta(long kept) {
    try {
      meta.save(database, kept);
    } catch (IOException e) {
      log.warn("store.meta_not_saved directory={} position={}", directory, kept, e);
    }
  }

  private IOException failure(String doing, int family, RocksDBException e) {
    return failure(
        "%s family %s of %s".formatted(doing, settings.familyNames().get(family), directory), e);
  }

  private IOException failure(String doing, RocksDBException e) {
    IOException failure = Failures.of(doing, e);
    if (failure instanceof StoreDamaged) {
      try {
        meta.suspectDamage();
      } catch (IOException suppressed) {
        failure.addSuppressed(suppressed);
      }
    }
    return failure;
  }

  private void enter() {
    lifetime.readLock().lock();
    if (closed) {
      lifetime.readLock().unlock();
      throw new IllegalStateException(directory + " is closed");
    }
  }

  private void leave() {
    lifetime.readLock().unlock();
  }

  private static void makePrivate(Path directory) throws IOException {
    Files.createDirectories(directory);
    @Nullable PosixFileAttributeView view =
        Files.getFileAttributeView(directory, PosixFileAttributeView.class);
    if (view != null) {
      view.setPermissions(PosixFilePermissions.fromString("rwx------"));
    }
  }
}
