package io.dunlin.tests.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A broker that runs as a process of its own, on a free port and an empty directory, until this
/// JVM ends.
final class StartedBroker implements BrokerUnderTest {
  /// As the launcher has them, and assertions.
  private static final List<String> JVM_OPTIONS =
      List.of(
          "-ea",
          "-XX:+UseSerialGC",
          "-XX:+UseCompactObjectHeaders",
          "-Xms32m",
          "-Xmn16m",
          "-XX:+ExitOnOutOfMemoryError",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow");

  private static final Duration START_TIMEOUT = Duration.ofMinutes(1);

  private final Process process;
  private final int port;
  private final boolean explains;

  /// @param command run in the root of the repository; {port} and {data} are filled in
  private StartedBroker(List<String> command, boolean explains) {
    this.explains = explains;
    try {
      port = freePort();
      Path data = Files.createTempDirectory("dunlin-conformance");
      Path output = data.resolve("output.txt");
      List<String> filled =
          command.stream()
              .map(part -> part.replace("{port}", Integer.toString(port)))
              .map(part -> part.replace("{data}", data.toString()))
              .toList();
      process =
          new ProcessBuilder(filled)
              .directory(Path.of(System.getProperty("dunlin.root", ".")).toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(data)));
      awaitPort(filled, output);
    } catch (IOException e) {
      throw new UncheckedIOException("starting " + command, e);
    }
  }

  /// This repository's own, of the classes that this JVM was started with.
  ///
  /// @param options of the command line, separated by blanks
  static StartedBroker dunlin(String options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM_OPTIONS);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.dunlin.cli.Main"));
    command.addAll(List.of("broker", "--port", "{port}", "--data", "{data}"));
    command.addAll(List.of("--set", "server.response-information=answers"));
    Arrays.stream(options.split(" ")).filter(option -> !option.isEmpty()).forEach(command::add);
    return new StartedBroker(command, true);
  }

  /// Any other, as a shell takes it.
  static StartedBroker shell(String command, boolean explains) {
    return new StartedBroker(List.of("/bin/sh", "-c", "exec " + command), explains);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /// Waits until the port accepts connections; the process ending first is the failure.
  private void awaitPort(List<String> command, Path output) throws IOException {
    long deadlineNanos = System.nanoTime() + START_TIMEOUT.toNanos();
    while (System.nanoTime() < deadlineNanos) {
      try (Socket socket = new Socket(host(), port)) {
        assert socket.isConnected();
        return;
      } catch (ConnectException e) {
        if (ended()) {
          break;
        }
      }
    }
    throw new IllegalStateException(
        "no broker on port " + port + " by " + command + ": " + Files.readString(output));
  }

  private boolean ended() {
    try {
      return process.waitFor(50, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  private void stop(Path data) {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      try (Stream<Path> files = Files.walk(data)) {
        files.sorted((a, b) -> b.compareTo(a)).forEach(path -> path.toFile().delete());
      }
    } catch (IOException | InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String host() {
    return InetAddress.getLoopbackAddress().getHostAddress();
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public boolean explains() {
    return explains;
  }

  /// Started when first asked for.
  static final class OfThisRun {
    static final BrokerUnderTest BROKER = choose();

    private OfThisRun() {}

    private static BrokerUnderTest choose() {
      String host = System.getProperty("dunlin.conformance.host", "");
      String command = System.getProperty("dunlin.conformance.command", "");
      boolean explains = Boolean.getBoolean("dunlin.conformance.explains");
      if (!host.isEmpty()) {
        return new RunningBroker(
            host, Integer.getInteger("dunlin.conformance.port", 1883), explains);
      }
      return command.isEmpty()
          ? dunlin(System.getProperty("dunlin.conformance.options", ""))
          : shell(command, explains);
    }
  }
}
