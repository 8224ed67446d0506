package io.dunlin.client;

import io.dunlin.base.Slice;
import org.jspecify.annotations.Nullable;

/// Proves who the client is by an enhanced authentication (MQTT 5.0 §4.12): the server asks, the
/// client answers, as often as the method wants. Set by [ClientConfig.Builder#authenticator];
/// thread-safe.
///
/// Each CONNECT begins an exchange, the first one and those of later connections, and so does
/// [Client#reAuthenticate]. One that says all in its first data, with a fresh token each time (to
/// be used over TLS), is
///
/// ```java
/// record Token(Supplier<String> fresh) implements Authenticator {
///   @Override
///   public String method() {
///     return "TOKEN";
///   }
///
///   @Override
///   public Exchange begin() {
///     return new Exchange() {
///       @Override
///       public Slice first() {
///         return Slice.utf8(fresh.get());
///       }
///
///       @Override
///       public Slice answer(@Nullable Slice challenge) throws AuthenticationFailed {
///         throw new AuthenticationFailed("asked for more than the token", null);
///       }
///     };
///   }
/// }
/// ```
public interface Authenticator {
  /// The Authentication Method, as the server knows it; always the same.
  String method();

  /// Begins an exchange.
  Exchange begin();

  /// One exchange. Its steps are called one after the other, at most one at a time, on a thread
  /// that waits for them: meanwhile the client receives nothing. They may block, but while the
  /// client connects no longer than [ClientConfig#connectTimeout] in all.
  ///
  /// A step that throws ends the exchange. If the server has been asked already it gets a
  /// DISCONNECT, which does not tell why, and the connection is closed; what was thrown is the
  /// reason that the application gets. Any unchecked exception will do, and is wrapped in a
  /// [ClientException.AuthenticationFailed].
  interface Exchange {
    /// The data that the CONNECT, or the AUTH that asks anew, carries: 65,535 bytes at most, null
    /// for none.
    default @Nullable Slice first() throws ClientException.AuthenticationFailed {
      return null;
    }

    /// Answers a challenge of the server: 65,535 bytes at most, null for an answer without data.
    ///
    /// @param challenge null where the server sent no data
    @Nullable Slice answer(@Nullable Slice challenge) throws ClientException.AuthenticationFailed;

    /// The server has accepted the client. The last chance to find that the server itself is not
    /// who it says: when it connects, the client uses nothing of the connection before.
    ///
    /// @param data null where the server sent none
    default void accepted(@Nullable Slice data) throws ClientException.AuthenticationFailed {}
  }
}
