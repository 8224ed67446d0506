package io.dunlin.broker.shard;

import io.dunlin.base.Slice;
import io.dunlin.broker.spi.AuthenticationMethod;
import io.dunlin.broker.spi.Login;
import io.dunlin.broker.spi.LoginCheck;
import io.dunlin.mqtt.Connect;
import org.jspecify.annotations.Nullable;

/// A CONNECT that was accepted: what the session's shard needs to go on. Immutable.
///
/// @param clientId as sent or assigned
/// @param assigned whether the broker has assigned it
/// @param method the enhanced authentication that was used, or null
/// @param methodData its last data, for the CONNACK
/// @param validity whether the login still holds
public record Hello(
    Connect connect,
    String clientId,
    boolean assigned,
    String owner,
    Login login,
    @Nullable AuthenticationMethod method,
    @Nullable Slice methodData,
    LoginCheck.Validity validity) {
  /// With a login that nothing takes back.
  public Hello(
      Connect connect,
      String clientId,
      boolean assigned,
      String owner,
      Login login,
      @Nullable AuthenticationMethod method,
      @Nullable Slice methodData) {
    this(
        connect, clientId, assigned, owner, login, method, methodData, LoginCheck.Validity.FOREVER);
  }
}
