package io.dunlin.rocksdb;

import static io.dunlin.rocksdb.Rows.SETTINGS;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.storage.WriteBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The store against a naive model: random batches, flushes, releases, and closing at any point.
class RocksStoreProperties {
  private static final int FAMILIES = 2;
  private static final int STEPS = 150;

  @TempDir Path temp;

  /// What a store should hold.
  private record Model(List<TreeMap<Slice, Slice>> families, long position) {
    Model() {
      this(List.of(new TreeMap<>(), new TreeMap<>()), 0);
    }

    Model at(long newPosition) {
      return new Model(families.stream().map(TreeMap::new).toList(), newPosition);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void storeHoldsWhatAMapWouldHold(long seed) throws IOException {
    Random random = new Random(seed);
    Path directory = temp.resolve("store");
    Model kept = new Model();
    Model now = kept;
    RocksStore store = RocksStore.open(directory, SETTINGS);
    try {
      for (int step = 0; step < STEPS; step++) {
        String where = "seed " + seed + ", step " + step;
        int choice = random.nextInt(100);
        if (choice < 70) {
          now = write(store, now, random);
        } else if (choice < 85) {
          assertThat(store.flush()).as(where).isEqualTo(now.position());
          kept = now;
        } else if (choice < 90) {
          // RocksDB may have flushed by itself only when its buffers are full; never with so little
          store.close();
          store = RocksStore.open(directory, SETTINGS);
          assertThat(store.report().damage()).as(where).isEmpty();
          now = kept;
        } else if (choice < 92) {
          store.compact();
          kept = now;
        } else if (choice < 94) {
          store.flush(); // what is released must be deleted durably
          kept = now;
          release(store, now, random);
        }
        assertSame(store, now, random, where);
      }
    } finally {
      store.close();
    }
  }

  private static Model write(RocksStore store, Model before, Random random) throws IOException {
    Model after = before.at(before.position() + 1 + random.nextInt(1_000));
    WriteBatch batch = new WriteBatch();
    for (int i = random.nextInt(30); i > 0; i--) {
      int family = random.nextInt(FAMILIES);
      TreeMap<Slice, Slice> rows = after.families().get(family);
      byte[] key = key(random);
      switch (random.nextInt(10)) {
        case 0 -> {
          byte[] to = key(random);
          batch.deleteRange(family, key, to);
          if (Slice.wrap(key).compareTo(Slice.wrap(to)) < 0) {
            rows.subMap(Slice.wrap(key), Slice.wrap(to)).clear();
          }
        }
        case 1, 2, 3 -> {
          batch.delete(family, key);
          rows.remove(Slice.wrap(key));
        }
        default -> {
          byte[] value = new byte[random.nextInt(random.nextInt(20) == 0 ? 20_000 : 50)];
          random.nextBytes(value);
          batch.put(family, key, value);
          rows.put(Slice.wrap(key), Slice.wrap(value));
        }
      }
    }
    store.write(batch, after.position());
    return after;
  }

  /// Releases a range in which nothing lives.
  private static void release(RocksStore store, Model now, Random random) throws IOException {
    int family = random.nextInt(FAMILIES);
    Slice from = Slice.wrap(key(random));
    @Nullable Slice to = now.families().get(family).ceilingKey(from);
    if (to != null && from.compareTo(to) < 0) {
      store.releaseRange(family, from.toArray(), to.toArray());
    }
  }

  private static void assertSame(RocksStore store, Model model, Random random, String where)
      throws IOException {
    assertThat(store.position()).as(where).isEqualTo(model.position());
    int family = random.nextInt(FAMILIES);
    TreeMap<Slice, Slice> rows = model.families().get(family);
    byte[] key = key(random);
    byte @Nullable [] value = store.get(family, key);
    assertThat(value == null ? null : Slice.wrap(value))
        .as(where)
        .isEqualTo(rows.get(Slice.wrap(key)));
    List<Slice> keys = new ArrayList<>();
    List<Slice> values = new ArrayList<>();
    store.scan(
        family,
        key,
        null,
        (k, v) -> {
          values.add(Slice.wrap(v));
          return keys.add(Slice.wrap(k));
        });
    var expected = rows.tailMap(Slice.wrap(key));
    assertThat(keys).as(where).containsExactlyElementsOf(expected.keySet());
    assertThat(values).as(where).containsExactlyElementsOf(expected.values());
  }

  /// One to three bytes, few different ones, so that changes meet.
  private static byte[] key(Random random) {
    byte[] key = new byte[1 + random.nextInt(3)];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (random.nextInt(12) * 23);
    }
    return key;
  }
}
