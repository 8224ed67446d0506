package io.dunlin.client;

import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Where a broker listens, and how to get there. Immutable.
///
/// @param host a name or an address, 1..65535 characters; empty for a Unix socket
/// @param port 1..65535; 0 for a Unix socket
/// @param localAddress the name or address of this machine to connect from; null for any
/// @param unixSocket the socket's file; null for TCP
/// @param tls how to secure the connection; null for not at all
/// @param webSocketPath the path of the request, `/mqtt` by custom; null for no WebSocket
public record BrokerAddress(
    String host,
    int port,
    @Nullable String localAddress,
    @Nullable Path unixSocket,
    @Nullable TlsConfig tls,
    @Nullable String webSocketPath) {
  public BrokerAddress {
    if (unixSocket == null && (host.isEmpty() || port < 1 || port > 65_535)) {
      throw new IllegalArgumentException("host '" + host + "', port " + port);
    }
    if (webSocketPath != null && !webSocketPath.matches("/[!-~]*")) {
      throw new IllegalArgumentException("WebSocket path '" + webSocketPath + "'");
    }
  }

  /// Plain TCP.
  public static BrokerAddress tcp(String host, int port) {
    return new BrokerAddress(host, port, null, null, null, null);
  }

  /// A Unix socket.
  public static BrokerAddress unix(Path file) {
    return new BrokerAddress("", 0, null, file, null, null);
  }

  /// The same place, from an address of this machine.
  public BrokerAddress withLocalAddress(@Nullable String value) {
    return new BrokerAddress(host, port, value, unixSocket, tls, webSocketPath);
  }

  /// The same place with TLS.
  public BrokerAddress withTls(@Nullable TlsConfig value) {
    return new BrokerAddress(host, port, localAddress, unixSocket, value, webSocketPath);
  }

  /// The same place, with WebSocket frames.
  public BrokerAddress withWebSocket(@Nullable String path) {
    return new BrokerAddress(host, port, localAddress, unixSocket, tls, path);
  }

  /// Reads `mqtt://host`, `mqtts://host:8883`, `ws://host/path`, `wss://host:443/mqtt` or
  /// `unix:///run/dunlin.sock`. Without a port the scheme's own: 1883, 8883, 80, 443.
  ///
  /// @throws IllegalArgumentException if it is none of these
  public static BrokerAddress parse(String text) {
    URI uri = URI.create(text);
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    @Nullable String host = uri.getHost();
    if (scheme.equals("unix")) {
      return unix(Path.of(uri.getPath()));
    }
    if (host == null) {
      throw new IllegalArgumentException("no host in '" + text + "'");
    }
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    return switch (scheme) {
      case "mqtt", "tcp" -> tcp(bare, port(uri, 1883));
      case "mqtts", "ssl" -> tcp(bare, port(uri, 8883)).withTls(TlsConfig.DEFAULT);
      case "ws" -> tcp(bare, port(uri, 80)).withWebSocket(path);
      case "wss" -> tcp(bare, port(uri, 443)).withTls(TlsConfig.DEFAULT).withWebSocket(path);
      default ->
          throw new IllegalArgumentException(
              "'" + text + "' begins with none of mqtt:, mqtts:, ws:, wss:, unix:");
    };
  }

  private static int port(URI uri, int usual) {
    return uri.getPort() < 0 ? usual : uri.getPort();
  }

  /// For people: `127.0.0.1:1883`.
  @Override
  public String toString() {
    if (unixSocket != null) {
      return unixSocket.toString();
    }
    String place = (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    return webSocketPath == null ? place : place + webSocketPath;
  }
}
