package io.dunlin.tests.interop;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// How a client reaches the broker.
///
/// @param directory where there are `server.pem`, whom clients trust; `client.pem` and
///   `client.key`, who they are, and both in `client.p12`; and the Unix socket
record Route(Kind kind, Path directory) {
  /// Plain TCP.
  static final Route PLAIN = new Route(Kind.TCP, Path.of(""));

  /// Of key stores; they last as long as a run.
  static final char[] PASSWORD = "only-for-this-test".toCharArray();

  /// What is between the client's packets and the socket.
  enum Kind {
    TCP(false, false),
    TLS(true, false),
    /// TLS at which both show certificates.
    MUTUAL_TLS(true, false),
    WS(false, true),
    WSS(true, true),
    UNIX(false, false);

    private final boolean tls;
    private final boolean webSocket;

    Kind(boolean tls, boolean webSocket) {
      this.tls = tls;
      this.webSocket = webSocket;
    }
  }

  boolean tls() {
    return kind.tls;
  }

  boolean mutual() {
    return kind == Kind.MUTUAL_TLS;
  }

  boolean webSocket() {
    return kind.webSocket;
  }

  Path ca() {
    return directory.resolve("server.pem");
  }

  Path certificate() {
    return directory.resolve("client.pem");
  }

  Path key() {
    return directory.resolve("client.key");
  }

  Path socket() {
    return directory.resolve("socket");
  }

  /// Trust in the broker.
  TrustManagerFactory trust() {
    try (InputStream in = Files.newInputStream(ca())) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      return trust;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The client's certificate and key.
  KeyManagerFactory keys() {
    try (InputStream in = Files.newInputStream(directory.resolve("client.p12"))) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, PASSWORD);
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, PASSWORD);
      return keys;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// For clients that take sockets of the JDK.
  SSLContext context() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(mutual() ? keys().getKeyManagers() : null, trust().getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
