package io.dunlin.tests.interop;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientBuilder;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttClientSslConfigBuilder;

/// What the clients of com.hivemq:hivemq-mqtt-client share, whatever their version of MQTT.
final class HiveMq {
  private HiveMq() {}

  static MqttClientBuilder builder(Route route, int port, String clientId) {
    MqttClientBuilder builder =
        MqttClient.builder().identifier(clientId).serverHost("127.0.0.1").serverPort(port);
    if (route.tls()) {
      builder = builder.sslConfig(ssl(route));
    }
    return route.webSocket()
        ? builder.webSocketConfig().serverPath("mqtt").applyWebSocketConfig()
        : builder;
  }

  private static MqttClientSslConfig ssl(Route route) {
    MqttClientSslConfigBuilder ssl =
        MqttClientSslConfig.builder().trustManagerFactory(route.trust());
    return (route.mutual() ? ssl.keyManagerFactory(route.keys()) : ssl).build();
  }
}
