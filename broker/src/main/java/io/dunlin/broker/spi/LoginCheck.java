package io.dunlin.broker.spi;

import io.dunlin.mqtt.ReasonCode;

/// Decides who may connect. Thread-safe; called on a virtual thread, so it may block.
public interface LoginCheck {
  /// Decides about one login.
  Verdict check(Login login);

  /// The decision.
  sealed interface Verdict {
    /// May connect.
    ///
    /// @param owner whose session it becomes: another owner can neither take it over nor inherit it
    record Accepted(String owner) implements Verdict {}

    /// May not connect.
    ///
    /// @param reason of 0x80 or more, allowed in CONNACK
    record Refused(ReasonCode reason) implements Verdict {}
  }
}
