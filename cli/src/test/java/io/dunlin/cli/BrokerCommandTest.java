package io.dunlin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Starts the command as a process of its own, as people do.
class BrokerCommandTest {
  private static final Pattern READY =
      Pattern.compile(
          "dunlin \\S+ ready on 127\\.0\\.0\\.1:(\\d+); try: dunlin sub -p \\d+ -t '#' -v");

  @TempDir Path data;

  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void end() throws InterruptedException {
    for (Process process : started) {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void readyLineNamesTheRealPortAndTermEndsWithZero() throws Exception {
    Process broker = start();
    BufferedReader out = broker.inputReader(StandardCharsets.UTF_8);

    Matcher ready = READY.matcher(String.valueOf(out.readLine()));
    assertThat(ready.matches()).as(ready.toString()).isTrue();
    assertThat(Integer.parseInt(ready.group(1))).isBetween(1, 65_535);
    broker.toHandle().destroy(); // SIGTERM; unlike Process, it leaves the streams open

    assertThat(broker.waitFor()).isEqualTo(ExitCode.OK.number());
    assertThat(out.readLine()).as("nothing else on standard output").isNull();
    assertThat(err(broker))
        .contains(" INFO  broker.started n=1", "closed")
        .doesNotContain("\u001b");
  }

  @Test
  void secondBrokerOnTheDirectoryIsToldWhoHasIt() throws Exception {
    Process first = start();
    first.inputReader(StandardCharsets.UTF_8).readLine();

    Process second = start();

    assertThat(second.waitFor()).isEqualTo(ExitCode.DATA_DIRECTORY.number());
    assertThat(err(second))
        .startsWith("dunlin: data directory ")
        .contains(" is in use by process " + first.pid() + ";")
        .hasLineCount(1);
  }

  @Test
  void logLevelOfTheOptionWins() throws Exception {
    Process broker = start("--log-level", "WARN");
    broker.inputReader(StandardCharsets.UTF_8).readLine();
    broker.toHandle().destroy();

    assertThat(broker.waitFor()).isEqualTo(ExitCode.OK.number());
    assertThat(err(broker)).doesNotContain("broker.started");
  }

  @Test
  void hangupReadsTheConfigurationAgainAndAWrongOneChangesNothing() throws Exception {
    Path file = Files.writeString(data.resolve("dunlin.yaml"), "server: {server-reference: a}\n");
    Process broker = start("--config", file.toString());
    broker.inputReader(StandardCharsets.UTF_8).readLine();
    BufferedReader err = broker.errorReader(StandardCharsets.UTF_8);

    Files.writeString(file, "server: {server-reference: b}\nlog: {level: error}\n");
    hangUp(broker);
    assertThat(awaitLine(err, "reloaded")).isEqualTo("reloaded with b");
    Files.writeString(file, "server: {server-referenc: b}\n");
    hangUp(broker);
    assertThat(awaitLine(err, "config.refused"))
        .contains("problems=", file + ":1:10: server.server-referenc: unknown key");

    broker.toHandle().destroy();
    assertThat(broker.waitFor()).isEqualTo(ExitCode.OK.number());
  }

  private static void hangUp(Process process) throws Exception {
    List<String> command = List.of("kill", "-HUP", Long.toString(process.pid()));
    assertThat(new ProcessBuilder(command).start().waitFor()).isZero();
  }

  private static String awaitLine(BufferedReader lines, String part) throws IOException {
    String line = lines.readLine();
    while (line != null && !line.contains(part)) {
      line = lines.readLine();
    }
    return String.valueOf(line);
  }

  @Test
  void takenPortEndsWith69() throws Exception {
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));

      Process broker = start("--port", Integer.toString(taken.getLocalPort()));

      assertThat(broker.waitFor()).isEqualTo(ExitCode.UNAVAILABLE.number());
      assertThat(err(broker)).contains("127.0.0.1:" + taken.getLocalPort(), "--port");
    }
  }

  @Test
  void failureWhileRunningEndsWithOne() throws Exception {
    Process broker = start("--set", "server.response-information=fails");

    assertThat(broker.waitFor()).isEqualTo(ExitCode.FAILURE.number());
    assertThat(err(broker)).contains("the disk is gone", "closed");
  }

  @Test
  void brokerThatHangsInClosingEndsWithinFiveSeconds() throws Exception {
    Process broker = start("--set", "server.response-information=hangs");
    broker.inputReader(StandardCharsets.UTF_8).readLine();

    long startNanos = System.nanoTime();
    broker.toHandle().destroy(); // SIGTERM; unlike Process, it leaves the streams open

    assertThat(broker.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(Duration.ofSeconds(5));
    assertThat(broker.exitValue()).isEqualTo(ExitCode.FAILURE.number());
    assertThat(err(broker)).contains("not closed within 4500 ms", "CountDownLatch");
  }

  private Process start(String... options) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                FakeBrokerMain.class.getName(),
                "broker",
                "--port=0",
                "--bind=127.0.0.1",
                "--data=" + data));
    // An option may be given once; those of the test stand for the general ones.
    if (List.of(options).contains("--port")) {
      command.remove("--port=0");
    }
    command.addAll(List.of(options));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("DUNLIN_LOG_LEVEL", "info");
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private static String err(Process process) throws IOException {
    return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
