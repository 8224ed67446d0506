package io.dunlin.tests.interop;

/// Paho's Java client for MQTT 5.0 over TLS and WebSocket.
class PahoV5RoutesTest extends RouteContract {
  PahoV5RoutesTest() {
    super(PahoV5::new, Route.Kind.TLS, Route.Kind.WS, Route.Kind.WSS);
  }
}
