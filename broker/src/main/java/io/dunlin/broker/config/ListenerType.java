package io.dunlin.broker.config;

/// How bytes come through a listener.
public enum ListenerType {
  /// Plain TCP.
  TCP(1883, false, false),
  /// TLS on TCP.
  TLS(8883, true, false),
  /// WebSocket.
  WS(8083, false, true),
  /// WebSocket on TLS.
  WSS(8084, true, true),
  /// A Unix socket.
  UNIX(0, false, false);

  private final int port;
  private final boolean tls;
  private final boolean webSocket;

  ListenerType(int port, boolean tls, boolean webSocket) {
    this.port = port;
    this.tls = tls;
    this.webSocket = webSocket;
  }

  /// The port of a listener that was given none.
  int defaultPort() {
    return port;
  }

  /// Whether it needs a certificate.
  public boolean tls() {
    return tls;
  }

  /// Whether it speaks WebSocket.
  public boolean webSocket() {
    return webSocket;
  }
}
