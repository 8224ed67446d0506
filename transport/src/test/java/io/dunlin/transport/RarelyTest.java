package io.dunlin.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RarelyTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @Test
  void firstIsToldAtOnceAndTheNextOnesTogetherAfterAWhile() {
    Rarely rarely = new Rarely();
    long start = Long.MAX_VALUE - SECOND; // the clock may turn over

    assertThat(rarely.happened(start)).isEqualTo(1);
    assertThat(rarely.happened(start + SECOND)).isZero();
    assertThat(rarely.happened(start + 9 * SECOND)).isZero();
    assertThat(rarely.happened(start + 10 * SECOND)).isEqualTo(3);
    assertThat(rarely.happened(start + 11 * SECOND)).isZero();
    assertThat(rarely.happened(start + 60 * SECOND)).isEqualTo(2);
  }
}
