package io.dunlin.mqtt;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers a PUBREL (MQTT 5.0 §3.7). Immutable.
///
/// @param packetId 1..65535
/// @param reasonString for people; null when absent
public record PubComp(
    int packetId,
    ReasonCode reasonCode,
    @Nullable String reasonString,
    List<UserProperty> userProperties)
    implements Packet {
  public PubComp {
    Packet.checkPacketId(packetId);
    userProperties = List.copyOf(userProperties);
  }

  /// With nothing but a reason.
  public PubComp(int packetId, ReasonCode reasonCode) {
    this(packetId, reasonCode, null, List.of());
  }

  /// That all went well.
  public PubComp(int packetId) {
    this(packetId, ReasonCode.SUCCESS);
  }
}
