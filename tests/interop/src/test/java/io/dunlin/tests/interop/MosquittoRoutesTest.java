package io.dunlin.tests.interop;

import org.junit.jupiter.api.Tag;

/// Mosquitto's tools over TLS and a Unix socket.
@Tag("mosquitto")
class MosquittoRoutesTest extends RouteContract {
  MosquittoRoutesTest() {
    super(route -> new MosquittoTools("5", route), Route.Kind.TLS, Route.Kind.UNIX);
  }
}
