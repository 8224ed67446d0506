package io.dunlin.rocksdb;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;

/// RocksDB's native code. A distribution ships it unpacked and names its directory in the system
/// property `dunlin.native`: that loads in a quarter of the time and writes no temporary file.
/// Without the property, or without the file, it comes out of the jar.
final class NativeLibrary {
  /// The system property that names the directory of the unpacked library.
  static final String DIRECTORY_PROPERTY = "dunlin.native";

  private NativeLibrary() {}

  /// Loads the library; does nothing the second time. Thread-safe.
  static void load() {
    String directory = System.getProperty(DIRECTORY_PROPERTY);
    if (directory != null && Files.exists(Path.of(directory, fileName()))) {
      RocksDB.loadLibrary(List.of(Path.of(directory).toAbsolutePath().toString()));
    } else {
      RocksDB.loadLibrary();
    }
  }

  /// The file name that RocksDB looks for in a directory on this platform. It says "jni" twice,
  /// unlike the name in the jar: RocksDB adds it to a name that has it already. The build renames
  /// the file.
  static String fileName() {
    return Environment.getJniLibraryFileName("rocksdbjni");
  }
}
