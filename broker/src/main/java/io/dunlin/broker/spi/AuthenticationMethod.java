package io.dunlin.broker.spi;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.ReasonCode;
import org.jspecify.annotations.Nullable;

/// An enhanced authentication (MQTT 5.0 §4.12), found by its name. Thread-safe.
public interface AuthenticationMethod {
  /// The Authentication Method, as clients send it.
  String name();

  /// Begins an exchange, at CONNECT or at a re-authentication.
  Exchange begin(Login login);

  /// One exchange; used by one connection, one step after the other. A step must not block.
  interface Exchange {
    /// Takes the client's data and says how it goes on.
    Step next(@Nullable Slice data);
  }

  /// How an exchange goes on.
  sealed interface Step {
    /// The client has to answer.
    record Continue(@Nullable Slice data) implements Step {}

    /// The client is who it says.
    ///
    /// @param owner whose session it becomes
    record Success(String owner, @Nullable Slice data) implements Step {}

    /// It is not.
    ///
    /// @param reason of 0x80 or more, allowed in CONNACK and DISCONNECT
    record Failure(ReasonCode reason) implements Step {}
  }
}
