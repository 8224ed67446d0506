package io.dunlin.storage;

import io.dunlin.base.Clock;

/// A clock that stands still until it is moved. Owned by the test.
final class TestClock implements Clock {
  private long nanos = 1_000_000_000_000L;

  void advance(long deltaNanos) {
    nanos += deltaNanos;
  }

  void advanceTo(long moment) {
    nanos = Math.max(nanos, moment);
  }

  @Override
  public long nanos() {
    return nanos;
  }

  @Override
  public long epochMillis() {
    return nanos / 1_000_000;
  }
}
