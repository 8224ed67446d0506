package io.dunlin.broker.config;

import java.util.List;

/// What all retained messages together may hold. Immutable.
///
/// @param maxMessages [#MAX_MESSAGES]
/// @param maxBytes [#MAX_BYTES]
public record RetainedLimits(long maxMessages, long maxBytes) {
  /// How many there may be.
  public static final Key<Long> MAX_MESSAGES =
      Key.number(
          "retained.max-messages",
          Unit.MESSAGES,
          1_000_000,
          0,
          1_000_000_000,
          "Topics with a retained message; a message for one more is answered with 0x97 (Quota exceeded) and not retained. 0: the broker retains nothing (Retain Available 0).");

  /// How large they may be together.
  public static final Key<Long> MAX_BYTES =
      Key.number(
          "retained.max-bytes",
          Unit.BYTES,
          268_435_456,
          0,
          1_099_511_627_776L,
          "Bytes of all retained messages, topic names included; a message for which there is no room is answered with 0x97 (Quota exceeded) and not retained.");

  static final List<Key<?>> KEYS = List.of(MAX_MESSAGES, MAX_BYTES);

  /// Checks each value.
  ///
  /// @throws InvalidConfig if one is not allowed
  public RetainedLimits {
    MAX_MESSAGES.check(maxMessages);
    MAX_BYTES.check(maxBytes);
  }

  static RetainedLimits from(Values values) {
    return new RetainedLimits(values.get(MAX_MESSAGES), values.get(MAX_BYTES));
  }
}
