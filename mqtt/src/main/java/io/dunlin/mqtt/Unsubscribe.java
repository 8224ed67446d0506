package io.dunlin.mqtt;

import java.util.List;

/// Ends subscriptions (MQTT 5.0 §3.10). Immutable.
///
/// @param packetId 1..65535
/// @param filters at least one
public record Unsubscribe(
    int packetId, List<TopicFilter> filters, List<UserProperty> userProperties) implements Packet {
  public Unsubscribe {
    Packet.checkPacketId(packetId);
    filters = List.copyOf(filters);
    userProperties = List.copyOf(userProperties);
    if (filters.isEmpty()) { // [MQTT-3.10.3-2]
      throw new IllegalArgumentException("UNSUBSCRIBE without a topic filter");
    }
  }

  /// Without properties.
  public Unsubscribe(int packetId, List<TopicFilter> filters) {
    this(packetId, filters, List.of());
  }
}
