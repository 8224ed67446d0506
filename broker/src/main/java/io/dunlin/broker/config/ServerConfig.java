package io.dunlin.broker.config;

import java.util.List;

/// What the broker tells about itself. Immutable.
///
/// @param sysIntervalSeconds [#SYS_INTERVAL_SECONDS]
/// @param watchdogSeconds [#WATCHDOG_SECONDS]
/// @param responseInformation [#RESPONSE_INFORMATION]
/// @param serverReference [#SERVER_REFERENCE]
public record ServerConfig(
    int sysIntervalSeconds,
    int watchdogSeconds,
    String responseInformation,
    String serverReference) {
  /// How often `$SYS` topics are published.
  public static final Key<Integer> SYS_INTERVAL_SECONDS =
      Key.integer(
          "server.sys-interval-seconds",
          Unit.SECONDS,
          10,
          0,
          3_600,
          "Time between two rounds of the $SYS topics; 0: none.");

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
          "Another server that MQTT 5.0 clients are told to use when this one stops (Server Reference, with reason 0x9C). Empty: none.");

  static final List<Key<?>> KEYS =
      List.of(SYS_INTERVAL_SECONDS, WATCHDOG_SECONDS, RESPONSE_INFORMATION, SERVER_REFERENCE);

  /// Checks each value.
  ///
  /// @throws InvalidConfig if one is not allowed
  public ServerConfig {
    SYS_INTERVAL_SECONDS.check(sysIntervalSeconds);
    WATCHDOG_SECONDS.check(watchdogSeconds);
    RESPONSE_INFORMATION.check(responseInformation);
    SERVER_REFERENCE.check(serverReference);
  }

  static ServerConfig from(Values values) {
    return new ServerConfig(
        values.get(SYS_INTERVAL_SECONDS),
        values.get(WATCHDOG_SECONDS),
        values.get(RESPONSE_INFORMATION),
        values.get(SERVER_REFERENCE));
  }
}
