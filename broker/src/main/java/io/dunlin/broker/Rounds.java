package io.dunlin.broker;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Does things again and again, on a thread of its own. What one of them throws is logged, and its
/// next round comes all the same. Thread-safe.
final class Rounds {
  private static final Logger LOG = LoggerFactory.getLogger(Rounds.class);

  private final String threadName;
  private final ScheduledExecutorService thread;

  /// On a thread of this name.
  Rounds(String threadName) {
    this.threadName = threadName;
    thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name(threadName).daemon().factory());
  }

  /// From now on does `round` so many milliseconds after it was done.
  ///
  /// @param name for the log
  void every(long millis, String name, Runnable round) {
    ScheduledFuture<?> _ =
        thread.scheduleWithFixedDelay(
            () -> guarded(name, round), millis, millis, TimeUnit.MILLISECONDS);
  }

  private static void guarded(String name, Runnable round) {
    try {
      round.run();
    } catch (RuntimeException | Error e) { // or there would be no next one
      LOG.error("round.failed round={} error={}", name, e.toString(), e);
    }
  }

  /// No round begins any more; one that has begun is not interrupted.
  void stop() {
    thread.shutdown();
  }

  /// Waits, after [#stop], for what has begun, but no longer than that.
  void awaitEnd(long seconds) {
    try {
      if (!thread.awaitTermination(seconds, TimeUnit.SECONDS)) {
        LOG.warn("{}.stopping slowly", threadName);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
