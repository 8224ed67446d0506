package io.dunlin.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.dunlin.rocksdb.Database.Checks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/// Opens a store whatever lies in its directory. Each step is tried only when the one before did
/// not lead to an open store:
///
/// 1. open it with all checks;
/// 2. set a copy aside, repair CURRENT and the beginning of the MANIFEST from [StoreMeta];
/// 3. open with few checks, and put a stand-in in the place of each table file that cannot be read;
/// 4. the same with the MANIFEST cut back to what was saved;
/// 5. start empty.
///
/// Before all that, if damage was met while the store was open the last time, every block is read
/// and bad files are replaced ([TableRepair]).
///
/// Never used: `best_efforts_recovery`, which can open an empty store without an error.
final class Salvage {
  private static final Pattern CURRENT_CONTENT = Pattern.compile("(MANIFEST-\\d+)\n");
  private static final String CURRENT = "CURRENT";
  private static final int MAX_COPIES = 10_000;

  private final Path directory;
  private final RocksSettings settings;
  private final Optional<StoreMeta.Saved> saved;
  private final List<String> damage = new ArrayList<>();
  private boolean startedEmpty;

  Salvage(Path directory, RocksSettings settings) {
    this.directory = directory;
    this.settings = settings;
    saved = StoreMeta.read(directory);
  }

  /// What was found, one line each.
  List<String> damage() {
    return damage;
  }

  /// The position that was kept by the last flush, if the store was salvaged and still holds what
  /// was flushed then.
  long salvagedPosition() {
    return damage.isEmpty() || startedEmpty ? 0 : saved.map(StoreMeta.Saved::position).orElse(0L);
  }

  /// An open database. Throws only for what lies outside the store: no space, no permission, locked
  /// by another.
  Database open() throws IOException {
    try {
      if (isNew()) {
        return create();
      }
      if (StoreMeta.suspectsDamage(directory)) {
        repairTables();
      }
      String reason = "CURRENT is missing";
      if (Files.exists(directory.resolve(CURRENT))) {
        try {
          return new Database(directory, settings, Checks.ALL);
        } catch (RocksDBException e) {
          reason = contentFailure(e);
        }
      }
      return salvage(reason);
    } catch (RocksDBException e) {
      throw Failures.of("open " + directory, e);
    }
  }

  /// Damage was met while the store was open: a block, most likely. It opens all the same, but a
  /// compaction that meets the block ends all writing. So look at all files first.
  private void repairTables() throws IOException, RocksDBException {
    try {
      TableRepair tables = tableRepair();
      if (tables.find(true)) {
        damage.add("%s has damaged tables; a copy is in %s".formatted(directory, setAside()));
        tables.repair();
      }
      StoreMeta.forgetDamage(directory);
    } catch (RocksDBException e) {
      damage.add("the repair of tables ended early: " + contentFailure(e));
    }
  }

  private TableRepair tableRepair() {
    List<LiveFile> known = saved.map(StoreMeta.Saved::files).orElse(List.of());
    return new TableRepair(directory, settings, known, damage);
  }

  private Database create() throws RocksDBException {
    startedEmpty = true;
    saved
        .filter(s -> s.position() > 0)
        .ifPresent(s ->
            damage.add(
                "%s holds no store, but one up to position %d was kept there: starting empty"
                    .formatted(directory, s.position())));
    return new Database(directory, settings, Checks.ALL);
  }

  private Database salvage(String reason) throws IOException, RocksDBException {
    Path copy = setAside();
    damage.add("%s does not open: %s; a copy is in %s".formatted(directory, reason, copy));
    if (repairManifest()) {
      for (Attempt attempt :
          List.<Attempt>of(this::openChecked, this::openWithStandIns, this::openCutBack)) {
        try {
          @Nullable Database database = attempt.open();
          if (database != null) {
            return database;
          }
        } catch (RocksDBException e) {
          damage.add("still does not open: " + contentFailure(e));
        }
      }
    }
    damage.add("nothing of %s could be opened: starting empty".formatted(directory));
    startedEmpty = true;
    deleteFiles();
    return new Database(directory, settings, Checks.ALL);
  }

  private interface Attempt {
    /// Null: this attempt does not apply.
    @Nullable Database open() throws RocksDBException, IOException;
  }

  private Database openChecked() throws RocksDBException {
    return new Database(directory, settings, Checks.ALL);
  }

