package io.dunlin.rocksdb;

import static io.dunlin.rocksdb.Rows.QUEUES;
import static io.dunlin.rocksdb.Rows.SESSIONS;
import static io.dunlin.rocksdb.Rows.SETTINGS;
import static io.dunlin.rocksdb.Rows.bytes;
import static io.dunlin.rocksdb.Rows.flipBit;
import static io.dunlin.rocksdb.Rows.get;
import static io.dunlin.rocksdb.Rows.key;
import static io.dunlin.rocksdb.Rows.keys;
import static io.dunlin.rocksdb.Rows.largest;
import static io.dunlin.rocksdb.Rows.numbered;
import static io.dunlin.rocksdb.Rows.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.storage.StoreDamaged;
import io.dunlin.storage.WriteBatch;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Each test damages a store of 2,000 rows in "queues", in two files, and one row in "sessions", at
/// position 9.
class SalvageTest {
  private static final int ROWS = 2_000;

  @TempDir Path temp;
  private Path directory;

  @BeforeEach
  void fillStore() throws IOException {
    directory = temp.resolve("store");
    try (RocksStore store = open()) {
      store.write(put(SESSIONS, "s", "1"), 7);
      store.write(numbered(QUEUES, 0, 1_500), 8);
      store.flush();
      store.write(numbered(QUEUES, 1_500, ROWS), 9);
      store.flush();
    }
  }

  @Test
  void damagedBlockIsNamedAndTheOtherRowsAreRead() throws IOException {
    Path table = largest(directory, "*.sst");
    flipBit(table, (int) Files.size(table) / 2);

    try (RocksStore store = open()) {
      assertThat(store.report().damage()).isEmpty();
      assertThatThrownBy(() -> keys(store, QUEUES, "", null))
          .isInstanceOf(StoreDamaged.class)
          .hasMessageContaining(table.getFileName().toString())
          .hasMessageContaining("scan family queues");
      assertThatThrownBy(store::verifyChecksum)
          .isInstanceOf(StoreDamaged.class)
          .hasMessageContaining(table.getFileName().toString());
      assertThat(get(store, QUEUES, key(0))).isNotNull();
      assertThat(get(store, QUEUES, key(1_499))).isNotNull();
      assertThat(keys(store, QUEUES, key(1_500), null)).hasSize(500);
      assertThat(get(store, SESSIONS, "s")).isEqualTo("1");
    }
  }

  @Test
  void openingAgainAfterDamageWasMetRepairsTheBlock() throws IOException {
    Path table = largest(directory, "*.sst");
    flipBit(table, (int) Files.size(table) / 2);
    try (RocksStore store = open()) {
      store.write(put(QUEUES, key(0), "newer"), 10);
      WriteBatch batch = new WriteBatch();
      batch.delete(QUEUES, bytes(key(1)));
      store.write(batch, 11);
      store.flush();
      assertThatThrownBy(store::verifyChecksum).isInstanceOf(StoreDamaged.class);
    }

    try (RocksStore store = open()) {
      assertThat(store.report().damage())
          .anyMatch(line -> line.contains("damaged " + table.getFileName()))
          .anyMatch(line -> line.contains("of the 1500 entries"));
      assertThat(keys(store, QUEUES, "", null)).hasSizeBetween(ROWS - 150, ROWS - 10);
      assertThat(get(store, QUEUES, key(0))).isEqualTo("newer");
      assertThat(get(store, QUEUES, key(1))).isNull();
      assertThat(get(store, QUEUES, key(1_499))).isNotNull();
      assertThat(store.position()).isEqualTo(11);
      store.verifyChecksum();
      store.compact();
      store.write(put(QUEUES, "new", "1"), 12);
      store.flush();
    }
    assertHealthy();
  }

  @Test
  void scrubFindsTheDamageAndReopeningRepairsIt() throws IOException {
    Path table = largest(directory, "*.sst");
    flipBit(table, (int) Files.size(table) / 2);
    try (RocksStore store = open()) {
      List<String> found = scrub(store);
      assertThat(found).hasSize(1);
      assertThat(found.getFirst()).contains(table.getFileName().toString());
      assertThat(store.scrubbedAtMillis()).isPositive();

      assertThat(store.reopen()).anyMatch(line -> line.contains("of the 1500 entries"));

      assertThat(scrub(store)).isEmpty();
      assertThat(keys(store, QUEUES, "", null)).hasSizeBetween(ROWS - 150, ROWS - 10);
      assertThat(store.position()).isEqualTo(9);
    }
    assertHealthy();
  }

