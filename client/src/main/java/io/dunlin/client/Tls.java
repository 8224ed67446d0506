package io.dunlin.client;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// Secures sockets as a [TlsConfig] says.
final class Tls {
  private static final Pattern PRIVATE_KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");
  private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "EdDSA");
  private static final String CERTIFICATE = "-----BEGIN CERTIFICATE-----";
  private static final char[] NO_PASSWORD = {};

  private Tls() {}

  /// Shakes hands with the server over `socket`, and returns the socket to talk over.
  ///
  /// @throws IOException if a file is unfit, or either side does not trust the other
  static SSLSocket handshake(Socket socket, TlsConfig config, String host, int port)
      throws IOException {
    SSLSocket secured =
        (SSLSocket) context(config).getSocketFactory().createSocket(socket, host, port, true);
    SSLParameters parameters = secured.getSSLParameters();
    if (config.checkHostName()) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    if (!config.protocols().isEmpty()) {
      parameters.setProtocols(config.protocols().toArray(String[]::new));
    }
    if (!config.cipherSuites().isEmpty()) {
      parameters.setCipherSuites(config.cipherSuites().toArray(String[]::new));
    }
    if (!config.alpn().isEmpty()) {
      parameters.setApplicationProtocols(config.alpn().toArray(String[]::new));
    }
    try {
      secured.setSSLParameters(parameters);
    } catch (IllegalArgumentException e) {
      throw new IOException("TLS cannot be set up: " + e.getMessage(), e);
    }
    secured.startHandshake();
    return secured;
  }

  private static SSLContext context(TlsConfig config) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys(config), trust(config.caFile()), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS cannot be set up: " + e.getMessage(), e);
    }
  }

  /// Null for what the Java runtime trusts.
  private static TrustManager @Nullable [] trust(@Nullable Path caFile)
      throws IOException, GeneralSecurityException {
    if (caFile == null) {
      return null;
    }
    KeyStore store = emptyStore();
    int number = 0;
    for (Certificate each : authorities(caFile)) {
      store.setCertificateEntry("ca" + number++, each);
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyManager @Nullable [] keys(TlsConfig config)
      throws IOException, GeneralSecurityException {
    if (config.certificateFile() == null || config.keyFile() == null) {
      return null;
    }
    KeyStore store = emptyStore();
    store.setKeyEntry(
        "client",
        privateKey(config.keyFile()),
        NO_PASSWORD,
        certificates(config.certificateFile()).toArray(Certificate[]::new));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  /// Those of a file, or of all files of a directory that hold some.
  private static List<Certificate> authorities(Path place) throws IOException {
    if (!Files.isDirectory(place)) {
      return certificates(place);
    }
    List<Certificate> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(place, Files::isRegularFile)) {
      for (Path file : files) {
        if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(CERTIFICATE)) {
          found.addAll(certificates(file));
        }
      }
    }
    if (found.isEmpty()) {
      throw new IOException("no file in " + place + " holds a certificate (PEM)");
    }
    return found;
  }

  private static List<Certificate> certificates(Path file) throws IOException {
    try {
      List<Certificate> found =
          List.copyOf(
              CertificateFactory.getInstance("X.509")
                  .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file))));
      if (found.isEmpty()) {
        throw new IOException(file + " holds no certificate (PEM)");
      }
      return found;
    } catch (GeneralSecurityException e) {
      throw new IOException(file + " holds no certificate (PEM): " + e.getMessage(), e);
    }
  }

  private static PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
    Matcher key = PRIVATE_KEY.matcher(Files.readString(file, StandardCharsets.US_ASCII));
    if (!key.find()) {
      throw new IOException(
          file
              + " holds no private key in the form PKCS #8 without a password; to make one: openssl"
              + " pkcs8 -topk8 -nocrypt -in "
              + file
              + " -out key.pem");
    }
    PKCS8EncodedKeySpec encoded =
        new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(key.group(1)));
    IOException unfit = new IOException("the key in " + file + " is of none of " + KEY_ALGORITHMS);
    for (String algorithm : KEY_ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
      } catch (InvalidKeySpecException e) {
        unfit.addSuppressed(e); // One of another algorithm.
      }
    }
    throw unfit;
  }
}
