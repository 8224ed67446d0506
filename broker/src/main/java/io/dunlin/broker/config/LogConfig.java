package io.dunlin.broker.config;

import io.dunlin.broker.config.KeyType.EnumType;
import java.util.List;
import java.util.Locale;

/// What is logged. Immutable. The command obeys it; a program that embeds the broker has its own
/// logging.
///
/// @param level [#LEVEL]
/// @param format [#FORMAT]
public record LogConfig(Level level, Format format) {
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
    TRACE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// How an event looks.
  public enum Format {
    /// A line for people: time, level, event, fields.
    TEXT,
    /// A line with one JSON object, for programs.
    JSON
  }

  /// From which level on.
  public static final Key<Level> LEVEL =
      new Key<>(
          "log.level",
          new EnumType<>(Level.class),
          "info",
          "How much is logged: error is what wakes someone; warn adds what is odd, info what begins"
              + " and ends, debug the life of each connection, trace everything.");

  /// How an event looks.
  public static final Key<Format> FORMAT =
      new Key<>(
          "log.format",
          new EnumType<>(Format.class),
          "text",
          "How an event looks on standard error: a line of text, coloured on a terminal, or one JSON"
              + " object a line.");

  static final List<Key<?>> KEYS = List.of(LEVEL, FORMAT);

  static LogConfig from(Values values) {
    return new LogConfig(values.get(LEVEL), values.get(FORMAT));
  }
}
