package io.dunlin.client;

import io.dunlin.mqtt.Publish;
import java.util.List;
import java.util.Objects;

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

  /// What a PUBLISH carries, whose topic name is known.
  static ReceivedMessage of(Publish publish) {
    Message message =
        new Message(
            Objects.requireNonNull(publish.topic()),
            publish.payload(),
            publish.qos(),
            publish.retain(),
            publish.payloadFormatUtf8(),
            publish.messageExpirySeconds(),
            publish.contentType(),
            publish.responseTopic(),
            publish.correlationData(),
            publish.userProperties());
    return new ReceivedMessage(
        message, publish.dup(), publish.packetId(), publish.subscriptionIdentifiers());
  }
}
