package io.dunlin.rocksdb;

import static io.dunlin.rocksdb.Rows.QUEUES;
import static io.dunlin.rocksdb.Rows.SESSIONS;
import static io.dunlin.rocksdb.Rows.SETTINGS;
import static io.dunlin.rocksdb.Rows.bytes;
import static io.dunlin.rocksdb.Rows.get;
import static io.dunlin.rocksdb.Rows.keys;
import static io.dunlin.rocksdb.Rows.numbered;
import static io.dunlin.rocksdb.Rows.put;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.storage.StoreFull;
import io.dunlin.storage.WriteBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RocksStoreTest {
  @TempDir Path temp;
  private Path directory;

  @BeforeEach
  void chooseDirectory() {
    directory = temp.resolve("store");
  }

  @Test
  void newStoreIsEmptyAtPositionZero() throws IOException {
    try (RocksStore store = open()) {
      assertThat(store.position()).isZero();
      assertThat(keys(store, QUEUES, "", null)).isEmpty();
      assertThat(store.report().damage()).isEmpty();
    }
  }

  @Test
  void readsSeeWritesBeforeTheFlush() throws IOException {
    try (RocksStore store = open()) {
      store.write(put(QUEUES, "a", "1"), 7);

      assertThat(get(store, QUEUES, "a")).isEqualTo("1");
      assertThat(get(store, SESSIONS, "a")).isNull();
      assertThat(store.position()).isEqualTo(7);
    }
  }

  @Test
  void changesOfABatchApplyInOrder() throws IOException {
    try (RocksStore store = open()) {
      WriteBatch batch = new WriteBatch();
      batch.put(QUEUES, bytes("a"), bytes("1"));
      batch.put(QUEUES, bytes("b"), bytes("1"));
      batch.put(QUEUES, bytes("c"), bytes(""));
      batch.deleteRange(QUEUES, bytes("a"), bytes("c"));
      batch.put(QUEUES, bytes("a"), bytes("2"));
      batch.delete(QUEUES, bytes("c"));
      batch.put(SESSIONS, bytes(""), bytes("empty key"));
      store.write(batch, 1);

      assertThat(keys(store, QUEUES, "", null)).containsExactly("a");
      assertThat(get(store, QUEUES, "a")).isEqualTo("2");
      assertThat(get(store, SESSIONS, "")).isEqualTo("empty key");
    }
  }

  @Test
  void emptyRangeDeletesNothing() throws IOException {
    try (RocksStore store = open()) {
      store.write(put(QUEUES, "b", "1"), 1);
      WriteBatch batch = new WriteBatch();
      batch.deleteRange(QUEUES, bytes("b"), bytes("b"));
      batch.deleteRange(QUEUES, bytes("c"), bytes("a"));
      store.write(batch, 2);

      assertThat(keys(store, QUEUES, "", null)).containsExactly("b");
      assertThat(store.position()).isEqualTo(2);
    }
  }

  @Test
  void longKeysAndValuesComeBack() throws IOException {
    String key = "k".repeat(300);
    String value = "v".repeat(70_000);
    try (RocksStore store = open()) {
      store.write(put(SESSIONS, key, value), 1);

      assertThat(get(store, SESSIONS, key)).isEqualTo(value);
    }
  }

  @Test
  void scanEndsBeforeItsBoundAndWhenTheVisitorSaysSo() throws IOException {
    try (RocksStore store = open()) {
      store.write(numbered(QUEUES, 0, 100), 1);

      assertThat(keys(store, QUEUES, "row00010", "row00013"))
          .containsExactly("row00010", "row00011", "row00012");
      assertThat(keys(store, QUEUES, "row00013", "row00010")).isEmpty();
      assertThat(keys(store, QUEUES, "row00098", null)).containsExactly("row00098", "row00099");
      List<byte[]> visited = new ArrayList<>();
      store.scan(
          QUEUES,
          bytes(""),
          null,
          (key, _) -> {
            visited.add(key);
            return visited.size() < 3;
          });
      assertThat(visited).hasSize(3);
    }
  }

  @Test
  void keysSortAsUnsignedBytes() throws IOException {
    try (RocksStore store = open()) {
      WriteBatch batch = new WriteBatch();
      batch.put(QUEUES, new byte[] {(byte) 0x80}, bytes("high"));
      batch.put(QUEUES, new byte[] {0x7F}, bytes("low"));
      store.write(batch, 1);

      List<String> values = new ArrayList<>();
      store.scan(QUEUES, new byte[0], null, (_, value) -> values.add(new String(value, US_ASCII)));
      assertThat(values).containsExactly("low", "high");
    }
  }

  @Test
  void flushedRowsSurviveReopen() throws IOException {
    try (RocksStore store = open()) {
      store.write(put(QUEUES, "a", "1"), 41);
      store.write(put(SESSIONS, "s", "2"), 42);

      assertThat(store.flush()).isEqualTo(42);
    }
    try (RocksStore store = open()) {
      assertThat(get(store, QUEUES, "a")).isEqualTo("1");
      assertThat(get(store, SESSIONS, "s")).isEqualTo("2");
      assertThat(store.position()).isEqualTo(42);
      assertThat(store.flush()).isEqualTo(42);
      assertThat(store.report().damage()).isEmpty();
    }
  }

  @Test
  void unflushedRowsAndTheirPositionAreGoneAfterClose() throws IOException {
    try (RocksStore store = open()) {
      store.write(put(QUEUES, "a", "1"), 1);
      store.flush();
      WriteBatch batch = put(QUEUES, "b", "1");
      batch.put(SESSIONS, bytes("s"), bytes("1"));
      batch.delete(QUEUES, bytes("a"));
      store.write(batch, 2);
    }
    try (RocksStore store = open()) {
      assertThat(keys(store, QUEUES, "", null)).containsExactly("a");
      assertThat(keys(store, SESSIONS, "", null)).isEmpty();
      assertThat(store.position()).isEqualTo(1);
    }
  }

  @Test
  void familyCanBeAddedAtTheEndAndLeftOutAgain() throws IOException {
    try (RocksStore store = open()) {
      store.write(put(SESSIONS, "s", "1"), 1);
      store.flush();
    }
    RocksSettings more = RocksSettings.of("queues", "sessions", "retained");
    try (RocksStore store = RocksStore.open(directory, more)) {
      store.write(put(2, "topic", "x"), 2);
      store.flush();
    }
    try (RocksStore store = open()) {
      assertThat(get(store, SESSIONS, "s")).isEqualTo("1");
      store.write(put(SESSIONS, "s", "2"), 3);
      store.flush();
    }
    try (RocksStore store = RocksStore.open(directory, more)) {
      assertThat(get(store, 2, "topic")).isEqualTo("x");
      assertThat(store.position()).isEqualTo(3);
    }
  }

  @Test
  void releasedRangeGivesItsSpaceBackAndTouchesNothingElse() throws IOException {
    try (RocksStore store = open()) {
      store.write(numbered(QUEUES, 0, 10_000), 1);
      store.compact(); // nothing is released from level 0
      store.write(numbered(QUEUES, 90_000, 90_010), 2);
      WriteBatch batch = new WriteBatch();
      batch.deleteRange(QUEUES, bytes("row"), bytes("row90000"));
      store.write(batch, 3);
      store.flush();
      long before = store.diskBytes();

      store.releaseRange(QUEUES, bytes("row"), bytes("row90000"));

      assertThat(store.diskBytes()).isLessThan(before / 10);
      assertThat(keys(store, QUEUES, "", null)).hasSize(10).startsWith("row90000");
    }
  }

  @Test
  void limitOnDiskRefusesWritesWithStoreFull() throws IOException {
    try (RocksStore store = RocksStore.open(directory, SETTINGS.withMaxDiskBytes(100_000))) {
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 20; i++) {
                  store.write(numbered(QUEUES, i * 1_000, (i + 1) * 1_000), i + 1);
                  store.flush();
                }
              })
          .isInstanceOf(StoreFull.class);
      assertThat(get(store, QUEUES, "row00000")).isNotNull();
    }
    try (RocksStore store = open()) {
      assertThat(store.report().damage()).isEmpty();
      assertThat(store.position()).isPositive();
    }
  }

  @Test
  void secondOpenFailsAndHarmsNothing() throws IOException {
    try (RocksStore store = open()) {
      store.write(put(QUEUES, "a", "1"), 1);
      store.flush();

      assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("LOCK");
      assertThat(get(store, QUEUES, "a")).isEqualTo("1");
    }
    assertThat(temp.resolve("store.damaged-1")).doesNotExist();
  }

  @Test
  void closedStoreRefusesCalls() throws IOException {
    RocksStore store = open();
    store.close();
    store.close();

    assertThatThrownBy(() -> get(store, QUEUES, "a"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void directoriesAreForTheirOwnerOnly() throws IOException {
    open().close();

    for (String name : List.of("store", "store-meta")) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(temp.resolve(name))))
          .isEqualTo("rwx------");
    }
  }

  @Test
  void filesAreForTheirOwnerOnly() throws IOException {
    try (RocksStore store = open()) {
      store.write(numbered(QUEUES, 0, 100), 1);
      store.flush();
      store.write(numbered(QUEUES, 50, 150), 2);
      store.flush();

      try (Stream<Path> files = Files.walk(temp)) {
        assertThat(files.filter(Files::isRegularFile))
            .hasSizeGreaterThan(4)
            .allMatch(file -> permissions(file).equals("rw-------"));
      }
    }
  }

  private static String permissions(Path file) {
    try {
      return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void reopenedStoreHasWhatWasFlushedAndGoesOn() throws IOException {
    try (RocksStore store = open()) {
      store.write(put(QUEUES, "a", "1"), 1);
      store.flush();
      store.write(put(QUEUES, "b", "1"), 2);

      assertThat(store.reopen()).isEmpty();

      assertThat(store.position()).isEqualTo(1);
      assertThat(keys(store, QUEUES, "", null)).containsExactly("a");
      store.write(put(QUEUES, "c", "1"), 3);
      store.flush();
    }
    try (RocksStore store = open()) {
      assertThat(keys(store, QUEUES, "", null)).containsExactly("a", "c");
      assertThat(store.position()).isEqualTo(3);
    }
  }

  @Test
  void copyHoldsWhatWasWrittenBeforeIt() throws IOException {
    Path copy = temp.resolve("copy");
    try (RocksStore store = open()) {
      store.write(put(QUEUES, "a", "1"), 1);
      store.copyTo(copy);
      store.write(put(QUEUES, "b", "1"), 2);
      store.flush();
    }
    try (RocksStore store = RocksStore.open(copy, SETTINGS)) {
      assertThat(store.report().damage()).isEmpty();
      assertThat(keys(store, QUEUES, "", null)).containsExactly("a");
      assertThat(store.position()).isEqualTo(1);
    }
  }

  private RocksStore open() throws IOException {
    return RocksStore.open(directory, SETTINGS);
  }
}
