package io.dunlin.broker.config;

import java.util.List;

/// The `$SYS` topics. Immutable.
///
/// @param intervalSeconds [#INTERVAL_SECONDS]
public record SysConfig(int intervalSeconds) {
  /// How often they are published.
  public static final Key<Integer> INTERVAL_SECONDS =
      Key.integer(
          "sys.interval-seconds",
          Unit.SECONDS,
          10,
          0,
          3_600,
          "Time between two rounds of the $SYS topics. As long as nobody subscribes to them, nothing is published. 0: never.");

  static final List<Key<?>> KEYS = List.of(INTERVAL_SECONDS);

  /// Checks each value.
  ///
  /// @throws InvalidConfig if one is not allowed
  public SysConfig {
    INTERVAL_SECONDS.check(intervalSeconds);
  }

  static SysConfig from(Values values) {
    return new SysConfig(values.get(INTERVAL_SECONDS));
  }
}
