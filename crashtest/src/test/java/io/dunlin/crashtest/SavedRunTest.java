package io.dunlin.crashtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SavedRunTest {
  @TempDir private Path directory;

  @Test
  void whatIsReadIsWhatWasWritten() throws IOException {
    Figures figures = new Figures(10, 9, Map.of(Fault.LOST, 2L, Fault.STUCK, 1L));
    SavedRun saved = new SavedRun(7, "mode=kill rate=400", 300, figures, 1_234);
    Path file = directory.resolve("state");

    saved.write(file);
    SavedRun read = SavedRun.read(file);

    assertThat(read.seed()).isEqualTo(7);
    assertThat(read.settings()).isEqualTo("mode=kill rate=400");
    assertThat(read.rounds()).isEqualTo(300);
    assertThat(read.longestRestartMillis()).isEqualTo(1_234);
    assertThat(read.figures().minus(figures).isClean(Mode.KILL)).isTrue();
    assertThat(read.figures().sent()).isEqualTo(10);
    assertThat(read.figures().acknowledged()).isEqualTo(9);
  }

  @Test
  void anotherFileIsRefused() throws IOException {
    Path file = Files.writeString(directory.resolve("other"), "sent=many\n");

    assertThatIOException()
        .isThrownBy(() -> SavedRun.read(file))
        .withMessageContaining("is not the state of a run");
  }
}
