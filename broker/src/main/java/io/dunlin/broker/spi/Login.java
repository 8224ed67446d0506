package io.dunlin.broker.spi;

import io.dunlin.base.Slice;
import org.jspecify.annotations.Nullable;

/// Who wants to connect, and what they show. Immutable.
///
/// @param clientId as sent, or as assigned by the broker
/// @param userName null when the CONNECT has none
/// @param password null when the CONNECT has none
/// @param listener the name of the listener
/// @param remoteAddress the peer
public record Login(
    String clientId,
    @Nullable String userName,
    @Nullable Slice password,
    String listener,
    String remoteAddress) {
  /// Without the password.
  @Override
  public String toString() {
    return "Login[clientId=%s, userName=%s, listener=%s, remoteAddress=%s]"
        .formatted(clientId, userName, listener, remoteAddress);
  }
}
