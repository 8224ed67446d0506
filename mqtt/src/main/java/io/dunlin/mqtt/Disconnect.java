package io.dunlin.mqtt;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The last packet of a connection (MQTT 5.0 §3.14). Immutable.
///
/// @param sessionExpirySeconds 0..4294967295, or -1 to leave that of the CONNECT as it is
/// @param reasonString for people; null when absent
/// @param serverReference another server to use; null when absent
public record Disconnect(
    ReasonCode reasonCode,
    long sessionExpirySeconds,
    @Nullable String reasonString,
    @Nullable String serverReference,
    List<UserProperty> userProperties)
    implements Packet {
  public Disconnect {
    userProperties = List.copyOf(userProperties);
  }

  /// With nothing but a reason.
  public Disconnect(ReasonCode reasonCode) {
    this(reasonCode, -1, null, null, List.of());
  }

  /// With a reason, and words about it.
  public Disconnect(ReasonCode reasonCode, @Nullable String reasonString) {
    this(reasonCode, -1, reasonString, null, List.of());
  }
}
