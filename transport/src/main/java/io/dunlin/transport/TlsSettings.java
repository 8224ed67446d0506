package io.dunlin.transport;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// How a listener does TLS. Immutable.
///
/// @param certificate a PEM file: the server's certificate, then those that vouch for it
/// @param key a PEM file: its private key, PKCS #8, not encrypted
/// @param clientCertificates whether clients show a certificate
/// @param ca a PEM file: the authorities that vouch for clients; null only when none is asked for
/// @param crl a PEM file: certificates that these have revoked; null for none
/// @param oldest the oldest version of TLS that is spoken
/// @param engine who does the cryptography
public record TlsSettings(
    Path certificate,
    Path key,
    ClientCertificates clientCertificates,
    @Nullable Path ca,
    @Nullable Path crl,
    Oldest oldest,
    Engine engine) {
  /// Whether clients show a certificate.
  public enum ClientCertificates {
    /// They are not asked for one.
    NONE,
    /// They are asked, and may have none; one that is shown must be valid.
    OPTIONAL,
    /// They must show a valid one.
    REQUIRED
  }

  /// The oldest version of TLS that is spoken.
  public enum Oldest {
    /// TLS 1.2.
    TLS_1_2,
    /// TLS 1.3.
    TLS_1_3
  }

  /// Who does the cryptography.
  public enum Engine {
    /// BoringSSL where its native library loads, else the JDK.
    AUTO,
    /// The JDK.
    JDK
  }

  /// One without client certificates.
  public static TlsSettings of(Path certificate, Path key) {
    return new TlsSettings(
        certificate, key, ClientCertificates.NONE, null, null, Oldest.TLS_1_2, Engine.AUTO);
  }

  public TlsSettings {
    if (clientCertificates != ClientCertificates.NONE && ca == null) {
      throw new IllegalArgumentException("client certificates need a CA that vouches for them");
    }
    if (crl != null && ca == null) {
      throw new IllegalArgumentException("a revocation list needs the CA that signed it");
    }
  }

  /// The same with client certificates.
  public TlsSettings withClients(ClientCertificates value, Path newCa, @Nullable Path newCrl) {
    return new TlsSettings(certificate, key, value, newCa, newCrl, oldest, engine);
  }

  /// The same on another engine.
  public TlsSettings withEngine(Engine value) {
    return new TlsSettings(certificate, key, clientCertificates, ca, crl, oldest, value);
  }

  /// The same with another oldest version.
  public TlsSettings withOldest(Oldest value) {
    return new TlsSettings(certificate, key, clientCertificates, ca, crl, value, engine);
  }
}
