package io.dunlin.mqtt;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers a PUBLISH with QoS 2 (MQTT 5.0 §3.5). Immutable.
///
/// @param packetId 1..65535
/// @param reasonString for people; null when absent
public record PubRec(
    int packetId,
    ReasonCode reasonCode,
    @Nullable String reasonString,
    List<UserProperty> userProperties)
    implements Packet {
  public PubRec {
    Packet.checkPacketId(packetId);
    userProperties = List.copyOf(userProperties);
  }

  /// With nothing but a reason.
  public PubRec(int packetId, ReasonCode reasonCode) {
    this(packetId, reasonCode, null, List.of());
  }

  /// That all went well.
  public PubRec(int packetId) {
    this(packetId, ReasonCode.SUCCESS);
  }
}
