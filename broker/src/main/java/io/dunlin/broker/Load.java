package io.dunlin.broker;

import io.dunlin.base.OwnedBy;
import java.util.Locale;
import java.util.function.DoubleSupplier;

/// How fast a counter has grown lately, per minute, as Mosquitto reckons it: a mean in which the
/// past fades with e^(-t/minutes).
@OwnedBy("background")
final class Load {
  private static final double MINUTE_NANOS = 60e9;

  private final int minutes;
  private final DoubleSupplier counter;
  private double last;
  private long lastNanos;
  private double perMinute;

  Load(int minutes, DoubleSupplier counter, long nowNanos) {
    this.minutes = minutes;
    this.counter = counter;
    this.last = counter.getAsDouble();
    this.lastNanos = nowNanos;
  }

  void update(long nowNanos) {
    double elapsedMinutes = (nowNanos - lastNanos) / MINUTE_NANOS;
    if (elapsedMinutes <= 0) {
      return;
    }
    double now = counter.getAsDouble();
    double rate = (now - last) / elapsedMinutes;
    double fades = Math.exp(-elapsedMinutes / minutes);
    perMinute = rate + fades * (perMinute - rate);
    last = now;
    lastNanos = nowNanos;
  }

  double perMinute() {
    return perMinute;
  }

  String text() {
    return String.format(Locale.ROOT, "%.2f", perMinute);
  }
}
