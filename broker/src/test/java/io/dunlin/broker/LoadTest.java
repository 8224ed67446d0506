package io.dunlin.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LoadTest {
  private static final long MINUTE = 60_000_000_000L;

  private double counter;

  @Test
  void steadyRateIsReachedAndFades() {
    Load load = new Load(1, () -> counter, 0);
    for (int i = 1; i <= 60; i++) {
      counter += 100;
      load.update(i * MINUTE / 6);
    }
    assertThat(load.perMinute()).isCloseTo(600, within(1.0));

    load.update(11 * MINUTE); // a minute of nothing
    assertThat(load.perMinute()).isCloseTo(600 / Math.E, within(2.0));
  }

  @Test
  void firstMomentsDoNotCountAsAMinute() {
    Load load = new Load(1, () -> counter, 0);
    counter = 10;
    load.update(MINUTE / 6);

    assertThat(load.perMinute()).isCloseTo(60 * (1 - Math.exp(-1 / 6.0)), within(0.01));
    assertThat(load.text()).isEqualTo("9.21");
  }
}
