package io.dunlin.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShowTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"household", "factory"})
  void nothingIsMissingAfterAnAbsenceAndAKill(String scene) throws Exception {
    try (ShowProcess show = new ShowProcess(folder, scene, "8")) {
      String said = show.toTheEnd();

      assertThat(show.exitCode()).as(said).isZero();
      assertThat(said)
          .contains("the recorder is back and got the ")
          .contains("the broker is killed (kill -9)")
          .contains("nothing that the broker acknowledged is missing");
    }
  }
}