  private Database openWithStandIns() throws RocksDBException, IOException {
    damage.add("opening with few checks: what was kept after the last known flush may be gone");
    TableRepair tables = tableRepair();
    if (tables.find(false)) {
      try {
        tables.repair();
      } catch (RocksDBException e) {
        damage.add("the repair of tables ended early: " + contentFailure(e));
      }
    }
    try {
      return new Database(directory, settings, Checks.ALL);
    } catch (RocksDBException e) {
      damage.add("opens with few checks only: " + contentFailure(e));
      Database database = new Database(directory, settings, Checks.FEW);
      database.db().enableAutoCompaction(database.handles());
      return database;
    }
  }

  private @Nullable Database openCutBack() throws RocksDBException, IOException {
    if (saved.isEmpty()) {
      return null;
    }
    StoreMeta.Saved known = saved.get();
    Files.write(directory.resolve(known.manifest()), known.content().toArray());
    writeCurrent(known.manifest());
    damage.add(
        "%s was cut back to its %d bytes of position %d"
            .formatted(known.manifest(), known.content().length(), known.position()));
    return openWithStandIns();
  }

  /// Makes CURRENT name a MANIFEST that is there, with the beginning that was saved. Returns
  /// whether there is one.
  private boolean repairManifest() throws IOException {
    @Nullable String name = chooseManifest();
    if (name == null) {
      damage.add("there is no MANIFEST and no copy of one");
      return false;
    }
    Path manifest = directory.resolve(name);
    if (saved.isPresent() && saved.get().manifest().equals(name)) {
      try (FileChannel channel =
          FileChannel.open(manifest, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
        ByteBuffer content = saved.get().content().asByteBuffer();
        while (content.hasRemaining()) {
          channel.write(content, content.position());
        }
      }
    }
    writeCurrent(name);
    return true;
  }

  private @Nullable String chooseManifest() throws IOException {
    @Nullable String named = namedByCurrent();
    if (named != null && Files.exists(directory.resolve(named))) {
      return named;
    }
    if (saved.isPresent()
        && (Files.exists(directory.resolve(saved.get().manifest())) || newestManifest() == null)) {
      return saved.get().manifest();
    }
    return newestManifest();
  }

  private @Nullable String namedByCurrent() throws IOException {
    Path current = directory.resolve(CURRENT);
    if (!Files.isRegularFile(current)) {
      return null;
    }
    var content = CURRENT_CONTENT.matcher(new String(Files.readAllBytes(current), US_ASCII));
    return content.matches() ? content.group(1) : null;
  }

  private @Nullable String newestManifest() throws IOException {
    return regularFiles().stream()
        .map(file -> file.getFileName().toString())
        .filter(name -> name.matches("MANIFEST-\\d+"))
        .max(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()))
        .orElse(null);
  }

  private void writeCurrent(String manifest) throws IOException {
    Files.write(directory.resolve(CURRENT), (manifest + "\n").getBytes(US_ASCII));
  }

  /// Nothing there, or only what RocksDB leaves when it could not even begin.
  private boolean isNew() throws IOException {
    for (Path file : regularFiles()) {
      String name = file.getFileName().toString();
      if (!name.equals("LOCK") && !name.startsWith("LOG")) {
        return false;
      }
    }
    return true;
  }

  /// Copies the directory as it is; table files, which never change, as links.
  private Path setAside() throws IOException {
    Path copy = freeName();
    Files.createDirectory(copy);
    for (Path file : regularFiles()) {
      Path target = copy.resolve(file.getFileName());
      if (file.toString().endsWith(".sst")) {
        linkOrCopy(file, target);
      } else {
        Files.copy(file, target);
      }
    }
    return copy;
  }

  private Path freeName() throws IOException {
    for (int i = 1; i <= MAX_COPIES; i++) {
      Path name = directory.resolveSibling(directory.getFileName() + ".damaged-" + i);
      if (!Files.exists(name)) {
        return name;
      }
    }
    throw new IOException("there are %d damaged copies of %s".formatted(MAX_COPIES, directory));
  }

  private static void linkOrCopy(Path file, Path target) throws IOException {
    try {
      Files.createLink(target, file);
    } catch (UnsupportedOperationException _) {
      Files.copy(file, target);
    }
  }

  private void deleteFiles() throws IOException {
    for (Path file : regularFiles()) {
      Files.delete(file);
    }
  }

  private List<Path> regularFiles() throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(directory, Files::isRegularFile)) {
      entries.forEach(files::add);
    }
    return files;
  }

  /// The failure's text, if it comes from the store's content; else throws.
  private static String contentFailure(RocksDBException failure) throws RocksDBException {
    if (Failures.isFromOutside(failure)) {
      throw failure;
    }
    return String.valueOf(failure.getMessage());
  }
}
