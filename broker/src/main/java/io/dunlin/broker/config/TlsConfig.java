package io.dunlin.broker.config;

import io.dunlin.broker.config.KeyType.EnumType;
import io.dunlin.broker.config.KeyType.FileType;
import io.dunlin.transport.TlsSettings;
import io.dunlin.transport.TlsSettings.ClientCertificates;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A listener's TLS. Immutable.
///
/// @param certificate [#CERTIFICATE]
/// @param key [#KEY]
/// @param clientCertificates [#CLIENT_CERTIFICATES]
/// @param ca [#CA]
/// @param crl [#CRL]
/// @param minVersion [#MIN_VERSION]
public record TlsConfig(
    Path certificate,
    Path key,
    ClientCertificates clientCertificates,
    Path ca,
    Path crl,
    TlsVersion minVersion) {
  /// No file.
  private static final Path NONE = Path.of("");

  /// A version of TLS.
  public enum TlsVersion {
    /// TLS 1.2.
    TLS_1_2,
    /// TLS 1.3.
    TLS_1_3
  }

  /// The server's certificate.
  public static final Key<Path> CERTIFICATE =
      new Key<>(
          "listeners.*.tls.certificate",
          new FileType(),
          "",
          "The server's certificate and those that vouch for it, in a PEM file. A changed file is"
              + " used for new connections, without a restart. Empty: none.");

  /// The server's key.
  public static final Key<Path> KEY =
      new Key<>(
          "listeners.*.tls.key",
          new FileType(),
          "",
          "The private key of the certificate, in a PEM file (PKCS #8, not encrypted)."
              + " Empty: none.");

  /// Whether clients show certificates.
  public static final Key<ClientCertificates> CLIENT_CERTIFICATES =
      new Key<>(
          "listeners.*.tls.client-certificates",
          new EnumType<>(ClientCertificates.class),
          "none",
          "Whether clients show a certificate: none; optional, one that is shown must be valid;"
              + " required.");

  /// Who vouches for clients.
  public static final Key<Path> CA =
      new Key<>(
          "listeners.*.tls.ca",
          new FileType(),
          "",
          "The authorities whose certificates clients may show, in a PEM file. Empty: none.");

  /// Which certificates are revoked.
  public static final Key<Path> CRL =
      new Key<>(
          "listeners.*.tls.crl",
          new FileType(),
          "",
          "Revocation lists of these authorities, in a PEM file. When it changes, clients whose"
              + " certificates it names are disconnected. Empty: none.");

  /// The oldest version.
  public static final Key<TlsVersion> MIN_VERSION =
      new Key<>(
          "listeners.*.tls.min-version",
          new EnumType<>(TlsVersion.class),
          "tls-1-2",
          "The oldest version of TLS that clients may use.");

  static final List<Key<?>> KEYS =
      List.of(CERTIFICATE, KEY, CLIENT_CERTIFICATES, CA, CRL, MIN_VERSION);

  /// None: for a listener without TLS.
  public static TlsConfig none() {
    return new TlsConfig(NONE, NONE, ClientCertificates.NONE, NONE, NONE, TlsVersion.TLS_1_2);
  }

  /// One without client certificates.
  public static TlsConfig of(Path certificate, Path key) {
    return new TlsConfig(certificate, key, ClientCertificates.NONE, NONE, NONE, TlsVersion.TLS_1_2);
  }

  /// Checks that what belongs together is there, for a listener that speaks TLS.
  ///
  /// @throws InvalidConfig if it is not
  void check(String listener) {
    if (!present(certificate) || !present(key)) {
      throw new InvalidConfig(
          present(certificate) ? KEY.path() : CERTIFICATE.path(),
          "listener '" + listener + "' needs tls.certificate and tls.key, as PEM files");
    }
    if (asksForCertificates() && !present(ca)) {
      throw new InvalidConfig(
          CA.path(),
          "tls.client-certificates needs tls.ca, the authorities that vouch for clients");
    }
    if (present(crl) && !present(ca)) {
      throw new InvalidConfig(CRL.path(), "tls.crl needs tls.ca, the authority that signed it");
    }
  }

  /// What the transport needs to know; empty without a certificate.
  public Optional<TlsSettings> settings() {
    if (!present(certificate)) {
      return Optional.empty();
    }
    return Optional.of(
        new TlsSettings(
            certificate,
            key,
            clientCertificates,
            present(ca) ? ca : null,
            present(crl) ? crl : null,
            minVersion == TlsVersion.TLS_1_3
                ? TlsSettings.Oldest.TLS_1_3
                : TlsSettings.Oldest.TLS_1_2,
            TlsSettings.Engine.AUTO));
  }

  /// Whether clients may show certificates.
  boolean asksForCertificates() {
    return clientCertificates != ClientCertificates.NONE;
  }

  private static boolean present(Path path) {
    return !path.toString().isEmpty();
  }

  static TlsConfig from(Values values) {
    return new TlsConfig(
        values.get(CERTIFICATE),
        values.get(KEY),
        values.get(CLIENT_CERTIFICATES),
        values.get(CA),
        values.get(CRL),
        values.get(MIN_VERSION));
  }
}
