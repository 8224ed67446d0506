package io.dunlin.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Random changes against a [BitSet].
class PacketIdSetProperties {
  @ParameterizedTest
  @CsvSource({"1, 8", "2, 20", "3, 64", "4, 300", "5, 5000", "6, 65535", "7, 12", "8, 130"})
  void setHoldsWhatABitSetHolds(long seed, int identifiers) {
    Random random = new Random(seed);
    PacketIdSet set = new PacketIdSet();
    BitSet model = new BitSet();
    int likely = 50;
    for (int step = 0; step < 30_000; step++) {
      if (step % 2_000 == 0) {
        likely = random.nextInt(5, 96); // grows for a while, shrinks for a while
      }
      int id = 1 + random.nextInt(identifiers);
      String where = "seed " + seed + " step " + step + " id " + id;
      assertThat(set.contains(id)).as(where).isEqualTo(model.get(id));
      if (random.nextInt(100) < likely) {
        assertThat(set.add(id)).as(where).isEqualTo(!model.get(id));
        model.set(id);
      } else {
        assertThat(set.remove(id)).as(where).isEqualTo(model.get(id));
        model.clear(id);
      }
      assertThat(set.size()).as(where).isEqualTo(model.cardinality());
      if (step % 500 == 0) {
        assertThat(set.toArray()).as(where).isEqualTo(model.stream().toArray());
      }
    }
  }

  @Test
  void allIdentifiersFit() {
    PacketIdSet set = new PacketIdSet();
    for (int id = 1; id <= 65_535; id++) {
      assertThat(set.add(id)).isTrue();
    }
    assertThat(set.size()).isEqualTo(65_535);
    for (int id = 65_535; id >= 1; id--) {
      assertThat(set.remove(id)).isTrue();
    }
    assertThat(set.size()).isZero();
    assertThat(set.contains(1)).isFalse();
    assertThat(set.toArray()).isEmpty();
  }
}
