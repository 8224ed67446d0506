package io.dunlin.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WildcardsTest {
  @ParameterizedTest
  @CsvSource({
    "*, anything, true",
    "*, '', true",
    "pump-*, pump-7, true",
    "pump-*, pump-, true",
    "pump-*, oven-pump-7, false",
    "*-7, pump-17-7, true",
    "p*m*7, pump-7, true",
    "p*m*7, pump-8, false",
    "pump, pump-7, false",
    "'', '', true",
    "'', x, false"
  })
  void starStandsForAnyCharacters(String pattern, String text, boolean matches) {
    assertThat(new Wildcards(pattern).matches(text)).isEqualTo(matches);
  }

  @Test
  void hostilePatternsTakeNoLonger() {
    Wildcards many = new Wildcards("*a".repeat(1_000) + "b");

    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(5), () -> assertThat(many.matches("a".repeat(20_000))).isFalse());
  }
}
