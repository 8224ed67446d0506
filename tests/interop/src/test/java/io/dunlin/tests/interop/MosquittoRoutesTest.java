package io.dunlin.tests.interop;

import java.util.Map;
import org.junit.jupiter.api.Tag;

/// Mosquitto's tools over TLS and a Unix socket; those of its version 2.0 know no WebSocket.
@Tag("mosquitto")
class MosquittoRoutesTest extends RouteContract {
  MosquittoRoutesTest() {
    super(
        Map.of(
            "3.1.1",
            route -> new MosquittoTools("311", route),
            "5.0",
            route -> new MosquittoTools("5", route)),
        Route.Kind.TLS,
        Route.Kind.MUTUAL_TLS,
        Route.Kind.UNIX);
  }

  /// mosquitto_sub ends with an error of OpenSSL's.
  @Override
  boolean comesBack() {
    return false;
  }
}
