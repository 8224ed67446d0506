package io.dunlin.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Random timers, moves, cancellations and steps of time, against a plain map of times.
class TimerWheelProperties {
  private static final long TICK = TimerWheel.TICK_NANOS;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void everyTimerFiresOnceAndAtMostOneTickLate(long seed) {
    new Run(seed).steps(3_000);
  }

  private static final class Run {
    private final long seed;
    private final Random random;
    private final long start;
    private final TimerWheel wheel;
    private final List<Alarm> alarms = new ArrayList<>();
    private final Map<Alarm, Long> due = new HashMap<>(); // the model: not before
    private final Set<Alarm> firesLater = new HashSet<>(); // set by one that fires
    private long now;

    Run(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
      this.start = random.nextLong() >> 8;
      this.now = start;
      this.wheel = new TimerWheel(start);
      for (int i = 0; i < 40; i++) {
        alarms.add(new Alarm(i));
      }
    }

    void steps(int count) {
      for (int i = 0; i < count; i++) {
        change();
        if (random.nextInt(3) == 0) {
          advance();
        }
        assertThat(wheel.size()).as(where()).isEqualTo(due.size());
      }
    }

    private void change() {
      Alarm alarm = alarms.get(random.nextInt(alarms.size()));
      if (random.nextInt(4) == 0) {
        wheel.cancel(alarm);
        due.remove(alarm);
      } else {
        long at = now + delay();
        wheel.set(alarm, at);
        due.put(alarm, Math.max(at, now));
        firesLater.add(alarm);
      }
      assertThat(alarm.isSet()).as(where()).isEqualTo(due.containsKey(alarm));
    }

    private long delay() {
      return switch (random.nextInt(5)) {
        case 0 -> -random.nextLong(2_000 * TICK);
        case 1 -> random.nextLong(3 * TICK);
        case 2 -> random.nextLong(50 * TICK);
        case 3 -> random.nextLong(1_100) * TICK;
        default -> random.nextLong(5_000 * TICK);
      };
    }

    private void advance() {
      now +=
          switch (random.nextInt(6)) {
            case 0 -> random.nextLong(TICK / 2);
            case 1 -> random.nextLong(1_500 * TICK);
            case 2 -> random.nextLong(4_000 * TICK);
            default -> random.nextLong(10 * TICK);
          };
      firesLater.clear();
      wheel.advance(now, (timer, e) -> assertThat(e).as(where()).hasMessage("on purpose"));
      due.forEach((alarm, at) ->
          assertThat(at).as("%s of %s is overdue", where(), alarm).isGreaterThan(now - TICK));
    }

    private String where() {
      return "seed " + seed + " after " + (now - start) + " ns";
    }

    private final class Alarm extends TimerWheel.Timer {
      private final int number;

      Alarm(int number) {
        this.number = number;
      }

      @Override
      protected void fire(long nowNanos) {
        Long at = due.remove(this);
        assertThat(at).as("%s: %s fires unasked", where(), this).isNotNull();
        assertThat(at).as("%s: %s fires early", where(), this).isLessThanOrEqualTo(nowNanos);
        assertThat(firesLater).as("%s: set during this call", where()).doesNotContain(this);
        if (random.nextInt(3) == 0) {
          change();
        }
        if (random.nextInt(20) == 0) {
          throw new IllegalStateException("on purpose");
        }
      }

      @Override
      public String toString() {
        return "alarm " + number;
      }
    }
  }
}
