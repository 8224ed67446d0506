package io.dunlin.storage;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// The two threads of a [FileLog]: one commits, one makes spare segments and takes back old ones.
/// Thread-safe.
///
/// A waker pays a system call only when the thread sleeps. The sleeper says so first and then looks
/// for work once more, the waker brings work first and then looks whether the other sleeps: so one
/// of them sees the other.
final class LogThread {
  private static final int AWAKE = 0;

  /// Until the time it has chosen; only what is urgent wakes it.
  private static final int DOZES = 1;

  private static final int SLEEPS = 2;

  /// How long it sleeps at a time while a small group waits for more: wakes by every flush would
  /// cost more than the commit that the delay saves.
  private static final long DELAY_SLICE_NANOS = 100_000;

  private static final long RETRY_NANOS = 1_000_000_000L;

  private final FileLog log;
  private final Thread thread;
  private final Thread maintenance;
  private final AtomicInteger state = new AtomicInteger(AWAKE);
  private volatile boolean maintenanceAsked = true;
  private volatile boolean stopping;
  private volatile long busySinceNanos; // 0 while it rests

  LogThread(FileLog log, String name) {
    this.log = log;
    this.thread = new Thread(this::run, name);
    this.maintenance = new Thread(this::runMaintenance, name + "-segments");
    maintenance.setDaemon(true);
  }

  void start() {
    thread.start();
    maintenance.start();
  }

  void wake(boolean hurry) {
    int now = state.get();
    if (now != AWAKE && (hurry || now == SLEEPS) && state.compareAndSet(now, AWAKE)) {
      LockSupport.unpark(thread);
    }
  }

  Thread thread() {
    return thread;
  }

  /// When the present round of work began; 0 while there is none.
  long busySinceNanos() {
    return busySinceNanos;
  }

  void wakeMaintenance() {
    maintenanceAsked = true;
    LockSupport.unpark(maintenance);
  }

  /// Lets both threads end, and waits for it.
  void stop() throws IOException {
    stopping = true;
    LockSupport.unpark(thread);
    LockSupport.unpark(maintenance);
    if (thread.equals(Thread.currentThread())) {
      throw new IllegalStateException("a listener of the log cannot close it");
    }
    try {
      thread.join();
      maintenance.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the log was closing", e);
    }
  }

  private void run() {
    try {
      while (!stopping && !log.stopped()) {
        busySinceNanos = log.config().clock().nanos();
        int batches = log.work();
        busySinceNanos = 0;
        if (batches == 0) {
          rest();
        }
      }
      log.finish();
    } catch (RuntimeException | Error e) {
      log.fail(new IOException("the log's thread has died", e));
      throw e;
    }
  }

  private void rest() {
    long now = log.config().clock().nanos();
    long next = log.nextWorkNanos();
    if (next != Long.MAX_VALUE && log.delaysCommit()) {
      LockSupport.parkNanos(this, Math.min(DELAY_SLICE_NANOS, next - now));
      return;
    }
    state.set(next == Long.MAX_VALUE ? SLEEPS : DOZES);
    next = log.nextWorkNanos();
    if (!stopping && next > now) {
      if (next == Long.MAX_VALUE) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, next - now);
      }
    }
    state.set(AWAKE);
  }

  private void runMaintenance() {
    try {
      maintain();
    } catch (RuntimeException | Error e) { // without it no segment is made any more
      log.fail(new IOException("the log's maintenance thread has died", e));
      wake(true);
      throw e;
    }
  }

  private void maintain() {
    while (!stopping && !log.stopped()) {
      maintenanceAsked = false;
      boolean more = log.maintain();
      if (log.waitsForSpace()) {
        log.wake(true);
      }
      if (more || maintenanceAsked || stopping) {
        continue;
      }
      if (log.outOfSpace()) {
        LockSupport.parkNanos(this, RETRY_NANOS);
      } else {
        LockSupport.park(this);
      }
    }
  }
}
