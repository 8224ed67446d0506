package io.dunlin.broker.config;

import java.util.Locale;

/// What a number counts.
public enum Unit {
  /// Octets.
  BYTES,
  /// Seconds of time.
  SECONDS,
  /// Millionths of a second.
  MICROSECONDS,
  /// MQTT packets.
  PACKETS,
  /// Application messages.
  MESSAGES,
  /// Network connections.
  CONNECTIONS,
  /// Sessions, with a connection or without.
  SESSIONS,
  /// Subscriptions of a session.
  SUBSCRIPTIONS,
  /// Topic filters of one packet.
  FILTERS,
  /// Levels of a topic, separated by `/`.
  LEVELS,
  /// Topic aliases of one connection.
  ALIASES,
  /// Event loop threads with what they own.
  SHARDS,
  /// A TCP port.
  PORT;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
