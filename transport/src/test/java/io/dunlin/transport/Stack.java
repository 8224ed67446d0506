package io.dunlin.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.dunlin.transport.TlsSettings.Engine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/// The protocols that a listener can have on top of a socket, with a client for each.
enum Stack {
  PLAIN,
  UNIX,
  PROXY,
  TLS,
  TLS_OF_THE_JDK,
  WS,
  WSS;

  static final WebSocketSettings WEB_SOCKET =
      new WebSocketSettings("/mqtt", List.of("*"), List.of("mqtt", "mqttv3.1"), 32 << 20, 8192);

  private static final TestCa CA = new TestCa("Test CA");
  private static final TestCa.Identity SERVER = CA.issue("localhost");

  /// A listener of this kind; what must be closed goes to `open`.
  ListenerSettings on(InetSocketAddress address, List<AutoCloseable> open) {
    ListenerSettings plain = ListenerSettings.of("test", address);
    return switch (this) {
      case PLAIN -> plain;
      case UNIX -> ListenerSettings.of("test", UnixDomainSocketAddress.of(socketFile()));
      case PROXY -> plain.withProxies(List.of(Network.parse("127.0.0.0/8")));
      case TLS -> plain.withTls(tls(Engine.AUTO, open));
      case TLS_OF_THE_JDK -> plain.withTls(tls(Engine.JDK, open));
      case WS -> plain.withWebSocket(WEB_SOCKET);
      case WSS -> plain.withTls(tls(Engine.AUTO, open)).withWebSocket(WEB_SOCKET);
    };
  }

  /// A client of such a listener.
  Socket connect(SocketAddress address, int timeoutMillis) throws IOException {
    if (this == UNIX) {
      return new StreamClient.Unix((UnixDomainSocketAddress) address);
    }
    Socket socket = new Socket();
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(timeoutMillis);
    socket.connect(address);
    return switch (this) {
      case PROXY -> {
        socket
            .getOutputStream()
            .write("PROXY TCP4 192.0.2.7 192.0.2.1 4711 1883\r\n".getBytes(US_ASCII));
        yield socket;
      }
      case TLS, TLS_OF_THE_JDK -> tls(socket);
      case WS -> StreamClient.WebSocketClient.open(socket, "mqtt");
      case WSS -> StreamClient.WebSocketClient.open(tls(socket), "mqtt");
      case PLAIN, UNIX -> socket;
    };
  }

  private static Path socketFile() {
    try {
      return Files.createTempDirectory("dunlin").resolve("socket");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static TlsContext tls(Engine engine, List<AutoCloseable> open) {
    try {
      Path directory = Files.createTempDirectory("dunlin");
      TlsContext context =
          TlsContext.load(
              "test",
              TlsSettings.of(SERVER.certificateFile(directory), SERVER.keyFile(directory))
                  .withEngine(engine));
      open.add(context);
      return context;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Socket tls(Socket socket) throws IOException {
    return tls(socket, CA, null, List.of("TLSv1.3", "TLSv1.2"));
  }

  /// A socket that speaks TLS on another; the handshake is done when it is used.
  static SSLSocket tls(
      Socket socket,
      TestCa ca,
      TestCa.@org.jspecify.annotations.Nullable Identity identity,
      List<String> protocols)
      throws IOException {
    SSLSocket secure =
        (SSLSocket)
            context(ca, identity)
                .getSocketFactory()
                .createSocket(socket, "localhost", socket.getPort(), true);
    secure.setEnabledProtocols(protocols.toArray(String[]::new));
    return secure;
  }

  private static SSLContext context(
      TestCa ca, TestCa.@org.jspecify.annotations.Nullable Identity identity) {
    try {
      KeyStore trust = KeyStore.getInstance("PKCS12");
      trust.load(null, null);
      trust.setCertificateEntry("ca", ca.certificate());
      TrustManagerFactory trusts =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trusts.init(trust);
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(null, null);
      if (identity != null) {
        var chain = new ArrayList<>(List.of(identity.certificate()));
        keys.setKeyEntry(
            "own",
            identity.keys().getPrivate(),
            new char[0],
            chain.toArray(java.security.cert.X509Certificate[]::new));
      }
      KeyManagerFactory owns =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      owns.init(keys, new char[0]);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(owns.getKeyManagers(), trusts.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
