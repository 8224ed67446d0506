package io.dunlin.tests.interop;

import java.util.Map;
import org.junit.jupiter.api.Tag;

/// MQTT.js over TLS, WebSocket and a Unix socket.
@Tag("node")
class MqttJsRoutesTest extends RouteContract {
  MqttJsRoutesTest() {
    super(
        Map.of("3.1.1", route -> new MqttJs(4, route), "5.0", route -> new MqttJs(5, route)),
        Route.Kind.TLS,
        Route.Kind.MUTUAL_TLS,
        Route.Kind.WS,
        Route.Kind.WSS,
        Route.Kind.UNIX);
  }
}
