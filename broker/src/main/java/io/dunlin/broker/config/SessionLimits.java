package io.dunlin.broker.config;

import java.util.List;

/// What one session may hold, and how many there may be. Immutable.
///
/// @param expiryMaxSeconds [#EXPIRY_MAX_SECONDS]
/// @param receiveMaximum [#RECEIVE_MAXIMUM]
/// @param inflightMax [#INFLIGHT_MAX]
/// @param qos2OpenMax [#QOS2_OPEN_MAX]
/// @param queueMaxMessages [#QUEUE_MAX_MESSAGES]
/// @param queueMaxBytes [#QUEUE_MAX_BYTES]
/// @param queueMemoryBytes [#QUEUE_MEMORY_BYTES]
/// @param queueMemoryMessages [#QUEUE_MEMORY_MESSAGES]
/// @param persistentMax [#PERSISTENT_MAX]
/// @param subscriptionsMax [#SUBSCRIPTIONS_MAX]
/// @param filtersPerSubscribeMax [#FILTERS_PER_SUBSCRIBE_MAX]
/// @param willGraceSeconds [#WILL_GRACE_SECONDS]
public record SessionLimits(
    long expiryMaxSeconds,
    int receiveMaximum,
    int inflightMax,
    int qos2OpenMax,
    long queueMaxMessages,
    long queueMaxBytes,
    long queueMemoryBytes,
    long queueMemoryMessages,
    long persistentMax,
    int subscriptionsMax,
    int filtersPerSubscribeMax,
    int willGraceSeconds) {
  /// How long an absent session lives.
  public static final Key<Long> EXPIRY_MAX_SECONDS =
      Key.number(
          "session.expiry-max-seconds",
          Unit.SECONDS,
          2_592_000,
          0,
          4_294_967_295L,
          "How long a session lives after its connection ended, whatever its client asks for; sessions of MQTT 3.1 and 3.1.1 clients with clean session 0, too. Default: 30 days. 4294967295: for ever.");

  /// Unacknowledged PUBLISH packets from a client.
  public static final Key<Integer> RECEIVE_MAXIMUM =
      Key.integer(
          "session.receive-maximum",
          Unit.PACKETS,
          1_024,
          1,
          65_535,
          "QoS 1 and 2 PUBLISH packets that a client may have unacknowledged (Receive Maximum of CONNACK).");

  /// Unacknowledged PUBLISH packets to a client.
  public static final Key<Integer> INFLIGHT_MAX =
      Key.integer(
          "session.inflight-max",
          Unit.PACKETS,
          65_535,
          1,
          65_535,
          "QoS 1 and 2 PUBLISH packets sent to a client and not yet acknowledged, at most; a client's own Receive Maximum may lower it.");

  /// Incoming QoS 2 exchanges not yet released.
  public static final Key<Integer> QOS2_OPEN_MAX =
      Key.integer(
          "session.qos2-open-max",
          Unit.PACKETS,
          65_535,
          1,
          65_535,
          "QoS 2 packet identifiers that a client may have open, which means published but not yet released by PUBREL; 4 bytes of memory each. More is answered with 0x97 (Quota exceeded) and a close. Less than all of them cuts clients of 3.1 and 3.1.1 off that publish much at once: they know no Receive Maximum.");

  /// Messages that wait for a session.
  public static final Key<Long> QUEUE_MAX_MESSAGES =
      Key.number(
          "session.queue-max-messages",
          Unit.MESSAGES,
          1_000_000,
          1,
          1_000_000_000,
          "Messages that wait for a session, at most; what comes above is dropped for that session and counted.");

  /// Bytes that wait for a session.
  public static final Key<Long> QUEUE_MAX_BYTES =
      Key.number(
          "session.queue-max-bytes",
          Unit.BYTES,
          1_073_741_824,
          1_024,
          1_099_511_627_776L,
          "Bytes of the messages that wait for a session, in memory if it ends with its connection, on disk if it is persistent; what comes above is dropped for that session and counted.");

  /// Bytes of all waiting messages that only memory has.
  public static final Key<Long> QUEUE_MEMORY_BYTES =
      Key.number(
          "session.queue-memory-bytes",
          Unit.BYTES,
          0,
          0,
          1_099_511_627_776L,
          "Bytes of the Java heap that waiting messages of QoS 1 and 2 may take of all sessions together that end with their connections, divided among the shards; what comes above is dropped for its session and counted, while messages of persistent sessions wait on disk. 0: a quarter of the largest heap.");

  /// How many messages of persistent sessions are remembered in memory.
  public static final Key<Long> QUEUE_MEMORY_MESSAGES =
      Key.number(
          "session.queue-memory-messages",
          Unit.MESSAGES,
          1_048_576,
          0,
          1_000_000_000,
          "Waiting messages of persistent sessions that each shard remembers by number, 9 bytes each; with more than that queues go to the store early.");

  /// Sessions that outlive their connections.
  public static final Key<Long> PERSISTENT_MAX =
      Key.number(
          "session.persistent-max",
          Unit.SESSIONS,
          0,
          0,
          1_000_000_000,
          "Persistent sessions, connected or not: those that outlive their connections. At the limit who has one may always return, and who wants another is refused with 0x97 (Quota exceeded), before MQTT 5.0 with 3 (Server unavailable); sessions that end with their connections are not affected. 0: one for every 4096 bytes of the largest Java heap, which are 262144 for 1 GiB.");

  /// Subscriptions of a session.
  public static final Key<Integer> SUBSCRIPTIONS_MAX =
      Key.integer(
          "session.subscriptions-max",
          Unit.SUBSCRIPTIONS,
          100_000,
          1,
          10_000_000,
          "Subscriptions of one session; one more gets 0x97 (Quota exceeded).");

  /// Filters of one packet.
  public static final Key<Integer> FILTERS_PER_SUBSCRIBE_MAX =
      Key.integer(
          "session.filters-per-subscribe-max",
          Unit.FILTERS,
          10_000,
          1,
          100_000,
          "Topic filters in one SUBSCRIBE or UNSUBSCRIBE packet; with more, each one of a SUBSCRIBE is answered with 0x97 (Quota exceeded), and an UNSUBSCRIBE ends the connection with it.");

  /// How long wills wait after a restart.
  public static final Key<Integer> WILL_GRACE_SECONDS =
      Key.integer(
          "session.will-grace-seconds",
          Unit.SECONDS,
          30,
          0,
          3_600,
          "After a restart of the broker, the will of a client that was connected is published only if the client stays away longer than this and than its own will delay.");

  static final List<Key<?>> KEYS =
      List.of(
          EXPIRY_MAX_SECONDS,
          RECEIVE_MAXIMUM,
          INFLIGHT_MAX,
          QOS2_OPEN_MAX,
          QUEUE_MAX_MESSAGES,
          QUEUE_MAX_BYTES,
          QUEUE_MEMORY_BYTES,
          QUEUE_MEMORY_MESSAGES,
          PERSISTENT_MAX,
          SUBSCRIPTIONS_MAX,
          FILTERS_PER_SUBSCRIBE_MAX,
          WILL_GRACE_SECONDS);

  /// Checks each value.
  ///
  /// @throws InvalidConfig if one is not allowed
  public SessionLimits {
    EXPIRY_MAX_SECONDS.check(expiryMaxSeconds);
    RECEIVE_MAXIMUM.check(receiveMaximum);
    INFLIGHT_MAX.check(inflightMax);
    QOS2_OPEN_MAX.check(qos2OpenMax);
    QUEUE_MAX_MESSAGES.check(queueMaxMessages);
    QUEUE_MAX_BYTES.check(queueMaxBytes);
    QUEUE_MEMORY_BYTES.check(queueMemoryBytes);
    QUEUE_MEMORY_MESSAGES.check(queueMemoryMessages);
    PERSISTENT_MAX.check(persistentMax);
    SUBSCRIPTIONS_MAX.check(subscriptionsMax);
    FILTERS_PER_SUBSCRIBE_MAX.check(filtersPerSubscribeMax);
    WILL_GRACE_SECONDS.check(willGraceSeconds);
  }

  static SessionLimits from(Values values) {
    return new SessionLimits(
        values.get(EXPIRY_MAX_SECONDS),
        values.get(RECEIVE_MAXIMUM),
        values.get(INFLIGHT_MAX),
        values.get(QOS2_OPEN_MAX),
        values.get(QUEUE_MAX_MESSAGES),
        values.get(QUEUE_MAX_BYTES),
        values.get(QUEUE_MEMORY_BYTES),
        values.get(QUEUE_MEMORY_MESSAGES),
        values.get(PERSISTENT_MAX),
        values.get(SUBSCRIPTIONS_MAX),
        values.get(FILTERS_PER_SUBSCRIBE_MAX),
        values.get(WILL_GRACE_SECONDS));
  }
}
