package io.dunlin.mqtt;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers a SUBSCRIBE (MQTT 5.0 §3.9). Immutable.
///
/// @param packetId that of the packet it answers, 1..65535
/// @param reasonCodes one for each topic filter, in their order; empty only for an UNSUBACK of
///   3.1.1
/// @param reasonString for people; null when absent
public record SubAck(
    int packetId,
    List<ReasonCode> reasonCodes,
    @Nullable String reasonString,
    List<UserProperty> userProperties)
    implements Packet {
  public SubAck {
    Packet.checkPacketId(packetId);
    reasonCodes = List.copyOf(reasonCodes);
    userProperties = List.copyOf(userProperties);
  }

  /// With nothing but its reason codes.
  public SubAck(int packetId, List<ReasonCode> reasonCodes) {
    this(packetId, reasonCodes, null, List.of());
  }
}
