package io.dunlin.mqtt;

import io.dunlin.base.Slice;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A step of an enhanced authentication (MQTT 5.0 §3.15). Immutable.
///
/// @param authenticationMethod always there: leaving it out is a Protocol Error
/// @param authenticationData null when absent
/// @param reasonString for people; null when absent
public record Auth(
    ReasonCode reasonCode,
    String authenticationMethod,
    @Nullable Slice authenticationData,
    @Nullable String reasonString,
    List<UserProperty> userProperties)
    implements Packet {
  public Auth {
    userProperties = List.copyOf(userProperties);
  }

  /// Tells no authentication data, so that it may be logged.
  @Override
  public String toString() {
    return "Auth[reasonCode=" + reasonCode + ", authenticationMethod=" + authenticationMethod + "]";
  }
}
