package io.dunlin.examples;

import io.dunlin.client.ClientException;
import io.dunlin.client.Reconnect;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// The example's program: `Show household|factory [SECONDS] [PAGE_PORT]`.
///
/// Starts a broker, the devices of a scene, a recorder and a page. A quarter into the time the
/// recorder goes away, at the half it comes back, at three quarters the broker is killed and
/// started again. At the end it accounts for every message that the broker has acknowledged. Exit
/// code 0: none is missing; 1: some are.
final class Show {
  /// A local broker is back within a second or two.
  static final Reconnect SOON =
      new Reconnect(Duration.ofMillis(100), Duration.ofSeconds(1), Integer.MAX_VALUE);

  private static final int DEFAULT_SECONDS = 60;
  private static final long TICK_MILLIS = 250;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

  private final PrintStream out;
  private final Scene scene;
  private final long quarterMillis;
  private final int pagePort;

  private Show(PrintStream out, Scene scene, long seconds, int pagePort) {
    this.out = out;
    this.scene = scene;
    this.quarterMillis = seconds * 250;
    this.pagePort = pagePort;
  }

  public static void main(String[] args) throws Exception {
    Locale.setDefault(Locale.ROOT); // JSON has a point in its numbers
    if (args.length < 1 || args.length > 3) {
      System.err.println("usage: household|factory [SECONDS] [PAGE_PORT]");
      System.exit(2);
    }
    Scene scene = Scene.named(args[0], 2_026);
    long seconds = args.length < 2 ? DEFAULT_SECONDS : Long.parseLong(args[1]);
    int pagePort = args.length < 3 ? 0 : Integer.parseInt(args[2]);
    Path command = Path.of(System.getProperty("dunlin.command", "./dunlin")).toAbsolutePath();
    Path data = Files.createTempDirectory("dunlin-example");
    boolean complete;
    try (BrokerProcess broker = new BrokerProcess(command, data)) {
      complete = new Show(System.out, scene, seconds, pagePort).run(broker);
    } finally {
      delete(data);
    }
    System.exit(complete ? 0 : 1);
  }

  private boolean run(BrokerProcess broker) throws Exception {
    List<RunningDevice> devices = new ArrayList<>();
    try (PageServer page = new PageServer(pagePort, broker.webSocketUrl(), scene);
        Recorder recorder = new Recorder(broker.address(), scene.filters())) {
      recorder.come();
      for (Device device : scene.devices()) {
        devices.add(new RunningDevice(device, broker.address()));
      }
      out.println(scene.title() + ": " + devices.size() + " devices publish; see " + page.url());
      try (ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor()) {
        var _ =
            clock.scheduleAtFixedRate(
                () -> devices.forEach(RunningDevice::tick), 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
        tell(broker, recorder);
        clock.shutdownNow();
      }
      await(() -> devices.stream().allMatch(d -> d.acknowledged() == d.published()));
      await(() ->
          devices.stream().allMatch(d -> recorder.on(d.topic()).missing(d.acknowledged()) == 0));
      return account(devices, recorder);
    } finally {
      devices.forEach(RunningDevice::close);
    }
  }

  /// What happens while the devices publish.
  private void tell(BrokerProcess broker, Recorder recorder)
      throws IOException, InterruptedException, ClientException {
    Thread.sleep(quarterMillis);
    int before = recorder.received();
    recorder.leave();
    out.println("the recorder has " + before + " messages and goes away");

    Thread.sleep(quarterMillis);
    recorder.come();
    await(() -> recorder.received() > before);
    Thread.sleep(TICK_MILLIS);
    out.println(
        "the recorder is back and got the " + (recorder.received() - before) + " that it missed");

    Thread.sleep(quarterMillis);
    broker.kill();
    out.println("the broker is killed (kill -9), and started again on the same data");
    broker.restart();

    Thread.sleep(quarterMillis);
  }

  private boolean account(List<RunningDevice> devices, Recorder recorder) {
    out.printf(
        "%-20s %12s %10s %8s %8s%n", "device", "acknowledged", "received", "missing", "twice");
    long missing = 0;
    for (RunningDevice device : devices) {
      Recorder.Seen seen = recorder.on(device.topic());
      long lost = seen.missing(device.acknowledged());
      missing += lost;
      out.printf(
          "%-20s %12d %10d %8d %8d%n",
          device.name(), device.acknowledged(), seen.received(), lost, seen.doubled());
    }
    out.println(
        missing == 0
            ? "nothing that the broker acknowledged is missing"
            : missing + " acknowledged messages are missing");
    return missing == 0;
  }

  /// Something that becomes true by itself.
  private interface Condition {
    boolean holds();
  }

  private static void await(Condition condition) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!condition.holds() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
