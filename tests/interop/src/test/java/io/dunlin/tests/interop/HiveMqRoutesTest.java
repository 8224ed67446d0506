package io.dunlin.tests.interop;

import java.util.Map;

/// HiveMQ MQTT Client over TLS and WebSocket; it knows no Unix sockets.
class HiveMqRoutesTest extends RouteContract {
  HiveMqRoutesTest() {
    super(
        Map.of("3.1.1", HiveMqV3::new, "5.0", HiveMqV5::new),
        Route.Kind.TLS,
        Route.Kind.MUTUAL_TLS,
        Route.Kind.WS,
        Route.Kind.WSS);
  }
}
