package io.dunlin.client;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a client secures its connection. Immutable.
///
/// @param caFile certificates to trust (PEM): a file, or a directory of such files; null for those
///   of the Java runtime
/// @param certificateFile the client's own certificate and those between it and the authority
///   (PEM); null for none
/// @param keyFile the private key to it (PEM, PKCS #8, not encrypted); null for none
/// @param checkHostName whether the server's certificate must be for the host that was asked for;
///   without that check anybody with any trusted certificate can pose as the server
/// @param protocols like `TLSv1.3`; empty for those that Java has switched on
/// @param cipherSuites like `TLS_AES_128_GCM_SHA256`; empty for those that Java has switched on
/// @param alpn the application protocols to offer, like `mqtt`; empty for none
public record TlsConfig(
    @Nullable Path caFile,
    @Nullable Path certificateFile,
    @Nullable Path keyFile,
    boolean checkHostName,
    List<String> protocols,
    List<String> cipherSuites,
    List<String> alpn) {
  /// What browsers trust, no certificate of its own.
  public static final TlsConfig DEFAULT =
      new TlsConfig(null, null, null, true, List.of(), List.of(), List.of());

  public TlsConfig {
    protocols = List.copyOf(protocols);
    cipherSuites = List.copyOf(cipherSuites);
    alpn = List.copyOf(alpn);
    if ((certificateFile == null) != (keyFile == null)) {
      throw new IllegalArgumentException("a certificate and its key come together");
    }
  }

  /// The same, trusting the certificates in `value`.
  public TlsConfig withCaFile(@Nullable Path value) {
    return new TlsConfig(
        value, certificateFile, keyFile, checkHostName, protocols, cipherSuites, alpn);
  }

  /// The same with a client certificate.
  public TlsConfig withCertificate(Path certificate, Path key) {
    return new TlsConfig(caFile, certificate, key, checkHostName, protocols, cipherSuites, alpn);
  }

  /// The same, checking the host's name or not.
  public TlsConfig withCheckHostName(boolean value) {
    return new TlsConfig(caFile, certificateFile, keyFile, value, protocols, cipherSuites, alpn);
  }

  /// The same, offering these cipher suites only.
  public TlsConfig withCipherSuites(List<String> value) {
    return new TlsConfig(caFile, certificateFile, keyFile, checkHostName, protocols, value, alpn);
  }
}
