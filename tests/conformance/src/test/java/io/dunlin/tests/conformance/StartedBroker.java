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
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A broker that runs as a process of its own, on a free port and an empty directory, until this
/// JVM ends.
final class StartedBroker implements BrokerUnderTest {
  private static final String DUNLIN = "./dunlin broker --port {port} --data {data}";
  private static final Duration START_TIMEOUT = Duration.ofMinutes(5);

  private final Process process;
  private final int port;
  private final boolean explains;

  /// @param command run by a shell in the root of the repository; {port} and {data} are filled in
  StartedBroker(String command, boolean explains) {
    this.explains = explains;
    try {
      port = freePort();
      Path data = Files.createTempDirectory("dunlin-conformance");
      Path output = data.resolve("output.txt");
      String filled =
          command.replace("{port}", Integer.toString(port)).replace("{data}", data.toString());
      process =
          new ProcessBuilder("/bin/sh", "-c", "exec " + filled)
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

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /// Waits until the port accepts connections; the process ending first is the failure.
  private void awaitPort(String command, Path output) throws IOException {
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
        "no broker on port " + port + " by `" + command + "`: " + Files.readString(output));
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
          ? new StartedBroker(DUNLIN, true)
          : new StartedBroker(command, explains);
    }
  }
}
