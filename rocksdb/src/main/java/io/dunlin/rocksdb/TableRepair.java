package io.dunlin.rocksdb;

import io.dunlin.base.Slice;
import io.dunlin.rocksdb.Database.Checks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompactRangeOptions.BottommostLevelCompaction;
import org.rocksdb.EnvOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;
import org.rocksdb.SstFileReaderIterator;
import org.rocksdb.SstFileWriter;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/// Replaces table files that cannot be read, or not wholly, while the store is closed: [#find],
/// then [#repair].
///
/// In the place of a bad file comes a stand-in: a valid table of the same name and size with
/// nothing in it but the deletion of the bad one's first key. Then the rows that could still be
/// read are written again, and a compaction takes the stand-in away. Dropping the key range with
/// `deleteFilesInRanges` instead would take intact neighbours along, and does nothing in level 0.
///
/// What is lost: rows in damaged blocks, and deletions in the bad file, so that rows which only
/// those hid are back. Both are said in the report.
final class TableRepair {
  /// The last table format whose checksums do not depend on where in the file the footer lies.
  private static final int STAND_IN_FORMAT = 5;

  private static final int STAND_IN_FOOTER_BYTES = 53;

  private final Path directory;
  private final RocksSettings settings;
  private final List<LiveFile> known;
  private final List<String> damage;
  private final List<LiveFile> unreadable = new ArrayList<>();
  private final List<LiveFile> damaged = new ArrayList<>();

  /// @param known descriptions from when the files were whole
  /// @param damage gets one line per file
  TableRepair(Path directory, RocksSettings settings, List<LiveFile> known, List<String> damage) {
    this.directory = directory;
    this.settings = settings;
    this.known = known;
    this.damage = damage;
  }

  /// Looks for bad files and returns whether there are any.
  ///
  /// @param everyBlock whether to read all blocks; otherwise only the footer and the index
  boolean find(boolean everyBlock) throws RocksDBException, IOException {
    try (Database database = new Database(directory, settings, Checks.FEW)) {
      for (LiveFile file : database.liveFiles()) {
        if (isUnreadable(file)) {
          unreadable.add(file);
        } else if (everyBlock && hasDamagedBlock(file)) {
          damaged.add(file);
        }
      }
    }
    return !unreadable.isEmpty() || !damaged.isEmpty();
  }

  /// Replaces what was found.
  void repair() throws RocksDBException, IOException {
    for (LiveFile file : unreadable) { // first: one in level 0 makes its whole family unreadable
      writeStandIn(file);
    }
    for (LiveFile file : damaged) {
      rescue(file);
    }
    List<LiveFile> replaced = new ArrayList<>(unreadable);
    replaced.addAll(damaged);
    try (Database database = new Database(directory, settings, Checks.FEW)) {
      keepFirstKeys(database, replaced);
      compact(database, replaced);
    }
  }

  /// A stand-in's deletion counts as young as the youngest row of its file, so it can hide an older
  /// value of the same key in a level above. A read by key still finds that one.
  private static void keepFirstKeys(Database database, List<LiveFile> replaced)
      throws RocksDBException {
    try (WriteBatch rows = new WriteBatch()) {
      for (LiveFile file : replaced) {
        ColumnFamilyHandle family = database.familyNamed(file.family());
        byte[] key = file.smallest().toArray();
        byte @Nullable [] value = database.db().get(family, key);
        if (value != null) {
          rows.put(family, key, value);
        }
      }
      write(database, rows);
    }
  }

  private boolean isUnreadable(LiveFile file) throws IOException {
    @Nullable String reason = whyUnreadable(directory.resolve(file.name()), file.bytes());
    if (reason != null) {
      damage.add("lost %s: %s".formatted(asKnown(file).describe(), reason));
    }
    return reason != null;
  }

