package io.dunlin.broker.config;

import java.util.Locale;

/// How much is logged.
public enum LogLevel {
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
