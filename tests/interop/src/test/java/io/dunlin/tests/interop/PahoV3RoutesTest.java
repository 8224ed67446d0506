package io.dunlin.tests.interop;

/// Paho's Java client for MQTT 3.1.1 over TLS and WebSocket.
class PahoV3RoutesTest extends RouteContract {
  PahoV3RoutesTest() {
    super(PahoV3::new, Route.Kind.TLS, Route.Kind.WS, Route.Kind.WSS);
  }
}
