package io.dunlin.broker.shard;

import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.spi.AuthenticationMethod;
import io.dunlin.broker.spi.Login;
import io.dunlin.broker.spi.LoginCheck;
import io.dunlin.broker.spi.Rights;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Will;
import org.jspecify.annotations.Nullable;

/// A CONNECT that was accepted: what the session's shard needs to go on. Immutable.
///
/// @param clientId as sent or assigned
/// @param assigned whether the broker has assigned it
/// @param method the enhanced authentication that was used, or null
/// @param methodData its last data, for the CONNACK
/// @param mount where its client has the root of its topics; those of `connect` are full names
/// @param validity whether the login still holds
public record Hello(
    Connect connect,
    String clientId,
    boolean assigned,
    String owner,
    Login login,
    @Nullable AuthenticationMethod method,
    @Nullable Slice methodData,
    LoginCheck.Validity validity,
    Mount mount) {
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
        connect,
        clientId,
        assigned,
        owner,
        login,
        method,
        methodData,
        LoginCheck.Validity.FOREVER,
        Mount.NONE);
  }

  /// The same under a mount point, with full names; null when that of the will would be too long.
  public @Nullable Hello under(Mount point) {
    if (point.isNone()) {
      return this;
    }
    Will will = connect.will();
    Will full = will == null ? null : point.full(will);
    if (will != null && full == null) {
      return null;
    }
    return new Hello(
        connect.withWill(full),
        clientId,
        assigned,
        owner,
        login,
        method,
        methodData,
        validity,
        point);
  }

  /// What the client may do by the rules of `access`.
  Rights rights(Access access) {
    return mount.under(access.rights(clientId, owner));
  }
}
