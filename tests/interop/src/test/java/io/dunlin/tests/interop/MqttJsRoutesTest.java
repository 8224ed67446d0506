package io.dunlin.tests.interop;

import org.junit.jupiter.api.Tag;

/// MQTT.js over TLS and WebSocket.
@Tag("node")
class MqttJsRoutesTest extends RouteContract {
  MqttJsRoutesTest() {
    super(route -> new MqttJs(5, route), Route.Kind.TLS, Route.Kind.WS, Route.Kind.WSS);
  }
}
