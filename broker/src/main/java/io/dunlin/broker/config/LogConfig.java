package io.dunlin.broker.config;

import io.dunlin.broker.config.KeyType.EnumType;
import java.util.List;

/// What is logged. Immutable. The command obeys it; a program that embeds the broker has its own
/// logging.
///
/// @param level [#LEVEL]
public record LogConfig(Level level) {
  /// How much is logged.
  public enum Level {
    /// What wakes someone.
    ERROR,
    /// And what is odd.
    WARN,
    /// And what begins and ends.
    INFO,
    /// And the life of each connection.
    DEBUG,
    /// Everything.
    TRACE
  }

  /// From which level on.
  public static final Key<Level> LEVEL =
      new Key<>(
          "log.level",
          new EnumType<>(Level.class),
          "info",
          "How much is logged: error is what wakes someone; warn adds what is odd, info what begins"
              + " and ends, debug the life of each connection, trace everything.");

  static final List<Key<?>> KEYS = List.of(LEVEL);

  static LogConfig from(Values values) {
    return new LogConfig(values.get(LEVEL));
  }
}