  private static List<String> scrub(RocksStore store) throws IOException {
    List<String> found = new ArrayList<>();
    Scrub scrub = store.scrub();
    for (boolean more = true; more; ) {
      try {
        more = scrub.next();
      } catch (StoreDamaged e) {
        found.add(String.valueOf(e.getMessage()));
      }
    }
    return found;
  }

  @Test
  void compactionThatMeetsDamageEndsWritesUntilTheNextOpening() throws IOException {
    Path table = largest(directory, "*.sst");
    flipBit(table, (int) Files.size(table) / 2);
    try (RocksStore store = open()) {
      store.write(put(QUEUES, key(3), "overlaps"), 10); // else the file would only be moved
      store.flush();
      assertThatThrownBy(store::compact).isInstanceOf(StoreDamaged.class);
      assertThatThrownBy(() -> store.write(put(QUEUES, "new", "1"), 11))
          .isInstanceOf(StoreDamaged.class);
    }

    try (RocksStore store = open()) {
      assertThat(get(store, QUEUES, key(3))).isEqualTo("overlaps");
      store.write(put(QUEUES, "new", "1"), 11);
      assertThat(store.flush()).isEqualTo(11);
      store.compact();
    }
  }

  @Test
  void missingCurrentIsWrittenAgain() throws IOException {
    Files.delete(directory.resolve("CURRENT"));

    assertOpensWhole("CURRENT is missing");
  }

  @Test
  void damagedCurrentIsWrittenAgain() throws IOException {
    flipBit(directory.resolve("CURRENT"), 3);

    assertOpensWhole("does not open");
  }

  @Test
  void damagedManifestIsRepairedFromItsCopy() throws IOException {
    Path manifest = largest(directory, "MANIFEST-*");
    flipBit(manifest, (int) Files.size(manifest) / 2);

    assertOpensWhole("does not open");
  }

  @Test
  void missingManifestIsWrittenFromItsCopy() throws IOException {
    Files.delete(largest(directory, "MANIFEST-*"));

    assertOpensWhole("does not open");
  }

  @Test
  void damageBehindTheCopyOfTheManifestLosesOnlyWhatCameLater() throws IOException {
    Path summary = temp.resolve("store-meta/summary");
    byte[] earlier;
    try (RocksStore store = open()) {
      store.write(put(SESSIONS, "s", "2"), 10);
      store.flush();
      earlier = Files.readAllBytes(summary);
      store.write(put(SESSIONS, "s", "3"), 11);
      store.flush();
    }
    Files.write(summary, earlier);
    Path manifest = largest(directory, "MANIFEST-*");
    flipBit(manifest, (int) Files.size(manifest) - 20);

    try (RocksStore store = open()) {
      assertThat(store.report().damage()).isNotEmpty();
      assertThat(store.position()).isEqualTo(10);
      assertThat(get(store, SESSIONS, "s")).isEqualTo("2");
      assertThat(keys(store, QUEUES, "", null)).hasSize(ROWS);
    }
  }

  @Test
  void missingTableIsReportedAndTheRestIsRead() throws IOException {
    Path table = largest(directory, "*.sst");
    Files.delete(table);

    assertOpensWithout(table, "it is missing");
  }

  @Test
  void truncatedTableIsReportedAndTheRestIsRead() throws IOException {
    Path table = largest(directory, "*.sst");
    Files.write(table, Arrays.copyOf(Files.readAllBytes(table), 1_000));

    assertOpensWithout(table, "it has 1000 bytes");
  }

  @Test
  void tableWithDamagedFooterIsReportedAndTheRestIsRead() throws IOException {
    Path table = largest(directory, "*.sst");
    flipBit(table, (int) Files.size(table) - 4); // the magic number

    assertOpensWithout(table, "magic number");
  }

  @Test
  void lostPositionComesBackFromTheCopy() throws IOException {
    try (DirectoryStream<Path> tables = Files.newDirectoryStream(directory, "*.sst")) {
      for (Path table : tables) {
        Files.delete(table);
      }
    }

    try (RocksStore store = open()) {
      assertThat(store.position()).isEqualTo(9);
      assertThat(keys(store, QUEUES, "", null)).isEmpty();
      assertThat(store.report().damage()).anyMatch(line -> line.contains("family sessions"));
    }
  }

