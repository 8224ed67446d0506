package io.dunlin.crashtest;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// Tells clients what is on: whether a broker is there to connect to, whether there is load, and
/// when all is over. For any thread.
final class Stage {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private int starts;
  private boolean up;
  private volatile boolean loaded;
  private volatile boolean over;

  void started() {
    change(() -> {
      starts++;
      up = true;
    });
  }

  void stopped() {
    change(() -> up = false);
  }

  /// From now on there is load, or none.
  void load(boolean value) {
    change(() -> loaded = value);
  }

  /// Whether clients publish new messages and come and go.
  boolean isLoaded() {
    return loaded;
  }

  /// All clients end.
  void end() {
    change(() -> over = true);
  }

  boolean isOver() {
    return over;
  }

  /// Makes all who wait look again.
  void change(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Waits until a broker runs and the condition holds, which others change in [#change].
  ///
  /// @return the number of its start, or 0 when all is over
  int awaitUp(BooleanSupplier condition) throws InterruptedException {
    lock.lock();
    try {
      while (!over && !(up && condition.getAsBoolean())) {
        changed.await();
      }
      return over ? 0 : starts;
    } finally {
      lock.unlock();
    }
  }

  /// Whether the broker that was the `start`-th still runs.
  boolean isUp(int start) {
    lock.lock();
    try {
      return up && starts == start;
    } finally {
      lock.unlock();
    }
  }

  /// Waits so long, or until all is over.
  void pause(long millis) throws InterruptedException {
    lock.lock();
    try {
      long leftNanos = TimeUnit.MILLISECONDS.toNanos(millis);
      while (!over && leftNanos > 0) {
        leftNanos = changed.awaitNanos(leftNanos);
      }
    } finally {
      lock.unlock();
    }
  }
}
