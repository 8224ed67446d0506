package io.dunlin.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TimerWheelTest {
  private static final long START = -7_000_000_000L;
  private static final long TICK = TimerWheel.TICK_NANOS;
  private static final long REVOLUTION = 1024 * TICK;

  private final TimerWheel wheel = new TimerWheel(START);
  private final List<String> fired = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();

  @Test
  void timerFiresOnceNotBeforeItsTime() {
    Named timer = new Named("a", () -> {});
    wheel.set(timer, START + 3 * TICK + 1);
    assertThat(advance(3 * TICK)).isZero();
    assertThat(advance(4 * TICK)).isEqualTo(1);
    assertThat(advance(4 * REVOLUTION)).isZero();
    assertThat(fired).containsExactly("a");
    assertThat(timer.isSet()).isFalse();
    assertThat(wheel.size()).isZero();
  }

  @Test
  void timerWhoseTimeHasPassedFiresInTheNextTick() {
    advance(10 * TICK);
    wheel.set(new Named("late", () -> {}), START);
    assertThat(advance(10 * TICK)).isZero();
    assertThat(advance(11 * TICK)).isEqualTo(1);
  }

  @Test
  void timerOfSeveralRevolutionsWaitsForItsOwn() {
    wheel.set(new Named("far", () -> {}), START + 3 * REVOLUTION + 5 * TICK);
    assertThat(advance(5 * TICK)).isZero();
    assertThat(advance(REVOLUTION + 5 * TICK)).isZero();
    assertThat(advance(3 * REVOLUTION + 4 * TICK)).isZero();
    assertThat(advance(3 * REVOLUTION + 5 * TICK)).isEqualTo(1);
  }

  @Test
  void movedTimerFiresAtItsNewTimeOnly() {
    Named timer = new Named("moved", () -> {});
    wheel.set(timer, START + 2 * TICK);
    wheel.set(timer, START + 5 * TICK);
    assertThat(wheel.size()).isEqualTo(1);
    assertThat(advance(4 * TICK)).isZero();
    assertThat(advance(5 * TICK)).isEqualTo(1);
  }

  @Test
  void cancelledTimerDoesNotFire() {
    Named timer = new Named("cancelled", () -> {});
    wheel.set(timer, START + 2 * TICK);
    wheel.cancel(timer);
    wheel.cancel(timer);
    assertThat(advance(2 * TICK)).isZero();
    assertThat(wheel.size()).isZero();
  }

  @Test
  void timerMayCancelOthersOfItsTickWhileFiring() {
    List<Named> timers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      timers.add(new Named("t" + i, () -> timers.forEach(wheel::cancel)));
    }
    timers.forEach(timer -> wheel.set(timer, START + TICK));
    assertThat(advance(TICK)).isEqualTo(1);
    assertThat(wheel.size()).isZero();
  }

  @Test
  void timerMayMoveOthersOfItsTickWhileFiring() {
    List<Named> timers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      timers.add(
          new Named("t" + i, () -> timers.forEach(timer -> wheel.set(timer, START + 3 * TICK))));
    }
    timers.forEach(timer -> wheel.set(timer, START + TICK));
    assertThat(advance(TICK)).isEqualTo(1);
    assertThat(advance(2 * TICK)).isZero();
    assertThat(advance(3 * TICK)).as("the first moves the others on").isEqualTo(1);
    assertThat(wheel.size()).isEqualTo(5);
  }

  @Test
  @Timeout(20)
  void timersOfALaterRevolutionCostAFiringTimerNothing() {
    int each = 100_000;
    for (int i = 0; i < each; i++) {
      wheel.set(new Named("due", () -> {}), START + TICK);
    }
    for (int i = 0; i < each; i++) {
      wheel.set(new Named("later", () -> {}), START + TICK + REVOLUTION);
    }
    assertThat(advance(TICK)).isEqualTo(each);
    assertThat(wheel.size()).isEqualTo(each);
  }

  @Test
  void timerMaySetItselfWhileFiring() {
    Named[] self = new Named[1];
    self[0] = new Named("again", () -> wheel.set(self[0], START));
    wheel.set(self[0], START + TICK);
    assertThat(advance(10 * TICK)).as("once for each call").isEqualTo(1);
    assertThat(advance(10 * TICK)).isZero();
    assertThat(advance(11 * TICK)).isEqualTo(1);
    assertThat(fired).containsExactly("again", "again");
  }

  @Test
  void timerThatWasSetWhileFiringAfterALongSleepIsNotLate() {
    long now = 3 * REVOLUTION + 700 * TICK;
    Named next = new Named("next", () -> {});
    wheel.set(new Named("first", () -> wheel.set(next, START + now - 5 * TICK)), START + TICK);
    advance(now);
    advance(now + TICK);
    assertThat(fired).containsExactly("first", "next");
  }

  @Test
  void exceptionOfOneTimerDoesNotStopTheOthers() {
    for (int i = 0; i < 3; i++) {
      wheel.set(new Named("good" + i, () -> {}), START + TICK);
      wheel.set(
          new Named(
              "bad" + i,
              () -> {
                throw new IllegalStateException("bad timer");
              }),
          START + TICK);
    }
    assertThat(advance(TICK)).isEqualTo(6);
    assertThat(fired).hasSize(6);
    assertThat(failures).containsExactlyInAnyOrder("bad0", "bad1", "bad2");
  }

  private int advance(long sinceStart) {
    return wheel.advance(START + sinceStart, (timer, e) -> failures.add(timer.toString()));
  }

  private final class Named extends TimerWheel.Timer {
    private final String name;
    private final Runnable action;

    Named(String name, Runnable action) {
      this.name = name;
      this.action = action;
    }

    @Override
    protected void fire(long nowNanos) {
      fired.add(name);
      action.run();
    }

    @Override
    public String toString() {
      return name;
    }
  }
}
