package io.dunlin.crashtest;

import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A broker in a process of its own, or in several: one command line, one port, and processes that
/// end and are started again. Used by one thread.
final class BrokerUnderTest implements AutoCloseable {
  private static final Duration START_TIMEOUT = Duration.ofMinutes(2);
  private static final Duration END_TIMEOUT = Duration.ofSeconds(30);
  private static final long LOOK_AGAIN_NANOS = 2_000_000;
  private static final int OUTPUT_SHOWN_BYTES = 2_000;

  /// Below the ports that systems give to outgoing connections: nothing takes the port while the
  /// broker is down.
  private static final int FIRST_PORT = 12_000;

  private static final int PORTS = 20_000;

  private final List<String> command;
  private final Path output;
  private final InetSocketAddress address;
  private final MqttVersion version;
  private final Runnable beforeEnd;
  private @Nullable Process process;

  /// @param command with `{port}` and `{data}`
  /// @param output a file for what it says
  /// @param beforeEnd is called before it is made to end
  BrokerUnderTest(
      List<String> command, Path data, Path output, MqttVersion version, Runnable beforeEnd)
      throws IOException {
    int port = freePort();
    address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.command =
        command.stream()
            .map(word ->
                word.replace("{port}", Integer.toString(port)).replace("{data}", data.toString()))
            .toList();
    this.output = output;
    this.version = version;
    this.beforeEnd = beforeEnd;
  }

  InetSocketAddress address() {
    return address;
  }

  /// Starts it, and waits until it answers a CONNECT.
  ///
  /// @return how long that took
  Duration start() throws IOException {
    long begunNanos = System.nanoTime();
    Process started =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
            .start();
    process = started;
    while (!answers()) {
      if (!started.isAlive()) {
        throw new BrokerDoesNotStart(
            "the broker ended with " + started.exitValue() + " instead of starting" + lastWords());
      }
      if (System.nanoTime() - begunNanos > START_TIMEOUT.toNanos()) {
        throw new BrokerDoesNotStart(
            "no answer at " + address + " for " + START_TIMEOUT.toSeconds() + " s" + lastWords());
      }
      LockSupport.parkNanos(LOOK_AGAIN_NANOS);
    }
    return Duration.ofNanos(System.nanoTime() - begunNanos);
  }

  private boolean answers() {
    try (Wire wire = new Wire(address, Connect.builder(version, "crashtest").build())) {
      return !wire.sessionPresent();
    } catch (IOException e) {
      return false;
    }
  }

  /// What it said last, behind a colon; empty when nothing.
  String lastWords() throws IOException {
    if (!Files.exists(output)) {
      return "";
    }
    byte[] bytes = Files.readAllBytes(output);
    int from = Math.max(0, bytes.length - OUTPUT_SHOWN_BYTES);
    return ":\n" + new String(bytes, from, bytes.length - from, System.out.charset()).strip();
  }

  /// Waits so long, or until it ended by itself.
  boolean endsWithin(Duration time) throws InterruptedException {
    return running().waitFor(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  /// Ends all of its processes as `kill -9` does, and waits for the end.
  void kill() throws InterruptedException {
    beforeEnd.run();
    killAll(running());
    if (!running().waitFor(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException("process " + running().pid() + " cannot be killed");
    }
  }

  private static void killAll(Process process) {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
  }

  /// Asks it to end as `kill` does; false when it does not and had to be killed.
  boolean terminate() throws InterruptedException {
    beforeEnd.run();
    running().destroy();
    boolean ended = running().waitFor(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    if (!ended) {
      kill();
    }
    return ended;
  }

  /// Stops all of its processes where they are, until they are killed.
  void freeze() throws IOException, InterruptedException {
    beforeEnd.run();
    List<ProcessHandle> all = new ArrayList<>(running().descendants().toList());
    all.add(running().toHandle());
    for (ProcessHandle each : all) {
      Program.run("kill", "-STOP", Long.toString(each.pid()));
      while (each.isAlive() && !isStopped(each.pid())) {
        Thread.onSpinWait();
      }
    }
  }

  private static boolean isStopped(long pid) throws IOException {
    String status = Files.readString(Path.of("/proc/" + pid + "/stat"));
    return status.charAt(status.lastIndexOf(')') + 2) == 'T';
  }

  private Process running() {
    if (process == null) {
      throw new IllegalStateException("not started");
    }
    return process;
  }

  /// Kills it, if it runs.
  @Override
  public void close() {
    if (process != null) {
      killAll(process);
      process.onExit().join();
    }
  }

  private static int freePort() throws IOException {
    for (int tries = 0; tries < 100; tries++) {
      int port = FIRST_PORT + ThreadLocalRandom.current().nextInt(PORTS);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException e) {
        // Somebody has it: the next one.
      }
    }
    throw new IOException("no free port from " + FIRST_PORT + " to " + (FIRST_PORT + PORTS - 1));
  }
}
