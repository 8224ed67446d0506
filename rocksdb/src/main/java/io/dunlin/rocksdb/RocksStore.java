package io.dunlin.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.dunlin.storage.SortedStore;
import io.dunlin.storage.StoreDamaged;
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
import org.rocksdb.Checkpoint;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.SstFileReader;
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
  private final PrivateFiles privateFiles;
  private final WriteOptions writeOptions = new WriteOptions().setDisableWAL(true);
  private final FlushOptions flushOptions = new FlushOptions().setWaitForFlush(true);
  private volatile long position;

  // Guarded by lifetime; null after an opening that failed.
  private @Nullable Opened opened;
  private boolean closed;

  /// What a new opening replaces.
  @SuppressWarnings("ArrayRecordComponent") // private, and never compared
  private record Opened(Database database, int[] familyIds, StoreMeta meta, OpenReport report) {}

  private RocksStore(Path directory, RocksSettings settings) {
    this.directory = directory;
    this.settings = settings;
    this.privateFiles = new PrivateFiles(List.of(directory, StoreMeta.directoryFor(directory)));
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
    NativeLibrary.load(absolute.resolveSibling(""));
    RocksStore store = new RocksStore(absolute, settings);
    boolean begun = false;
    try {
      store.openDatabase();
      begun = true;
      return store;
    } finally {
      if (!begun) {
        store.close();
      }
    }
  }

  private void openDatabase() throws IOException {
    Salvage salvage = new Salvage(directory, settings);
    Database database = salvage.open();
    int[] familyIds = new int[settings.familyNames().size()];
    for (int family = 0; family < familyIds.length; family++) {
      familyIds[family] = database.family(family).getID();
    }
    opened =
        new Opened(database, familyIds, new StoreMeta(directory), new OpenReport(salvage.damage()));
    begin(salvage.salvagedPosition());
    privateFiles.sweep();
    for (String line : salvage.damage()) {
      log.error("store.damaged directory={} what={}", directory, line);
    }
  }

  @Override
  public List<String> reopen() throws IOException {
    lifetime.writeLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException(directory + " is closed");
      }
      closeDatabase();
      boolean begun = false;
      try {
        openDatabase();
        begun = true;
        return report().damage();
      } finally {
        if (!begun) {
          closeDatabase();
        }
      }
    } finally {
      lifetime.writeLock().unlock();
    }
  }

  /// What opening found.
  public OpenReport report() {
    Opened now = opened;
    return now == null ? new OpenReport(List.of()) : now.report;
  }

  @Override
  public List<String> damage() {
    return report().damage();
  }

  @Override
  public void write(WriteBatch batch, long position) throws IOException {
    byte[] positionBytes = ByteBuffer.allocate(Long.BYTES).putLong(position).array();
    Opened now = enter();
    byte[] bytes = BatchBytes.of(batch, now.familyIds, POSITION_KEY, positionBytes);
    try (var rocksBatch = new org.rocksdb.WriteBatch(bytes)) {
      now.database.db().write(writeOptions, rocksBatch);
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
    Opened now = enter();
    try {
      long kept = position;
      now.database.db().flush(flushOptions, now.database.handles());
      saveMeta(now, kept);
      privateFiles.sweep();
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
    Opened now = enter();
    try {
      return now.database.db().get(now.database.family(family), key);
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
    Opened now = enter();
    try (ReadOptions options = new ReadOptions();
        @Nullable Slice end = to == null ? null : new Slice(to)) {
      if (end != null) {
        options.setIterateUpperBound(end);
      }
      try (RocksIterator rows =
          now.database.db().newIterator(now.database.family(family), options)) {
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
    Opened now = enter();
    try {
      List<byte[]> ranges =
          ReleasableFiles.ranges(
              now.database.liveFiles(), settings.familyNames().get(family), from, to);
      if (!ranges.isEmpty()) {
        now.database.db().deleteFilesInRanges(now.database.family(family), ranges, true);
      }
    } catch (RocksDBException e) {
      throw failure("release a range of", family, e);
    } finally {
      leave();
    }
  }

  @Override
  public long diskBytes() {
    lifetime.readLock().lock();
    try {
      Opened now = opened;
      return now == null ? 0 : now.database.diskBytes();
    } finally {
      leave();
    }
  }

  @Override
  public long rows() {
    lifetime.readLock().lock();
    try {
      Opened now = opened;
      return now == null ? 0 : now.database.rows();
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
    Opened now = enter();
    try {
      now.database.db().verifyChecksum();
    } catch (RocksDBException e) {
      throw failure("verify " + directory, e);
    } finally {
      leave();
    }
  }

  /// Reads the files as they are now one at a time: see [Scrub].
  public Scrub scrub() throws IOException {
    Opened now = enter();
    try {
      return new Scrub(this, now.database.liveFiles());
    } finally {
      leave();
    }
  }

  /// Reads all blocks of one file, if it still is in use.
  ///
  /// @throws StoreDamaged when they are not what was written
  void verify(LiveFile file) throws IOException {
    Opened now = enter();
    try (Options options = new Options();
        SstFileReader reader = new SstFileReader(options)) {
      reader.open(directory.resolve(file.name()).toString());
      reader.verifyChecksum();
    } catch (RocksDBException e) {
      boolean inUse =
          now.database.liveFiles().stream().anyMatch(each -> each.name().equals(file.name()));
      if (inUse) { // else a compaction has replaced it meanwhile
        throw failure("verify " + file.describe(), e);
      }
    } finally {
      leave();
    }
  }

  /// When the last [Scrub] came to its end, epoch milliseconds; 0 if none has.
  public long scrubbedAtMillis() throws IOException {
    return StoreMeta.scrubbedAtMillis(directory);
  }

  void scrubbed() throws IOException {
    StoreMeta.scrubbed(directory);
  }

  /// Makes a copy of the store, as of a position between that of the last flush and the present
  /// one, in a new directory. Writes go on meanwhile. On the same file system it consists of links.
  public void copyTo(Path target) throws IOException {
    Opened now = enter();
    try (Checkpoint checkpoint = Checkpoint.create(now.database.db())) {
      checkpoint.createCheckpoint(target.toString());
    } catch (RocksDBException e) {
      throw failure("copy to " + target, e);
    } finally {
      leave();
    }
    makePrivate(target);
    new PrivateFiles(List.of(target)).sweep();
  }

  /// Compacts all families; for tests, which want files in deeper levels.
  void compact() throws IOException {
    Opened now = enter();
    try {
      for (ColumnFamilyHandle family : now.database.handles()) {
        now.database.db().compactRange(family);
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
        closeDatabase();
        flushOptions.close();
        writeOptions.close();
      }
    } finally {
      lifetime.writeLock().unlock();
    }
  }

  private void closeDatabase() {
    Opened now = opened;
    opened = null;
    if (now != null) {
      now.database.close();
    }
  }

  /// Reads the position; gives back the one that was kept if salvage lost it.
  private void begin(long salvagedPosition) throws IOException {
    Opened now = enter();
    try {
      byte @Nullable [] bytes = now.database.db().get(now.database.defaultFamily(), POSITION_KEY);
      position = bytes == null ? 0 : ByteBuffer.wrap(bytes).getLong();
    } catch (RocksDBException e) {
      throw Failures.of("read the position", e);
    } finally {
      leave();
    }
    if (position < salvagedPosition) {
      write(new WriteBatch(), salvagedPosition);
      flush();
    } else {
      saveMeta(now, position);
    }
  }

  /// The copy serves a repair that may never come: without it the flush still holds.
  private void saveMeta(Opened now, long kept) {
    try {
      now.meta.save(now.database, kept);
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
        StoreMeta.suspectDamage(directory);
      } catch (IOException suppressed) {
        failure.addSuppressed(suppressed);
      }
    }
    return failure;
  }

  private Opened enter() throws IOException {
    lifetime.readLock().lock();
    Opened now = opened;
    if (closed || now == null) {
      lifetime.readLock().unlock();
      if (closed) {
        throw new IllegalStateException(directory + " is closed");
      }
      throw new IOException(directory + " could not be opened again");
    }
    return now;
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
