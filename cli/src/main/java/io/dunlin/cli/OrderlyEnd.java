package io.dunlin.cli;

import java.time.Duration;

/// The shutdown hook: closes the broker, and settles the exit code. Left alone the JVM would end
/// with 143 after SIGTERM, however well all went; an orderly end is 0.
final class OrderlyEnd implements Runnable {
  /// A little less than the 5 seconds that we promise.
  private static final Duration PATIENCE = Duration.ofMillis(4_500);

  private final RunningBroker broker;
  private final Surroundings around;
  private volatile ExitCode exitCode = ExitCode.OK;

  OrderlyEnd(RunningBroker broker, Surroundings around) {
    this.broker = broker;
    this.around = around;
  }

  /// The process is about to end because the broker failed: its exit code says so.
  void failed() {
    exitCode = ExitCode.FAILURE;
  }

  @Override
  public void run() {
    Thread closing = Thread.ofPlatform().daemon().name("dunlin-close").start(this::close);
    try {
      if (!closing.join(PATIENCE)) {
        around.error(
            "not closed within " + PATIENCE.toMillis() + " ms, ending anyway; it hangs at");
        for (StackTraceElement element : closing.getStackTrace()) {
          around.err().println("  at " + element);
        }
        exitCode = ExitCode.FAILURE;
      }
    } catch (InterruptedException e) {
      exitCode = ExitCode.FAILURE; // Nobody interrupts a hook; if somebody does, we are in a hurry.
    }
    Logging.stop();
    around.out().flush();
    around.err().flush();
    Runtime.getRuntime().halt(exitCode.number());
  }

  private void close() {
    new Systemd(around).stopping();
    try {
      broker.close();
    } catch (RuntimeException | Error e) {
      around.error("closing failed: " + e);
      exitCode = ExitCode.FAILURE;
    }
  }
}
