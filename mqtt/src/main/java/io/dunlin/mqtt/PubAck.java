package io.dunlin.mqtt;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers a PUBLISH with QoS 1 (MQTT 5.0 §3.4). Immutable.
///
/// @param packetId 1..65535
/// @param reasonString for people; null when absent
public record PubAck(
    int packetId,
    ReasonCode reasonCode,
    @Nullable String reasonString,
    List<UserProperty> userProperties)
    implements Packet {
  public PubAck {
    Packet.checkPacketId(packetId);
    userProperties = List.copyOf(userProperties);
  }

  /// With nothing but a reason.
  public PubAck(int packetId, ReasonCode reasonCode) {
    this(packetId, reasonCode, null, List.of());
  }

  /// That all went well.
  public PubAck(int packetId) {
    this(packetId, ReasonCode.SUCCESS);
  }
}
