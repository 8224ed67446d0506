package io.dunlin.broker.config;

import java.util.List;

/// What one packet or message may be. Immutable.
///
/// @param maxPacketBytes [#MAX_PACKET_BYTES]
/// @param topicLevelsMax [#TOPIC_LEVELS_MAX]
/// @param expiryMaxSeconds [#EXPIRY_MAX_SECONDS]
public record MessageLimits(
    int maxPacketBytes, int topicLevelsMax, long expiryMaxSeconds) {
  /// The largest packet.
  public static final Key<Integer> MAX_PACKET_BYTES =
      Key.integer(
          "message.max-packet-bytes",
          Unit.BYTES,
          1_048_576,
          256,
          33_554_432,
          "The largest MQTT packet that clients may send, fixed header included (Maximum Packet Size of CONNACK); a larger one closes its connection with 0x95 (Packet too large).");

  /// The deepest topic.
  public static final Key<Integer> TOPIC_LEVELS_MAX =
      Key.integer(
          "message.topic-levels-max",
          Unit.LEVELS,
          128,
          8,
          1_024,
          "Levels of a topic name or filter; one with more is refused with 0x90 or 0x8F (Topic Name or Filter invalid).");

  /// How long a message lives.
  public static final Key<Long> EXPIRY_MAX_SECONDS =
      Key.number(
          "message.expiry-max-seconds",
          Unit.SECONDS,
          0,
          0,
          4_294_967_295L,
          "How long a message waits for a receiver, whatever its publisher asks for; 0: as long as its publisher says, without end by default.");

  static final List<Key<?>> KEYS =
      List.of(MAX_PACKET_BYTES, TOPIC_LEVELS_MAX, EXPIRY_MAX_SECONDS);

  /// Checks each value.
  ///
  /// @throws InvalidConfig if one is not allowed
  public MessageLimits {
    MAX_PACKET_BYTES.check(maxPacketBytes);
    TOPIC_LEVELS_MAX.check(topicLevelsMax);
    EXPIRY_MAX_SECONDS.check(expiryMaxSeconds);
  }

  static MessageLimits from(Values values) {
    return new MessageLimits(
        values.get(MAX_PACKET_BYTES),
        values.get(TOPIC_LEVELS_MAX),
        values.get(EXPIRY_MAX_SECONDS));
  }
}
