package io.dunlin.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Clock;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WatchdogTest {
  private static final long LIMIT = 2_000_000_000L;

  private final Time time = new Time();
  private final Watchdog watchdog = new Watchdog(time, LIMIT);
  private final ExecutorService loop = Executors.newSingleThreadExecutor();

  @AfterEach
  void stop() {
    loop.shutdownNow();
  }

  @Test
  void heldLoopIsCountedOnceUntilItComesRoundAgain() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    watchdog.watchLoop("loop-0", loop);
    watchdog.look();
    settle();
    loop.execute(() -> await(held));
    for (int i = 0; i < 4; i++) {
      time.pass(LIMIT / 4);
      watchdog.look();
      assertThat(watchdog.missed()).isZero();
    }
    for (int i = 0; i < 8; i++) {
      time.pass(LIMIT / 4);
      watchdog.look();
    }
    assertThat(watchdog.missed()).isEqualTo(1);
    held.countDown();
    settle();
    watchdog.look();
    settle();
    for (int i = 0; i < 8; i++) {
      time.pass(LIMIT / 4);
      watchdog.look();
      settle();
    }
    assertThat(watchdog.missed()).isEqualTo(1);
  }

  @Test
  void workerThatRestsOwesNothing() {
    long[] busySince = {0};
    watchdog.watchWorker("log", () -> busySince[0], Thread::currentThread);
    for (int i = 0; i < 12; i++) {
      time.pass(LIMIT / 4);
      watchdog.look();
    }
    assertThat(watchdog.missed()).isZero();
    busySince[0] = time.nanos();
    for (int i = 0; i < 12; i++) {
      time.pass(LIMIT / 4);
      watchdog.look();
    }
    assertThat(watchdog.missed()).isEqualTo(1);
  }

  @Test
  void processThatStoodStillAsAWholeIsNoStall() {
    watchdog.watchLoop("loop-0", task -> {});
    watchdog.look();
    time.pass(60 * LIMIT);
    watchdog.look();
    assertThat(watchdog.missed()).isZero();
  }

  private void settle() throws Exception {
    loop.submit(() -> {}).get(10, TimeUnit.SECONDS);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static final class Time implements Clock {
    private long nanos = 1;

    void pass(long delta) {
      nanos += delta;
    }

    @Override
    public long nanos() {
      return nanos;
    }

    @Override
    public long epochMillis() {
      return nanos / 1_000_000;
    }
  }
}
