package io.dunlin.rocksdb;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// RocksDB's native code. A distribution ships it unpacked and names its directory in the system
/// property `dunlin.native`: that loads in a quarter of the time and writes nothing.
///
/// Without the property, or without the file, it comes out of the jar, once for each version of it:
/// it is unpacked into the user's cache (`$XDG_CACHE_HOME/dunlin`, else `~/.cache/dunlin`), or
/// beside the store if that cannot be written, and found there the next time. RocksDB's own way
/// would leave 15 MB among the temporary files whenever the process is killed.
final class NativeLibrary {
  /// The system property that names the directory of the unpacked library.
  static final String DIRECTORY_PROPERTY = "dunlin.native";

  /// Overrides where the cache is; for tests.
  static final String CACHE_PROPERTY = "dunlin.native.cache";

  private static final Logger log = LoggerFactory.getLogger(NativeLibrary.class);
  private static final int CHUNK_BYTES = 1 << 16;

  private NativeLibrary() {}

  /// Loads the library; the second time RocksDB knows that it has it. Thread-safe.
  ///
  /// @param beside where it may be unpacked if the user has no cache
  static synchronized void load(Path beside) {
    find(beside);
  }

  private static void find(Path beside) {
    String shipped = System.getProperty(DIRECTORY_PROPERTY);
    if (shipped != null && Files.exists(Path.of(shipped, fileName()))) {
      RocksDB.loadLibrary(List.of(Path.of(shipped).toAbsolutePath().toString()));
      return;
    }
    for (Path cache : List.of(userCache(), beside.resolve("native"))) {
      try {
        RocksDB.loadLibrary(List.of(unpacked(cache).toString()));
        return;
      } catch (IOException | UnsatisfiedLinkError e) { // not writable, or mounted noexec
        log.warn("store.library not usable in cache={} error={}", cache, e.toString());
      }
    }
    RocksDB.loadLibrary();
  }

  private static Path userCache() {
    String property = System.getProperty(CACHE_PROPERTY);
    if (property != null) {
      return Path.of(property);
    }
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path caches =
        xdg == null || xdg.isEmpty()
            ? Path.of(System.getProperty("user.home", "."), ".cache")
            : Path.of(xdg);
    return caches.resolve("dunlin");
  }

  /// The directory in `cache` that holds this version of the library, whole.
  static Path unpacked(Path cache) throws IOException {
    JarEntry entry = entry();
    Path directory =
        cache
            .toAbsolutePath()
            .resolve("rocksdb-" + HexFormat.of().toHexDigits((int) entry.getCrc()));
    Path library = directory.resolve(fileName());
    if (!isWhole(library, entry)) {
      createPrivate(directory);
      Path next = Files.createTempFile(directory, "next", "");
      try {
        try (InputStream source = resource().getInputStream()) {
          Files.copy(source, next, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.move(next, library, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(next);
      }
      if (!isWhole(library, entry)) {
        throw new IOException(library + " is not what the jar holds");
      }
    }
    return directory;
  }

  private static boolean isWhole(Path library, JarEntry entry) throws IOException {
    if (!Files.isRegularFile(library) || Files.size(library) != entry.getSize()) {
      return false;
    }
    CRC32 crc = new CRC32();
    try (InputStream file = new CheckedInputStream(Files.newInputStream(library), crc)) {
      byte[] chunk = new byte[CHUNK_BYTES];
      while (file.read(chunk) >= 0) {
        // the stream counts
      }
    }
    return crc.getValue() == entry.getCrc();
  }

  private static JarEntry entry() throws IOException {
    JarURLConnection connection = resource();
    try (JarFile _ = connection.getJarFile()) {
      JarEntry entry = connection.getJarEntry();
      if (entry == null) {
        throw new IOException("the jar has no entry for " + fileName());
      }
      return entry;
    }
  }

  private static JarURLConnection resource() throws IOException {
    String name = Environment.getJniLibraryFileName("rocksdb");
    @Nullable URL url = RocksDB.class.getClassLoader().getResource(name);
    if (url == null || !(url.openConnection() instanceof JarURLConnection connection)) {
      throw new IOException("no jar holds " + name);
    }
    connection.setUseCaches(false);
    return connection;
  }

  private static void createPrivate(Path directory) throws IOException {
    boolean posix = directory.getFileSystem().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] owner =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
            }
            : new FileAttribute<?>[0];
    Files.createDirectories(directory, owner);
  }

  /// The file name that RocksDB looks for in a directory on this platform. It says "jni" twice,
  /// unlike the name in the jar: RocksDB adds it to a name that has it already. The build renames
  /// the file.
  static String fileName() {
    return Environment.getJniLibraryFileName("rocksdbjni");
  }
}
