package io.dunlin.broker.shard;

import java.util.concurrent.atomic.AtomicInteger;

/// How many connections there are on all listeners and loops, and how many there may be.
/// Thread-safe.
public final class Admission {
  private volatile int most;
  private final AtomicInteger present = new AtomicInteger();

  /// @param most how many there may be at a time
  public Admission(int most) {
    this.most = most;
  }

  /// There may be another number from now on. Those that are there stay.
  public void limit(int newMost) {
    most = newMost;
  }

  /// Lets one more connection in; false when there are as many as there may be.
  public boolean enter() {
    if (present.incrementAndGet() > most) {
      leave();
      return false;
    }
    return true;
  }

  /// A connection that was let in has ended.
  public void leave() {
    present.decrementAndGet();
  }

  /// How many there are.
  public int present() {
    return present.get();
  }
}
