package io.dunlin.client;

import io.dunlin.base.Slice;
import io.dunlin.client.ClientException.AuthenticationFailed;
import io.dunlin.mqtt.Auth;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.ReasonCode;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// One exchange of an enhanced authentication (MQTT 5.0 §4.12), for a CONNECT or anew: what the
/// application's [Authenticator] says as packets, and the checks of those of the server. It sends
/// nothing. For one thread after the other.
///
/// Its packets have neither a Reason String nor User Properties, so that none is too large for the
/// server because of them [MQTT-3.15.2-2], [MQTT-3.15.2-3].
final class Authentication {
  private static final int MAX_BYTES = 65_535;

  private final String method;
  private final @Nullable Slice first;
  private final Authenticator.Exchange exchange;
  private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();

  private Authentication(String method, @Nullable Slice first, Authenticator.Exchange exchange) {
    this.method = method;
    this.first = first;
    this.exchange = exchange;
  }

  /// Begins one, and asks for its first data.
  static Authentication begin(Authenticator authenticator) throws AuthenticationFailed {
    try {
      Authenticator.Exchange exchange = authenticator.begin();
      return new Authentication(authenticator.method(), checked(exchange.first()), exchange);
    } catch (RuntimeException e) {
      throw failed(e);
    }
  }

  /// Completes when the server has accepted, or with the reason why it will not.
  CompletableFuture<@Nullable Void> done() {
    return done;
  }

  /// The CONNECT that begins it.
  Connect connect(Connect plain) {
    return plain.withAuthentication(method, first);
  }

  /// The AUTH that begins it anew [MQTT-4.12.1-1].
  Auth again() {
    return auth(ReasonCode.REAUTHENTICATE, first);
  }

  /// Answers what the server asks [MQTT-4.12.0-3].
  ///
  /// @throws MalformedPacket if it may not ask that
  Auth answer(Auth challenge) throws MalformedPacket, AuthenticationFailed {
    checkMethod(challenge.authenticationMethod());
    if (challenge.reasonCode() != ReasonCode.CONTINUE_AUTHENTICATION) {
      throw new MalformedPacket(
          ReasonCode.PROTOCOL_ERROR,
          "§4.12",
          "AUTH with " + challenge.reasonCode() + ", no question");
    }
    try {
      @Nullable Slice answer = checked(exchange.answer(challenge.authenticationData()));
      return auth(ReasonCode.CONTINUE_AUTHENTICATION, answer);
    } catch (RuntimeException e) {
      throw failed(e);
    }
  }

  /// The server accepted the CONNECT.
  void accepted(ConnAck connAck) throws MalformedPacket, AuthenticationFailed {
    accepted(connAck.authenticationMethod(), connAck.authenticationData());
  }

  /// The server accepted the client anew.
  void accepted(Auth last) throws MalformedPacket, AuthenticationFailed {
    accepted(last.authenticationMethod(), last.authenticationData());
  }

  private void accepted(@Nullable String of, @Nullable Slice data)
      throws MalformedPacket, AuthenticationFailed {
    checkMethod(of);
    try {
      exchange.accepted(data);
    } catch (RuntimeException e) {
      throw failed(e);
    }
  }

  private void checkMethod(@Nullable String of) throws MalformedPacket {
    if (!method.equals(of)) {
      throw new MalformedPacket(
          ReasonCode.PROTOCOL_ERROR,
          "MQTT-4.12.0-5",
          "another Authentication Method than that of the CONNECT");
    }
  }

  private Auth auth(ReasonCode reason, @Nullable Slice data) {
    return new Auth(reason, method, data, null, List.of());
  }

  private static @Nullable Slice checked(@Nullable Slice data) throws AuthenticationFailed {
    if (data != null && data.length() > MAX_BYTES) {
      throw new AuthenticationFailed(
          "the authenticator gave " + data.length() + " bytes, more than 65535", null);
    }
    return data;
  }

  private static AuthenticationFailed failed(RuntimeException e) {
    return new AuthenticationFailed("the authenticator failed: " + e, e);
  }
}
