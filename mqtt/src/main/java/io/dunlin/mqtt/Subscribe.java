package io.dunlin.mqtt;

import java.util.List;

/// Subscribes to topic filters (MQTT 5.0 §3.8). Immutable.
///
/// @param packetId 1..65535
/// @param subscriptions at least one
/// @param subscriptionIdentifier 1..268435455, or 0 for none
public record Subscribe(
    int packetId,
    List<Subscription> subscriptions,
    int subscriptionIdentifier,
    List<UserProperty> userProperties)
    implements Packet {
  public Subscribe {
    Packet.checkPacketId(packetId);
    subscriptions = List.copyOf(subscriptions);
    userProperties = List.copyOf(userProperties);
    if (subscriptions.isEmpty()) { // [MQTT-3.8.3-2]
      throw new IllegalArgumentException("SUBSCRIBE without a topic filter");
    }
    if (subscriptionIdentifier < 0 || subscriptionIdentifier > MAX_SUBSCRIPTION_IDENTIFIER) {
      throw new IllegalArgumentException("subscription identifier " + subscriptionIdentifier);
    }
  }

  /// Without properties.
  public Subscribe(int packetId, List<Subscription> subscriptions) {
    this(packetId, subscriptions, 0, List.of());
  }
}
