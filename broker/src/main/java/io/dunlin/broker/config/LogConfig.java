package io.dunlin.broker.config;

import io.dunlin.broker.config.KeyType.EnumType;
import java.util.List;

/// What is logged, and how it looks. Immutable. The command obeys it; an embedding program has a
/// logging of its own.
///
/// @param level [#LEVEL]
/// @param format [#FORMAT]
public record LogConfig(LogLevel level, LogFormat format) {
  /// How much is logged.
  public static final Key<LogLevel> LEVEL =
      new Key<>(
          "log.level",
          new EnumType<>(LogLevel.class),
          "info",
          "How much is logged. 'dunlin ctl log-level' changes it while the broker runs.");

  /// How an event looks.
  public static final Key<LogFormat> FORMAT =
      new Key<>(
          "log.format",
          new EnumType<>(LogFormat.class),
          "text",
          "How an event looks on standard error: a line of text, coloured on a terminal, or one JSON object a line.");

  static final List<Key<?>> KEYS = List.of(LEVEL, FORMAT);

  static LogConfig from(Values values) {
    return new LogConfig(values.get(LEVEL), values.get(FORMAT));
  }
}
