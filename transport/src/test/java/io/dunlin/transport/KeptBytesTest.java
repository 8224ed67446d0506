package io.dunlin.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class KeptBytesTest {
  private static final int SMALL = 1_000;
  private static final int LARGE = KeptBytes.HEAP_BYTES + 1;

  @Test
  void fewBytesAreKeptOnTheHeapAndGrowByAppending() {
    ByteBuffer source = ByteBuffer.wrap(Frames.random(new Random(1), 10 * SMALL));
    var kept = KeptBytes.copyOf(source, 0, SMALL, 0);
    for (int i = 1; i < 10; i++) {
      kept.append(source, i * SMALL, (i + 1) * SMALL);
    }

    ByteBuffer target = ByteBuffer.allocate(10 * SMALL + 5);
    kept.copyTo(target, 5);

    assertThat(kept.gathers()).isFalse();
    assertThat(target.slice(5, 10 * SMALL)).isEqualTo(source);
    kept.release();
  }

  @Test
  void aClaimedLengthAllocatesNothing() {
    var kept = KeptBytes.copyOf(ByteBuffer.allocate(10), 0, 10, Integer.MAX_VALUE);

    assertThat(kept.gathers()).isFalse();
    assertThat(kept.fits(KeptBytes.HEAP_BYTES - 10)).isTrue();
    assertThat(kept.fits(KeptBytes.HEAP_BYTES - 9)).isFalse();
    kept.release();
  }

  @Test
  void aGatheringBufferDoublesButNotPastTheWantedPacket() {
    byte[] bytes = Frames.random(new Random(2), LARGE);
    int wanted = 3 * LARGE;
    var kept = KeptBytes.copyOf(ByteBuffer.wrap(bytes), 0, LARGE, wanted);

    assertThat(kept.gathers()).isTrue();
    assertThat(kept.gatheringWithRoom(wanted).capacity()).isEqualTo(2 * LARGE);
    kept.gathered(LARGE);
    ByteBuffer grown = kept.gatheringWithRoom(wanted);

    assertThat(grown.capacity()).isEqualTo(wanted);
    assertThat(grown.slice(0, LARGE)).isEqualTo(ByteBuffer.wrap(bytes));
    kept.release();
  }

  @Test
  void aGatheringBufferOfUnknownEndAlwaysHasRoom() {
    var kept = KeptBytes.copyOf(ByteBuffer.allocate(LARGE), 0, LARGE, 0);

    for (int i = 0; i < 5; i++) {
      int room = kept.gatheringWithRoom(0).capacity() - kept.size();
      assertThat(room).isPositive();
      kept.gathered(room);
    }
    kept.release();
  }
}
