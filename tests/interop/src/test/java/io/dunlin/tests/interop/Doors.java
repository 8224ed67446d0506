package io.dunlin.tests.interop;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// A broker that listens in every way, with a certificate for localhost that vouches for itself.
final class Doors {
  private static final String PASSWORD = "only-for-this-test";

  private final Path directory;
  private final BrokerProcess broker;

  private Doors() {
    try {
      directory = Files.createTempDirectory("dunlin-doors");
      makeCertificate();
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("no certificate", e);
    }
    broker =
        BrokerProcess.start(
            "--set=listeners.1.type=tls",
            "--set=listeners.1.port=0",
            "--set=listeners.1.tls.certificate=" + file("server.pem"),
            "--set=listeners.1.tls.key=" + file("server.key"),
            "--set=listeners.2.type=wss",
            "--set=listeners.2.port=0",
            "--set=listeners.2.tls.certificate=" + file("server.pem"),
            "--set=listeners.2.tls.key=" + file("server.key"),
            "--set=listeners.3.type=unix",
            "--set=listeners.3.unix.path=" + file("socket"),
            "--ws-port=0");
  }

  /// The one of this run.
  static Doors open() {
    return OfThisRun.DOORS;
  }

  private static final class OfThisRun {
    static final Doors DOORS = new Doors();
  }

  Route route(Route.Kind kind) {
    return new Route(kind, file("server.pem"), file("socket"));
  }

  /// The port of a listener of this kind; a Unix socket has none.
  int port(Route.Kind kind) {
    return switch (kind) {
      case TCP -> broker.port();
      case TLS -> port("tls");
      case WS -> port("ws");
      case WSS -> port("wss");
      case UNIX -> 0;
    };
  }

  private int port(String scheme) {
    Matcher matcher =
        Pattern.compile("[ ]" + scheme + "://127\\.0\\.0\\.1:(\\d+)").matcher(broker.output());
    if (!matcher.find()) {
      throw new IllegalStateException("no " + scheme + " in " + broker.output());
    }
    return Integer.parseInt(matcher.group(1));
  }

  private Path file(String name) {
    return directory.resolve(name);
  }

  private void makeCertificate() throws IOException, GeneralSecurityException {
    Path store = file("server.p12");
    Program.run(
        directory,
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            "server",
            "-keyalg",
            "EC",
            "-groupname",
            "secp256r1",
            "-dname",
            "CN=localhost",
            "-ext",
            "san=dns:localhost,ip:127.0.0.1",
            "-ext",
            "bc=ca:true",
            "-validity",
            "2",
            "-storetype",
            "PKCS12",
            "-keystore",
            store.toString(),
            "-storepass",
            PASSWORD),
        List.of());
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    write("server.pem", "CERTIFICATE", keys.getCertificate("server").getEncoded());
    write("server.key", "PRIVATE KEY", keys.getKey("server", PASSWORD.toCharArray()).getEncoded());
  }

  private void write(String name, String what, byte[] encoded) throws IOException {
    String body = Base64.getMimeEncoder().encodeToString(encoded);
    Files.writeString(
        file(name), "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n");
  }

  /// Trust in what stands in a PEM file.
  static TrustManagerFactory trust(Path pem) {
    try (InputStream in = Files.newInputStream(pem)) {
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

  static SSLContext context(Path pem) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust(pem).getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
