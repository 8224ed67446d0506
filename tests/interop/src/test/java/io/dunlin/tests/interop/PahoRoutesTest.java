package io.dunlin.tests.interop;

import java.util.Map;

/// Paho's Java clients over TLS and WebSocket; they know no Unix sockets.
class PahoRoutesTest extends RouteContract {
  PahoRoutesTest() {
    super(
        Map.of("3.1.1", PahoV3::new, "5.0", PahoV5::new),
        Route.Kind.TLS,
        Route.Kind.MUTUAL_TLS,
        Route.Kind.WS,
        Route.Kind.WSS);
  }
}
