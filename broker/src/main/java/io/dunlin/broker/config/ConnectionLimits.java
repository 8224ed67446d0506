package io.dunlin.broker.config;

import java.util.List;

/// What one network connection, and all of them together, may cost. Immutable.
///
/// @param maxConnections [#MAX_CONNECTIONS]
/// @param connectTimeoutSeconds [#CONNECT_TIMEOUT_SECONDS]
/// @param connectInputBytes [#CONNECT_INPUT_BYTES]
/// @param keepAliveMaxSeconds [#KEEP_ALIVE_MAX_SECONDS]
/// @param outboxMaxBytes [#OUTBOX_MAX_BYTES]
/// @param topicAliasMax [#TOPIC_ALIAS_MAX]
/// @param topicAliasMaxOutgoing [#TOPIC_ALIAS_MAX_OUTGOING]
public record ConnectionLimits(
    int maxConnections,
    int connectTimeoutSeconds,
    int connectInputBytes,
    int keepAliveMaxSeconds,
    int outboxMaxBytes,
    int topicAliasMax,
    int topicAliasMaxOutgoing) {
  /// How many connections there may be.
  public static final Key<Integer> MAX_CONNECTIONS =
      Key.integer(
          "connection.max-connections",
          Unit.CONNECTIONS,
          20_000,
          1,
          10_000_000,
          "Connections open at a time, over all listeners. Further ones are counted, and refused when their CONNECT has come: with CONNACK 0x97, before MQTT 5.0 with 3; where they pile up, they are closed at once.");

  /// How long CONNECT may take.
  public static final Key<Integer> CONNECT_TIMEOUT_SECONDS =
      Key.integer(
          "connection.connect-timeout-seconds",
          Unit.SECONDS,
          10,
          1,
          300,
          "Time from accepting a connection until its CONNECT is complete and accepted; bytes that drip in do not extend it.");

  /// How much may come before CONNECT is accepted.
  public static final Key<Integer> CONNECT_INPUT_BYTES =
      Key.integer(
          "connection.connect-input-bytes",
          Unit.BYTES,
          65_536,
          256,
          1_048_576,
          "Bytes that a connection may send before its CONNECT is accepted; more closes it.");

  /// The longest keep alive.
  public static final Key<Integer> KEEP_ALIVE_MAX_SECONDS =
      Key.integer(
          "connection.keep-alive-max-seconds",
          Unit.SECONDS,
          0,
          0,
          65_535,
          "The longest keep alive: an MQTT 5.0 client that asks for more, or for none, is told this one (Server Keep Alive). 0: clients choose.");

  /// How much may wait to be sent.
  public static final Key<Integer> OUTBOX_MAX_BYTES =
      Key.integer(
          "connection.outbox-max-bytes",
          Unit.BYTES,
          1_048_576,
          65_536,
          1_073_741_824,
          "Bytes that may wait for a client that reads slowly. Above it QoS 0 messages to it are dropped and counted; QoS 1 and 2 stay in its queue. At least message.max-packet-bytes.");

  /// Aliases that clients may set.
  public static final Key<Integer> TOPIC_ALIAS_MAX =
      Key.integer(
          "connection.topic-alias-max",
          Unit.ALIASES,
          16,
          0,
          65_535,
          "Topic aliases that an MQTT 5.0 client may set on a connection (Topic Alias Maximum of CONNACK).");

  /// Aliases that the broker sets.
  public static final Key<Integer> TOPIC_ALIAS_MAX_OUTGOING =
      Key.integer(
          "connection.topic-alias-max-outgoing",
          Unit.ALIASES,
          16,
          0,
          65_535,
          "Topic aliases that the broker sets on a connection whose client allows them, at most.");

  static final List<Key<?>> KEYS =
      List.of(
          MAX_CONNECTIONS,
          CONNECT_TIMEOUT_SECONDS,
          CONNECT_INPUT_BYTES,
          KEEP_ALIVE_MAX_SECONDS,
          OUTBOX_MAX_BYTES,
          TOPIC_ALIAS_MAX,
          TOPIC_ALIAS_MAX_OUTGOING);

  /// Checks each value.
  ///
  /// @throws InvalidConfig if one is not allowed
  public ConnectionLimits {
    MAX_CONNECTIONS.check(maxConnections);
    CONNECT_TIMEOUT_SECONDS.check(connectTimeoutSeconds);
    CONNECT_INPUT_BYTES.check(connectInputBytes);
    KEEP_ALIVE_MAX_SECONDS.check(keepAliveMaxSeconds);
    OUTBOX_MAX_BYTES.check(outboxMaxBytes);
    TOPIC_ALIAS_MAX.check(topicAliasMax);
    TOPIC_ALIAS_MAX_OUTGOING.check(topicAliasMaxOutgoing);
  }

  static ConnectionLimits from(Values values) {
    return new ConnectionLimits(
        values.get(MAX_CONNECTIONS),
        values.get(CONNECT_TIMEOUT_SECONDS),
        values.get(CONNECT_INPUT_BYTES),
        values.get(KEEP_ALIVE_MAX_SECONDS),
        values.get(OUTBOX_MAX_BYTES),
        values.get(TOPIC_ALIAS_MAX),
        values.get(TOPIC_ALIAS_MAX_OUTGOING));
  }
}