  private static @Nullable String whyUnreadable(Path path, long bytes) throws IOException {
    if (!Files.exists(path)) {
      return "it is missing";
    }
    if (Files.size(path) != bytes) {
      return "it has %d bytes of %d".formatted(Files.size(path), bytes);
    }
    try (Options options = new Options();
        SstFileReader reader = new SstFileReader(options)) {
      reader.open(path.toString()); // reads the footer and the index
      return null;
    } catch (RocksDBException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private boolean hasDamagedBlock(LiveFile file) {
    try (Options options = new Options();
        SstFileReader reader = new SstFileReader(options)) {
      reader.open(directory.resolve(file.name()).toString());
      reader.verifyChecksum();
      return false;
    } catch (RocksDBException e) {
      damage.add("damaged %s: %s".formatted(asKnown(file).describe(), e.getMessage()));
      return true;
    }
  }

  /// RocksDB's own description of a file that it cannot read lacks the number of entries.
  private LiveFile asKnown(LiveFile file) {
    return known.stream()
        .filter(whole -> whole.name().equals(file.name()) && whole.entries() > 0)
        .findFirst()
        .orElse(file);
  }

  private void rescue(LiveFile file) throws RocksDBException, IOException {
    try (WriteBatch rows = new WriteBatch()) {
      try (Database database = new Database(directory, settings, Checks.FEW)) {
        collect(file, database, rows);
      }
      writeStandIn(file);
      try (Database database = new Database(directory, settings, Checks.FEW)) {
        write(database, rows);
      }
      damage.add(
          "kept %d rows of the %d entries of %s"
              .formatted(rows.count(), asKnown(file).entries(), file.name()));
    }
  }

  private static void write(Database database, WriteBatch rows) throws RocksDBException {
    try (WriteOptions writeOptions = new WriteOptions().setDisableWAL(true);
        FlushOptions flushOptions = new FlushOptions().setWaitForFlush(true)) {
      database.db().write(writeOptions, rows);
      database.db().flush(flushOptions, database.handles());
    }
  }

  /// Collects the rows before the first damaged block and those after the last.
  private void collect(LiveFile file, Database database, WriteBatch kept) throws RocksDBException {
    ColumnFamilyHandle family = database.familyNamed(file.family());
    try (Options options = new Options();
        ReadOptions readOptions = new ReadOptions();
        SstFileReader reader = new SstFileReader(options)) {
      reader.open(directory.resolve(file.name()).toString());
      try (SstFileReaderIterator rows = reader.newIterator(readOptions)) {
        Slice last = Slice.EMPTY;
        for (rows.seekToFirst(); rows.isValid(); rows.next()) {
          last = Slice.wrap(rows.key());
          keep(family, rows.key(), rows.value(), database, kept);
        }
        rows.seekToLast();
        while (rows.isValid() && Slice.wrap(rows.key()).compareTo(last) > 0) {
          keep(family, rows.key(), rows.value(), database, kept);
          rows.prev();
        }
      }
    }
  }

  /// Keeps what the whole store says of `key`: a newer file may hold another value, or its
  /// deletion.
  private static void keep(
      ColumnFamilyHandle family, byte[] key, byte[] value, Database database, WriteBatch kept)
      throws RocksDBException {
    byte @Nullable [] current;
    try {
      current = database.db().get(family, key);
    } catch (RocksDBException _) { // the newer file is damaged too
      current = value;
    }
    if (current != null) {
      kept.put(family, key, current);
    }
  }

  private void writeStandIn(LiveFile bad) throws RocksDBException, IOException {
    Path standIn = directory.resolve(bad.name() + ".stand-in");
    BlockBasedTableConfig table = new BlockBasedTableConfig().setFormatVersion(STAND_IN_FORMAT);
    try (EnvOptions envOptions = new EnvOptions();
        Options options = new Options().setTableFormatConfig(table);
        SstFileWriter writer = new SstFileWriter(envOptions, options)) {
      writer.open(standIn.toString());
      writer.delete(bad.smallest().toArray());
      writer.finish();
    }
    byte[] content = Files.readAllBytes(standIn);
    int footer = content.length - STAND_IN_FOOTER_BYTES;
    try (FileChannel channel = FileChannel.open(standIn, StandardOpenOption.WRITE)) {
      // the MANIFEST knows the size; only the footer lies at a place that depends on it
      long footerAt = Math.max(bad.bytes(), content.length) - STAND_IN_FOOTER_BYTES;
      channel.truncate(footer);
      channel.write(ByteBuffer.wrap(content, footer, STAND_IN_FOOTER_BYTES), footerAt);
      channel.force(true);
    }
    if (Files.size(standIn) != bad.bytes()) {
      damage.add("no stand-in fits %s: %d bytes".formatted(bad.describe(), content.length));
    }
    Files.move(standIn, directory.resolve(bad.name()), StandardCopyOption.REPLACE_EXISTING);
  }

  private static void compact(Database database, List<LiveFile> files) throws RocksDBException {
    try (CompactRangeOptions options =
        new CompactRangeOptions()
            .setBottommostLevelCompaction(BottommostLevelCompaction.kForceOptimized)) {
      for (LiveFile file : files) {
        database
            .db()
            .compactRange(
                database.familyNamed(file.family()),
                file.smallest().toArray(),
                file.largest().toArray(),
                options);
      }
    }
  }
}
