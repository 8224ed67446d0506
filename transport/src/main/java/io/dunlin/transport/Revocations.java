package io.dunlin.transport;

import java.net.Socket;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/// Trusts whom another trusts, but for those that have been revoked. Immutable.
///
/// A list names the certificates that are revoked; an authority without a list has revoked none.
/// The JDK's own check would refuse the clients of such an authority, and everybody from the day
/// that a list is outdated.
final class Revocations extends X509ExtendedTrustManager {
  private final X509ExtendedTrustManager trust;
  private final TlsMaterial material;

  Revocations(X509ExtendedTrustManager trust, TlsMaterial material) {
    this.trust = trust;
    this.material = material;
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    trust.checkClientTrusted(chain, authType, engine);
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    trust.checkClientTrusted(chain, authType, socket);
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    trust.checkClientTrusted(chain, authType);
    check(chain);
  }

  private void check(X509Certificate[] chain) throws CertificateException {
    if (material.revoked(List.of(chain))) {
      // With this cause BoringSSL's alert is certificate_revoked; the JDK always has another.
      throw new CertificateException(
          "the certificate is revoked",
          new CertPathValidatorException(
              "revoked", null, null, -1, CertPathValidatorException.BasicReason.REVOKED));
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw noServer();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw noServer();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw noServer();
  }

  private static CertificateException noServer() {
    return new CertificateException("listeners trust no servers");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return trust.getAcceptedIssuers();
  }
}