  @Test
  void damagedManifestWithoutACopyStillOpens() throws IOException {
    Path manifest = largest(directory, "MANIFEST-*");
    flipBit(manifest, (int) Files.size(manifest) / 2);
    Files.delete(temp.resolve("store-meta/summary"));

    try (RocksStore store = open()) {
      assertThat(store.report().damage()).isNotEmpty();
      store.write(put(QUEUES, "new", "1"), 10);
      assertThat(store.flush()).isEqualTo(10);
    }
    assertThat(temp.resolve("store.damaged-1")).isDirectory();
  }

  @Test
  void garbageIsSetAsideAndTheStoreStartsEmpty() throws IOException {
    Path garbage = Files.createDirectory(temp.resolve("garbage"));
    Files.write(garbage.resolve("CURRENT"), bytes("not a name"));
    Files.write(garbage.resolve("000001.sst"), bytes("not a table"));
    Files.createDirectory(garbage.resolve("subdirectory"));

    try (RocksStore store = RocksStore.open(garbage, SETTINGS)) {
      assertThat(store.position()).isZero();
      assertThat(store.report().damage()).anyMatch(line -> line.contains("starting empty"));
      store.write(put(QUEUES, "a", "1"), 1);
      store.flush();
    }
    assertThat(temp.resolve("garbage.damaged-1/000001.sst")).hasContent("not a table");
    try (RocksStore store = RocksStore.open(garbage, SETTINGS)) {
      assertThat(store.report().damage()).isEmpty();
      assertThat(get(store, QUEUES, "a")).isEqualTo("1");
    }
  }

  @Test
  void vanishedStoreIsReported() throws IOException {
    Files.move(directory, temp.resolve("elsewhere"));

    try (RocksStore store = open()) {
      assertThat(store.position()).isZero();
      assertThat(store.report().damage())
          .singleElement()
          .asString()
          .contains("up to position 9", "starting empty");
    }
  }

  @Test
  void salvageRepeatsWithoutOverwritingTheFirstCopy() throws IOException {
    Files.delete(directory.resolve("CURRENT"));
    open().close();
    Files.delete(directory.resolve("CURRENT"));
    open().close();

    assertThat(temp.resolve("store.damaged-1")).isDirectory();
    assertThat(temp.resolve("store.damaged-2")).isDirectory();
  }

  @Test
  void damagedCopyHarmsNothing() throws IOException {
    flipBit(temp.resolve("store-meta/summary"), 20);

    try (RocksStore store = open()) {
      assertThat(store.report().damage()).isEmpty();
      assertThat(keys(store, QUEUES, "", null)).hasSize(ROWS);
    }
  }

  private void assertOpensWhole(String reason) throws IOException {
    try (RocksStore store = open()) {
      assertThat(store.report().damage()).isNotEmpty();
      assertThat(store.report().damage().getFirst()).contains(reason, "store.damaged-1");
      assertThat(keys(store, QUEUES, "", null)).hasSize(ROWS);
      assertThat(get(store, SESSIONS, "s")).isEqualTo("1");
      assertThat(store.position()).isEqualTo(9);
      store.verifyChecksum();
    }
    assertThat(temp.resolve("store.damaged-1")).isDirectory();
    assertHealthy();
  }

  private void assertOpensWithout(Path table, String reason) throws IOException {
    try (RocksStore store = open()) {
      assertThat(store.report().damage())
          .anyMatch(line ->
              line.contains("lost " + table.getFileName())
                  && line.contains("family queues")
                  && line.contains("1500 entries")
                  && line.contains(reason));
      assertThat(keys(store, QUEUES, "", null)).hasSize(500).startsWith(key(1_500));
      assertThat(get(store, SESSIONS, "s")).isEqualTo("1");
      assertThat(store.position()).isEqualTo(9);
      store.write(numbered(QUEUES, 0, 10), 10);
      store.flush();
      store.verifyChecksum();
    }
    assertHealthy();
  }

  private void assertHealthy() throws IOException {
    try (RocksStore store = open()) {
      assertThat(store.report().damage()).isEmpty();
      assertThat(get(store, SESSIONS, "s")).isEqualTo("1");
    }
  }

  private RocksStore open() throws IOException {
    return RocksStore.open(directory, SETTINGS);
  }
}
