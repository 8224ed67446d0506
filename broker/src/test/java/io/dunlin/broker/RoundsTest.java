package io.dunlin.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RoundsTest {
  private final Rounds rounds = new Rounds("rounds");

  @AfterEach
  void stop() {
    rounds.stop();
  }

  @Test
  void roundThatThrowsComesAgain() throws Exception {
    CountDownLatch exceptions = new CountDownLatch(3);
    CountDownLatch errors = new CountDownLatch(3);
    rounds.every(
        1,
        "exception",
        () -> {
          exceptions.countDown();
          throw new IllegalStateException("on purpose");
        });
    rounds.every(
        1,
        "error",
        () -> {
          errors.countDown();
          throw new StackOverflowError("on purpose");
        });
    assertThat(exceptions.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(errors.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void roundThatHasBegunIsNotInterrupted() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch held = new CountDownLatch(1);
    boolean[] whole = new boolean[1];
    rounds.every(
        1,
        "round",
        () -> {
          begun.countDown();
          try {
            whole[0] = held.await(10, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
    rounds.stop();
    held.countDown();
    rounds.awaitEnd(10);
    assertThat(whole[0]).isTrue();
  }
}
