package io.dunlin.tests.interop;

/// What the clients of org.eclipse.paho share, whatever their version of MQTT.
final class Paho {
  private Paho() {}

  /// The broker's address, as both take it.
  static String uri(Route route, int port) {
    String scheme =
        switch (route.kind()) {
          case TCP -> "tcp";
          case TLS, MUTUAL_TLS -> "ssl";
          case WS -> "ws";
          case WSS -> "wss";
          case UNIX -> throw new IllegalArgumentException("Paho knows no Unix sockets");
        };
    return scheme + "://localhost:" + port + (route.webSocket() ? "/mqtt" : "");
  }
}
