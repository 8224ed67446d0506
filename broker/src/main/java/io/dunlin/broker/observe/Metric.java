package io.dunlin.broker.observe;

import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/// A figure that the broker keeps about itself, in one or several series. Immutable, and
/// thread-safe to read: the values are those of the moment.
///
/// @param name `dunlin_<part>_<what>`, with its unit, or `total` for a counter, at the end
/// @param help what it says, for people
/// @param label the name of the label that tells the series apart; empty when there is one series
/// @param present the series there are now; never a client or a topic: few. Those of listeners come
///   and go by reloads, others never change
public record Metric(
    String name, Kind kind, String help, String label, Supplier<List<Series>> present) {
  private static final Pattern NAME = Pattern.compile("dunlin(_[a-z0-9]+)+");

  /// How a value moves.
  public enum Kind {
    /// It only grows, until the process ends.
    COUNTER,
    /// It goes up and down.
    GAUGE
  }

  /// One value.
  ///
  /// @param labelValue empty when the metric has no label
  public record Series(String labelValue, DoubleSupplier value) {}

  public Metric {
    if (!NAME.matcher(name).matches() || (kind == Kind.COUNTER) != name.endsWith("_total")) {
      throw new IllegalArgumentException("metric name " + name);
    }
  }

  /// One whose series never change.
  ///
  /// @param label empty when there is one series
  public Metric(String name, Kind kind, String help, String label, List<Series> series) {
    this(name, kind, help, label, fixed(series));
    if (label.isEmpty() && series.size() != 1) {
      throw new IllegalArgumentException(
          name + " without a label has " + series.size() + " series");
    }
  }

  private static Supplier<List<Series>> fixed(List<Series> series) {
    List<Series> copy = List.copyOf(series);
    return () -> copy;
  }

  /// The series there are now.
  public List<Series> series() {
    return present.get();
  }

  /// The sum of all series, now.
  public double value() {
    double sum = 0;
    for (Series s : series()) {
      sum += s.value.getAsDouble();
    }
    return sum;
  }

  /// One series, now.
  ///
  /// @throws IllegalArgumentException if there is none with that label
  public double value(String labelValue) {
    for (Series s : series()) {
      if (s.labelValue.equals(labelValue)) {
        return s.value.getAsDouble();
      }
    }
    throw new IllegalArgumentException(name + " has no " + label + "=" + labelValue);
  }
}
