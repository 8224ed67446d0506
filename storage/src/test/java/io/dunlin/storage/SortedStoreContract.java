package io.dunlin.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What every [SortedStore] must do. Extend it once for each; families 0 to 2 are used.
public abstract class SortedStoreContract {
  private @Nullable SortedStore store;

  /// For subclasses.
  protected SortedStoreContract() {}

  /// Opens a store that holds nothing.
  protected abstract SortedStore create() throws IOException;

  /// Opens `store` again as after a crash: what was not flushed may be gone, or not if the store
  /// keeps more than it must.
  protected abstract SortedStore crash(SortedStore store) throws IOException;

  /// Whether [#crash] loses all that was not flushed. Override when it is not certain.
  protected boolean losesUnflushed() {
    return true;
  }

  @BeforeEach
  void createStore() throws IOException {
    store = create();
  }

  @AfterEach
  void closeStore() throws IOException {
    store().close();
  }

  private SortedStore store() {
    return Objects.requireNonNull(store);
  }

  @Test
  void newStoreIsEmpty() throws IOException {
    assertThat(store().position()).isZero();
    assertThat(store().get(0, key(1))).isNull();
    assertThat(keys(0, key(0), null)).isEmpty();
  }

  @Test
  void writtenValueIsReadBeforeAnyFlush() throws IOException {
    put(0, 1, "a", 10);
    assertThat(text(0, 1)).isEqualTo("a");
    assertThat(store().position()).isEqualTo(10);
  }

  @Test
  void familiesAreApart() throws IOException {
    put(0, 1, "a", 10);
    put(1, 1, "b", 11);
    assertThat(text(0, 1)).isEqualTo("a");
    assertThat(text(1, 1)).isEqualTo("b");
    assertThat(store().get(2, key(1))).isNull();
  }

  @Test
  void laterChangesOfABatchWin() throws IOException {
    WriteBatch batch = new WriteBatch();
    batch.put(0, key(1), bytes("a"));
    batch.put(0, key(2), bytes("b"));
    batch.deleteRange(0, key(1), key(3));
    batch.put(0, key(2), bytes("c"));
    batch.put(0, key(3), bytes("d"));
    batch.delete(0, key(3));
    store().write(batch, 7);
    assertThat(keys(0, key(0), null)).containsExactly(2);
    assertThat(text(0, 2)).isEqualTo("c");
  }

  @Test
  void rangeIsDeletedWithoutItsEnd() throws IOException {
    for (int i = 0; i < 6; i++) {
      put(0, i, "x", i + 1);
    }
    WriteBatch batch = new WriteBatch();
    batch.deleteRange(0, key(2), key(4));
    store().write(batch, 10);
    assertThat(keys(0, key(0), null)).containsExactly(0, 1, 4, 5);
  }

  @Test
  void scanVisitsTheRangeInUnsignedOrder() throws IOException {
    put(0, 0x80000000, "high", 1);
    put(0, 0x7fffffff, "middle", 2);
    put(0, 1, "low", 3);
    assertThat(keys(0, key(0), null)).containsExactly(1, 0x7fffffff, 0x80000000);
    assertThat(keys(0, key(1), key(0x80000000))).containsExactly(1, 0x7fffffff);
    assertThat(keys(0, key(2), key(0x7fffffff))).isEmpty();
  }

  @Test
  void scanEndsWhenTheVisitorHasEnough() throws IOException {
    for (int i = 0; i < 1000; i++) {
      put(0, i, "x", i + 1);
    }
    List<byte[]> seen = new ArrayList<>();
    store().scan(0, key(0), null, (key, _) -> seen.add(key) && seen.size() < 300);
    assertThat(seen).hasSize(300);
  }

  @Test
  void emptyValueIsAValue() throws IOException {
    put(0, 1, "", 1);
    assertThat(text(0, 1)).isEmpty();
  }

