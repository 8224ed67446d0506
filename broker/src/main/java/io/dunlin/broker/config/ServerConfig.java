package io.dunlin.broker.config;

import java.util.List;

/// What the broker tells about itself. Immutable.
///
/// @param watchdogSeconds [#WATCHDOG_SECONDS]
/// @param responseInformation [#RESPONSE_INFORMATION]
/// @param serverReference [#SERVER_REFERENCE]
public record ServerConfig(int watchdogSeconds, String responseInformation, String serverReference) {
  /// How long a thread may stand still.
  public static final Key<Integer> WATCHDOG_SECONDS =
      Key.integer(
          "server.watchdog-seconds",
          Unit.SECONDS,
          2,
          1,
          3_600,
          "How long an event loop or the log's thread may stand still before that is counted, and logged with what it does.");

  /// The prefix of response topics.
  public static final Key<String> RESPONSE_INFORMATION =
      new Key<>(
          "server.response-information",
          new KeyType.TextType(1_024),
          "",
          "The Response Information of CONNACK, for MQTT 5.0 clients that ask for it: by custom the start of their response topics. Empty: none.");

  /// Another server.
  public static final Key<String> SERVER_REFERENCE =
      new Key<>(
          "server.server-reference",
          new KeyType.TextType(1_024),
          "",
          "Another server that MQTT 5.0 clients are told to use when this one stops (Server Reference of DISCONNECT and CONNACK, with reason 0x9C). Empty: none.");

  static final List<Key<?>> KEYS =
      List.of(WATCHDOG_SECONDS, RESPONSE_INFORMATION, SERVER_REFERENCE);

  /// Checks each value.
  ///
  /// @throws InvalidConfig if one is not allowed
  public ServerConfig {
    WATCHDOG_SECONDS.check(watchdogSeconds);
    RESPONSE_INFORMATION.check(responseInformation);
    SERVER_REFERENCE.check(serverReference);
  }

  /// The same with the values of another that count from the start on.
  ServerConfig withStartValuesOf(ServerConfig other) {
    return new ServerConfig(other.watchdogSeconds, responseInformation, serverReference);
  }

  static ServerConfig from(Values values) {
    return new ServerConfig(
        values.get(WATCHDOG_SECONDS),
        values.get(RESPONSE_INFORMATION),
        values.get(SERVER_REFERENCE));
  }
}
