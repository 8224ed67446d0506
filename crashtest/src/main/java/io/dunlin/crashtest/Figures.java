package io.dunlin.crashtest;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/// What was sent, acknowledged and broken. Immutable.
///
/// @param sent messages published, each counted once however often it was sent
/// @param acknowledged those that the broker took over, by PUBACK or PUBREC
/// @param faults by kind; absent is 0
public record Figures(long sent, long acknowledged, Map<Fault, Long> faults) {
  /// Nothing yet.
  public static final Figures NONE = new Figures(0, 0, Map.of());

  public Figures {
    Map<Fault, Long> copy = new EnumMap<>(Fault.class);
    copy.putAll(faults);
    faults = Collections.unmodifiableMap(copy);
  }

  /// How many times that promise was broken.
  public long count(Fault fault) {
    return faults.getOrDefault(fault, 0L);
  }

  /// Whether no promise was broken that a mode demands.
  public boolean isClean(Mode mode) {
    return faults.entrySet().stream()
        .allMatch(entry -> entry.getValue() == 0 || !mode.forbids(entry.getKey()));
  }

  /// Both together.
  public Figures plus(Figures other) {
    return combined(other, 1);
  }

  /// What came since `earlier`.
  public Figures minus(Figures earlier) {
    return combined(earlier, -1);
  }

  private Figures combined(Figures other, int sign) {
    Map<Fault, Long> sums = new EnumMap<>(Fault.class);
    for (Fault fault : Fault.values()) {
      sums.put(fault, count(fault) + sign * other.count(fault));
    }
    return new Figures(sent + sign * other.sent, acknowledged + sign * other.acknowledged, sums);
  }
}
