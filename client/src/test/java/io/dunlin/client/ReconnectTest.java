package io.dunlin.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.mqtt.ReasonCode;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReconnectTest {
  private final Reconnect reconnect =
      new Reconnect(Duration.ofMillis(100), Duration.ofSeconds(1), 3);

  @Test
  void delaysDoubleUpToTheLongestLessUpToAHalf() {
    Random random = new Random(7);

    for (int attempt = 0; attempt < 40; attempt++) {
      long full = Math.min(1_000, 100L << Math.min(attempt, 10));
      assertThat(reconnect.delay(attempt, random).toMillis()).isBetween(full / 2 - 1, full);
    }
  }

  @Test
  void attemptsAreCounted() {
    ClientException lost = new ClientException.ConnectionLost("lost", null, false, null);

    assertThat(reconnect.isWorthIt(lost, 2)).isTrue();
    assertThat(reconnect.isWorthIt(lost, 3)).isFalse();
    assertThat(Reconnect.NEVER.isWorthIt(lost, 0)).isFalse();
  }

  @Test
  void aServerThatSaysNoForGoodIsNotAskedAgain() {
    assertThat(reconnect.isWorthIt(refused(ReasonCode.SERVER_BUSY), 0)).isTrue();
    assertThat(reconnect.isWorthIt(refused(ReasonCode.NOT_AUTHORIZED), 0)).isFalse();
    assertThat(reconnect.isWorthIt(refused(ReasonCode.BANNED), 0)).isFalse();
  }

  private static ClientException refused(ReasonCode reason) {
    return new ClientException.ConnectRefused(reason, null);
  }
}
