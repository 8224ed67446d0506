package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.spi.AuthenticationMethod;
import io.dunlin.mqtt.Auth;
import io.dunlin.mqtt.ReasonCode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The AUTH packets of a client that is connected (MQTT 5.0 §4.12.1): it may authenticate anew, by
/// the method of its CONNECT, as whom it was.
@OwnedBy("shard")
final class Reauthentication {
  private final ClientConnection client;
  private AuthenticationMethod.@Nullable Exchange exchange;

  Reauthentication(ClientConnection client) {
    this.client = client;
  }

  void onAuth(Auth packet) {
    AuthenticationMethod method = client.hello.method();
    if (method == null || !method.name().equals(packet.authenticationMethod())) {
      client.disconnect(ReasonCode.PROTOCOL_ERROR, "AUTH with another method than the CONNECT");
      return; // not 0x8C: DISCONNECT does not have it (§3.14.2.1)
    }
    AuthenticationMethod.Exchange current = exchange;
    boolean begins = packet.reasonCode() == ReasonCode.REAUTHENTICATE;
    if (begins != (current == null)) {
      client.disconnect(ReasonCode.PROTOCOL_ERROR, "AUTH out of turn");
      return;
    }
    if (current == null) {
      current = method.begin(client.hello.login());
      exchange = current;
    }
    switch (current.next(packet.authenticationData())) {
      case AuthenticationMethod.Step.Continue step ->
          answer(ReasonCode.CONTINUE_AUTHENTICATION, method, step.data());
      case AuthenticationMethod.Step.Success step -> {
        exchange = null;
        if (step.owner().equals(client.hello.owner())) {
          answer(ReasonCode.SUCCESS, method, step.data());
        } else {
          client.disconnect(ReasonCode.NOT_AUTHORIZED, "re-authenticated as somebody else");
        }
      }
      case AuthenticationMethod.Step.Failure step ->
          client.disconnect(step.reason(), "the re-authentication failed");
    }
  }

  private void answer(ReasonCode reason, AuthenticationMethod method, @Nullable Slice data) {
    client.reply(new Auth(reason, method.name(), data, null, List.of()));
  }
}
