package io.dunlin.broker.config;

/// How an event looks in the log.
public enum LogFormat {
  /// A line for people: time, level, event, fields.
  TEXT,
  /// A line with one JSON object, for programs.
  JSON
}