  @Test
  void flushedChangesSurviveACrashWithTheirPosition() throws IOException {
    put(0, 1, "a", 10);
    put(1, 2, "b", 20);
    assertThat(store().flush()).isEqualTo(20);
    put(0, 3, "c", 30);
    SortedStore again = crash(store());
    store = again;
    assertThat(text(0, 1)).isEqualTo("a");
    assertThat(text(1, 2)).isEqualTo("b");
    if (losesUnflushed()) {
      assertThat(again.position()).isEqualTo(20);
    } else {
      assertThat(again.position()).isIn(20L, 30L);
    }
    assertThat(again.get(0, key(3)) != null).isEqualTo(again.position() == 30);
  }

  @Test
  void deletionSurvivesACrash() throws IOException {
    put(0, 1, "a", 10);
    put(0, 2, "b", 11);
    store().flush();
    WriteBatch batch = new WriteBatch();
    batch.delete(0, key(1));
    store().write(batch, 12);
    store().flush();
    store = crash(store());
    assertThat(keys(0, key(0), null)).containsExactly(2);
  }

  @Test
  void releasedRangeLeavesTheOthersAlone() throws IOException {
    for (int i = 0; i < 100; i++) {
      put(0, i, "x".repeat(100), i + 1);
    }
    WriteBatch batch = new WriteBatch();
    batch.deleteRange(0, key(0), key(50));
    store().write(batch, 200);
    store().flush();
    store().releaseRange(0, key(0), key(50));
    assertThat(keys(0, key(0), null)).hasSize(50).startsWith(50);
  }

  @Test
  void behavesLikeASortedMap() throws IOException {
    for (int seed = 0; seed < 20; seed++) {
      randomChanges(seed);
    }
  }

  private void randomChanges(int seed) throws IOException {
    Random random = new Random(seed);
    WriteBatch clear = new WriteBatch();
    clear.deleteRange(0, key(0), key(-1));
    store().write(clear, 1);
    SortedMap<Integer, String> model = new TreeMap<>();
    for (int step = 0; step < 50; step++) {
      WriteBatch batch = new WriteBatch();
      for (int i = random.nextInt(10); i >= 0; i--) {
        change(random, batch, model);
      }
      store().write(batch, step + 2L);
      if (random.nextInt(10) == 0) {
        store().flush();
      }
      int from = random.nextInt(100);
      int to = random.nextInt(100);
      List<Integer> expected = from < to ? List.copyOf(model.subMap(from, to).keySet()) : List.of();
      assertThat(keys(0, key(from), key(to))).as("seed %d step %d", seed, step).isEqualTo(expected);
      byte[] value = store().get(0, key(from));
      assertThat(value == null ? null : new String(value, UTF_8)).isEqualTo(model.get(from));
    }
  }

  private static void change(Random random, WriteBatch batch, SortedMap<Integer, String> model) {
    int number = random.nextInt(100);
    switch (random.nextInt(6)) {
      case 0 -> {
        int to = number + random.nextInt(20);
        batch.deleteRange(0, key(number), key(to));
        model.subMap(number, to).clear();
      }
      case 1 -> {
        batch.delete(0, key(number));
        model.remove(number);
      }
      default -> {
        String value = "v" + random.nextInt();
        batch.put(0, key(number), bytes(value));
        model.put(number, value);
      }
    }
  }

  private void put(int family, int key, String value, long position) throws IOException {
    WriteBatch batch = new WriteBatch();
    batch.put(family, key(key), bytes(value));
    store().write(batch, position);
  }

  private @Nullable String text(int family, int key) throws IOException {
    byte[] value = store().get(family, key(key));
    return value == null ? null : new String(value, UTF_8);
  }

  private List<Integer> keys(int family, byte[] from, byte @Nullable [] to) throws IOException {
    List<Integer> keys = new ArrayList<>();
    store()
        .scan(
            family,
            from,
            to,
            (key, _) -> {
              keys.add(ByteBuffer.wrap(key).getInt());
              return true;
            });
    return keys;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static byte[] key(int number) {
    return ByteBuffer.allocate(4).putInt(number).array();
  }
}
