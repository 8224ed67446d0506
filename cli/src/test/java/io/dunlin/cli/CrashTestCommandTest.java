package io.dunlin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The command around the crash test; tests/crash has brokers that end.
class CrashTestCommandTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--mode fire",
        "--qos 0",
        "--qos 1,,2",
        "--mqtt-version 4",
        "--publishers sleep",
        "--subscribers often",
        "--rounds 0",
        "--rate -1",
        "--seed any",
        "--will-wait -1",
        "--unheard-of"
      })
  void wrongOptionsEndWithTwo(String options) {
    CommandLineRun run = crashTest(options.split(" "));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).startsWith("dunlin: ").contains("Try 'dunlin crashtest --help'.");
  }

  @Test
  void brokerThatDoesNotStartEndsWithOneAndItsLastWords() {
    CommandLineRun run =
        crashTest("--dir", directory.toString(), "--", "sh", "-c", "echo no {port} here; exit 3");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("dunlin: the broker ended with 3 instead of starting")
        .containsPattern("no \\d{5} here");
  }

  @Test
  void commandThatDoesNotExistEndsWithOne() {
    CommandLineRun run = crashTest("--dir", directory.toString(), "--", "/nowhere/broker");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("/nowhere/broker");
  }

  @Test
  void enoughRoundsInTheStateAreTheTotal() throws IOException {
    CommandLineRun clean = crashTest("--rounds", "300", "--state", state(0));
    CommandLineRun lossy = crashTest("--rounds", "300", "--json", "--state", state(2));

    assertThat(clean.exitCode()).isZero();
    assertThat(clean.out()).containsPattern(" total +1000 +998 +0 .* 1\\.25 s");
    assertThat(lossy.exitCode()).isEqualTo(1);
    assertThat(JsonText.isValid(lossy.out())).as(lossy.out()).isTrue();
    assertThat(lossy.out())
        .startsWith("{\"rounds\":300,\"sent\":1000,\"acknowledged\":998,\"lost\":2,");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--rate 500", "--seed 8", "--qos 1", "--mode term"})
  void figuresOfAnotherRunAreNotContinued(String options) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(options.split(" ")));
    arguments.addAll(List.of("--rounds", "301", "--state", state(0)));

    CommandLineRun run = crashTest(arguments.toArray(String[]::new));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("has figures of");
  }

  @Test
  void fileThatIsNoStateIsRefused() throws IOException {
    Path file = Files.writeString(directory.resolve("other"), "rounds=many\n");

    CommandLineRun run = crashTest("--state", file.toString());

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("is not the state of a run");
  }

  /// A file with the figures of 300 rounds with default settings.
  private String state(int lost) throws IOException {
    String state =
        """
        seed=7
        settings=mode=kill rate=400 qos=[AT_LEAST_ONCE, EXACTLY_ONCE] versions=[V3_1_1, V5] \
        publishers=[STAY, FLAP] subscribers=[STAY, FLAP, SLEEP, SHARE] command=
        rounds=300
        sent=1000
        acknowledged=998
        lost=%d
        doubled=0
        outOfOrder=0
        sessionsForgotten=0
        subscriptionsForgotten=0
        retainedWrong=0
        willsWrong=0
        expiryWrong=0
        wrongPackets=0
        stuck=0
        longestRestartMillis=1250
        """
            .formatted(lost);
    return Files.writeString(directory.resolve("state" + lost), state).toString();
  }

  private static CommandLineRun crashTest(String... options) {
    List<String> arguments = new ArrayList<>(List.of("crashtest"));
    arguments.addAll(List.of(options));
    return CommandLineRun.of(arguments.toArray(String[]::new));
  }
}
