package io.dunlin.tests.interop;

import java.nio.file.Path;

/// How a client reaches the broker.
///
/// @param ca a PEM file with whom it trusts, where there is TLS
/// @param socket the Unix socket, where it is one
record Route(Kind kind, Path ca, Path socket) {
  /// Plain TCP.
  static final Route PLAIN = new Route(Kind.TCP, Path.of(""), Path.of(""));

  /// What is between the client's packets and the socket.
  enum Kind {
    TCP(false, false),
    TLS(true, false),
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

  boolean webSocket() {
    return kind.webSocket;
  }
}
