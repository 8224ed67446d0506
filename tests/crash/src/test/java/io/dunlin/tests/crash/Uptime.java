package io.dunlin.tests.crash;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Tells clients when a broker is there to connect to, so that they need not try while it is down.
/// For any thread.
final class Uptime {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private int starts;
  private boolean up;

  void started() {
    set(true);
  }

  void stopped() {
    set(false);
  }

  private void set(boolean value) {
    lock.lock();
    try {
      starts += value ? 1 : 0;
      up = value;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Waits until a broker runs that started after the one numbered `seen`.
  ///
  /// @return its number
  int awaitStartAfter(int seen) throws InterruptedException {
    lock.lock();
    try {
      while (!up || starts == seen) {
        changed.await();
      }
      return starts;
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
}
