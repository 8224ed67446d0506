package io.dunlin.mqtt;

import io.dunlin.base.Slice;

/// The message that a server publishes when its client is gone (MQTT 5.0 §3.1.3). Immutable.
///
/// @param delaySeconds how long to wait before publishing it, 0..4294967295
/// @param messageExpirySeconds 0..4294967295, or -1 for none
/// @param properties the other properties as they were encoded, to pass on: payload format, content
///   type, response topic, correlation data, user properties
public record Will(
    TopicName topic,
    Slice payload,
    Qos qos,
    boolean retain,
    long delaySeconds,
    long messageExpirySeconds,
    Slice properties) {
  /// One with all that 3.1.1 knows.
  public Will(TopicName topic, Slice payload, Qos qos, boolean retain) {
    this(topic, payload, qos, retain, 0, -1, Slice.EMPTY);
  }
}
