package io.dunlin.tests.interop;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/// A broker in a process of its own: one port and one data directory, and a process that can be
/// killed and started again on them. Used by one thread; [#output] by any.
///
/// The command line comes from the system property `dunlin.broker.command`, with `{port}` and
/// `{data}` in it; without it this repository's own broker runs.
public final class BrokerProcess implements AutoCloseable {
  private static final Duration START_TIMEOUT = Duration.ofMinutes(2);

  private static final Duration END_TIMEOUT = Duration.ofSeconds(30);

  /// Below the ports that systems give to outgoing connections: nothing takes the port while the
  /// broker is down.
  private static final int FIRST_PORT = 12_000;

  private static final int PORTS = 20_000;

  private final Path data;
  private final boolean ownsData;
  private final int port;
  private final List<String> options;
  private final List<String> output = new ArrayList<>();
  private Process process;
  private Thread reader = Thread.ofVirtual().unstarted(() -> {});

  private BrokerProcess(Path data, boolean ownsData, List<String> options) {
    this.data = data;
    this.ownsData = ownsData;
    this.options = List.copyOf(options);
    port = freePort();
    process = launch();
  }

  /// Starts a broker on an empty directory, and waits until it is ready.
  ///
  /// @param options more of the command line, such as `--set key=value`
  public static BrokerProcess start(String... options) {
    try {
      return start(Files.createTempDirectory("dunlin-broker"), true, options);
    } catch (IOException e) {
      throw new UncheckedIOException("no directory for a broker", e);
    }
  }

  /// Starts a broker on that directory, which stays when it is closed.
  public static BrokerProcess startOn(Path data, String... options) {
    return start(data, false, options);
  }

  private static BrokerProcess start(Path data, boolean ownsData, String... options) {
    BrokerProcess broker = new BrokerProcess(data, ownsData, List.of(options));
    Runtime.getRuntime().addShutdownHook(new Thread(broker::close));
    broker.awaitReady();
    return broker;
  }

  /// Starts another process on this one's directory and another port, and does not wait.
  public BrokerProcess startOnSameData() {
    BrokerProcess second = new BrokerProcess(data, false, options);
    var _ = second.readOutput();
    return second;
  }

  /// The address that clients connect to.
  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /// The port that clients connect to; it stays.
  public int port() {
    return port;
  }

  /// The pid of the process that runs, or ran last.
  public long pid() {
    return process.pid();
  }

  /// All lines that its processes have written so far.
  public String output() {
    synchronized (output) {
      return String.join("\n", output);
    }
  }

  /// Ends the process as `kill -9` does, and waits for its end.
  public void kill() {
    process.destroyForcibly();
    awaitEnd();
  }

  /// Ends the process as `kill` does, and waits for its end.
  ///
  /// @return its exit code
  public int terminate() {
    process.destroy();
    return awaitEnd();
  }

  /// Waits for the end of the process.
  ///
  /// @return its exit code
  public int awaitEnd() {
    try {
      if (!process.waitFor(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("the broker does not end: " + output());
      }
      reader.join();
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the broker's end", e);
    }
  }

  /// Starts a process on the same port and directory, after the one before has ended; waits until
  /// it is ready.
  public void restart() {
    process = launch();
    awaitReady();
  }

  /// Kills the process if it runs, and deletes its directory.
  @Override
  public void close() {
    kill();
    if (ownsData) {
      try (Stream<Path> files = Files.walk(data)) {
        files.sorted((a, b) -> b.compareTo(a)).forEach(path -> path.toFile().delete());
      } catch (IOException | UncheckedIOException e) {
        // A temporary directory that stays harms nobody.
      }
    }
  }

  /// This repository's broker, of the classes that this JVM was started with.
  private static String dunlin() {
    return "'"
        + Path.of(System.getProperty("java.home"), "bin", "java")
        + "' -ea -XX:+UseSerialGC -XX:+UseCompactObjectHeaders --enable-native-access=ALL-UNNAMED"
        + " --sun-misc-unsafe-memory-access=allow -cp '"
        + System.getProperty("java.class.path")
        + "' io.dunlin.cli.Main broker --port {port} --data {data}";
  }

  /// The command line of the broker under test for a shell, with `{port}` and `{data}`.
  ///
  /// @param options more of it
  public static String command(List<String> options) {
    String configured = System.getProperty("dunlin.broker.command", "");
    return (configured.isEmpty() ? dunlin() : configured)
        + options.stream().map(option -> " '" + option + "'").reduce("", String::concat);
  }

  private Process launch() {
    String command =
        command(options)
            .replace("{port}", Integer.toString(port))
            .replace("{data}", data.toString());
    synchronized (output) {
      output.add("$ " + command);
    }
    try {
      return new ProcessBuilder("/bin/sh", "-c", "exec " + command)
          .directory(Path.of(System.getProperty("dunlin.root", ".")).toFile())
          .redirectErrorStream(true)
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException("starting " + command, e);
    }
  }

  /// @return completed with whether the process said that it is ready before it ended
  private CompletableFuture<Boolean> readOutput() {
    CompletableFuture<Boolean> ready = new CompletableFuture<>();
    BufferedReader lines = process.inputReader();
    reader = Thread.ofVirtual().start(() -> readLines(lines, ready));
    return ready;
  }

  private void awaitReady() {
    try {
      if (!readOutput().get(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("the broker ended before it was ready: " + output());
      }
    } catch (TimeoutException | ExecutionException e) {
      throw new IllegalStateException("the broker is not ready: " + output(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while starting a broker", e);
    }
  }

  private void readLines(BufferedReader lines, CompletableFuture<Boolean> ready) {
    try {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        synchronized (output) {
          output.add(line);
        }
        if (line.contains(" ready on ")) {
          ready.complete(true);
        }
      }
    } catch (IOException e) {
      // The pipe broke: the process is gone.
    }
    ready.complete(false);
  }

  private static int freePort() {
    for (int tries = 0; tries < 100; tries++) {
      int port = FIRST_PORT + ThreadLocalRandom.current().nextInt(PORTS);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException e) {
        // Somebody has it: the next one.
      }
    }
    throw new IllegalStateException("no free port");
  }
}
