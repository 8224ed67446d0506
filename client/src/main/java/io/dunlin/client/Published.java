package io.dunlin.client;

import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.UserProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a message was published. Immutable.
///
/// @param reasonCode that of the PUBACK or PUBREC; [ReasonCode#NO_MATCHING_SUBSCRIBERS] is one
/// @param reasonString for people; null when absent
public record Published(
    ReasonCode reasonCode, @Nullable String reasonString, List<UserProperty> userProperties) {
  /// Without anything to tell.
  static final Published DONE = new Published(ReasonCode.SUCCESS, null, List.of());

  public Published {
    userProperties = List.copyOf(userProperties);
  }
}
