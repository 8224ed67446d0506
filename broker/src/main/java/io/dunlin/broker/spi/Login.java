package io.dunlin.broker.spi;

import io.dunlin.base.Slice;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who wants to connect, and what they show. Immutable.
///
/// @param clientId as sent, or as assigned by the broker
/// @param userName null when the CONNECT has none
/// @param password null when the CONNECT has none
/// @param listener the name of the listener
/// @param remoteAddress the peer
/// @param certificates the verified chain that the client has shown, its own first; empty for none
public record Login(
    String clientId,
    @Nullable String userName,
    @Nullable Slice password,
    String listener,
    String remoteAddress,
    List<X509Certificate> certificates) {
  public Login {
    certificates = List.copyOf(certificates);
  }

  /// One without a certificate.
  public Login(
      String clientId,
      @Nullable String userName,
      @Nullable Slice password,
      String listener,
      String remoteAddress) {
    this(clientId, userName, password, listener, remoteAddress, List.of());
  }

  /// The same without the password: what is kept while the client is connected.
  public Login withoutPassword() {
    return new Login(clientId, userName, null, listener, remoteAddress, certificates);
  }

  /// Without the password.
  @Override
  public String toString() {
    return "Login[clientId=%s, userName=%s, listener=%s, remoteAddress=%s]"
        .formatted(clientId, userName, listener, remoteAddress);
  }
}
