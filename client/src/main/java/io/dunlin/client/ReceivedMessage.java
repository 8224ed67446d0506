package io.dunlin.client;

import java.util.List;

/// A message as it came. Immutable.
///
/// @param dup whether the server says that it may have sent it before
/// @param packetId 1..65535, or 0 for QoS 0
/// @param subscriptionIdentifiers those of the subscriptions that it matched
public record ReceivedMessage(
    Message message, boolean dup, int packetId, List<Integer> subscriptionIdentifiers) {
  public ReceivedMessage {
    subscriptionIdentifiers = List.copyOf(subscriptionIdentifiers);
  }
}
