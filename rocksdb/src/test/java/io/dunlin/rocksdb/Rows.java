package io.dunlin.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.dunlin.storage.SortedStore;
import io.dunlin.storage.WriteBatch;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the tests of this package share: text as rows, and damage to files.
final class Rows {
  static final int QUEUES = 0;
  static final int SESSIONS = 1;
  static final RocksSettings SETTINGS = RocksSettings.of("queues", "sessions");

  private Rows() {}

  static byte[] bytes(String text) {
    return text.getBytes(US_ASCII);
  }

  static WriteBatch put(int family, String key, String value) {
    WriteBatch batch = new WriteBatch();
    batch.put(family, bytes(key), bytes(value));
    return batch;
  }

  /// Rows `row00000`.. with values of about 100 bytes that do not compress.
  static WriteBatch numbered(int family, int from, int to) {
    WriteBatch batch = new WriteBatch();
    for (int i = from; i < to; i++) {
      batch.put(family, bytes(key(i)), bytes(value(i)));
    }
    return batch;
  }

  static String key(int number) {
    return "row%05d".formatted(number);
  }

  static String value(int number) {
    StringBuilder value = new StringBuilder();
    for (int i = 0; i < 10; i++) {
      value.append(Integer.toHexString((number * 31 + i) * 0x9E3779B1));
    }
    return value.toString();
  }

  static @Nullable String get(SortedStore store, int family, String key) throws IOException {
    byte @Nullable [] value = store.get(family, bytes(key));
    return value == null ? null : new String(value, US_ASCII);
  }

  /// The keys of `[from, to)`.
  static List<String> keys(SortedStore store, int family, String from, @Nullable String to)
      throws IOException {
    List<String> keys = new ArrayList<>();
    store.scan(
        family,
        bytes(from),
        to == null ? null : bytes(to),
        (key, _) -> keys.add(new String(key, US_ASCII)));
    return keys;
  }

  /// The one file whose name matches, the largest if there are several.
  static Path largest(Path directory, String glob) throws IOException {
    Path largest = null;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, glob)) {
      for (Path file : files) {
        if (largest == null || Files.size(file) > Files.size(largest)) {
          largest = file;
        }
      }
    }
    if (largest == null) {
      throw new AssertionError("no " + glob + " in " + directory);
    }
    return largest;
  }

  static void flipBit(Path file, int offset) throws IOException {
    byte[] content = Files.readAllBytes(file);
    content[offset] ^= 0x10;
    Files.write(file, content);
  }
}
