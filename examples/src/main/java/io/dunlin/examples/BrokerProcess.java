package io.dunlin.examples;

import io.dunlin.client.BrokerAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// `dunlin broker` as a process of its own, which can be killed and started again on the same data
/// and ports.
final class BrokerProcess implements AutoCloseable {
  private final Path command;
  private final Path data;
  private final int port;
  private final int webSocketPort;
  private Process process;

  /// Starts it, and returns when it accepts connections.
  BrokerProcess(Path command, Path data) throws IOException {
    this.command = command;
    this.data = data;
    port = freePort();
    webSocketPort = freePort();
    process = start();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private Process start() throws IOException {
    Process started =
        new ProcessBuilder(
                command.toString(),
                "broker",
                "--port",
                Integer.toString(port),
                "--ws-port",
                Integer.toString(webSocketPort),
                "--data",
                data.toString(),
                "--log-level",
                "warn")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader said = started.inputReader(StandardCharsets.UTF_8);
    String line = said.readLine();
    while (line != null && !line.contains(" ready ")) {
      line = said.readLine();
    }
    if (line == null) {
      throw new IOException("the broker ended before it was ready; it says why above");
    }
    return started;
  }

  BrokerAddress address() {
    return BrokerAddress.tcp("127.0.0.1", port);
  }

  /// Where a browser reaches it.
  String webSocketUrl() {
    return "ws://127.0.0.1:" + webSocketPort + "/mqtt";
  }

  /// Kills it as `kill -9` does: nothing is told to it, nothing is saved.
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /// Starts it again.
  void restart() throws IOException {
    process = start();
  }

  /// Ends it in order.
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
