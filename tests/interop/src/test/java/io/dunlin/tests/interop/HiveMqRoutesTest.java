package io.dunlin.tests.interop;

/// HiveMQ MQTT Client over TLS and WebSocket.
class HiveMqRoutesTest extends RouteContract {
  HiveMqRoutesTest() {
    super(HiveMqV5::new, Route.Kind.TLS, Route.Kind.WS, Route.Kind.WSS);
  }
}
