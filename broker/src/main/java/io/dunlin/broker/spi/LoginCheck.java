package io.dunlin.broker.spi;

import io.dunlin.mqtt.ReasonCode;
import org.jspecify.annotations.Nullable;

/// Decides who may connect. Thread-safe.
public interface LoginCheck {
  /// Decides about one login. On a virtual thread, so it may block.
  Verdict check(Login login);

  /// Decides at once, if that needs no waiting and little computing; null: ask [#check]. On an
  /// event loop, so it must not block.
  default @Nullable Verdict checkNow(Login login) {
    return null;
  }

  /// Tells whether a login that was accepted still holds: its user may have gone meanwhile.
  /// Thread-safe; must not block.
  interface Validity {
    /// For a login that nothing takes back.
    Validity FOREVER = () -> true;

    /// Asked when the session begins, and for everyone who is connected after a reload.
    boolean holds();
  }

  /// The decision.
  sealed interface Verdict {
    /// May connect.
    ///
    /// @param owner whose session it becomes: another owner can neither take it over nor inherit it
    /// @param clientId the client identifier that it gets instead of its own, or null
    record Accepted(String owner, @Nullable String clientId, Validity validity) implements Verdict {
      /// With its own client identifier, and for ever.
      public Accepted(String owner) {
        this(owner, null, Validity.FOREVER);
      }
    }

    /// May not connect.
    ///
    /// @param reason of 0x80 or more, allowed in CONNACK
    record Refused(ReasonCode reason) implements Verdict {}
  }
}
