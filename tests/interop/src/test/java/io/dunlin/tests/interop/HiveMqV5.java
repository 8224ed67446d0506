package io.dunlin.tests.interop;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5ClientBuilder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/// The client of com.hivemq:hivemq-mqtt-client, with MQTT 5.0.
final class HiveMqV5 implements ForeignClient {
  private final Route route;

  HiveMqV5() {
    this(Route.PLAIN);
  }

  HiveMqV5(Route route) {
    this.route = route;
  }

  @Override
  public void publish(int port, String topic, List<String> payloads, int qos, boolean retain) {
    Mqtt5BlockingClient client = builder(port, UUID.randomUUID().toString()).buildBlocking();
    client.connect();
    for (String payload : payloads) {
      client
          .publishWith()
          .topic(topic)
          .payload(payload.getBytes(StandardCharsets.UTF_8))
          .qos(qos(qos))
          .retain(retain)
          .send();
    }
    client.disconnect();
  }

  @Override
  public Subscriber subscribe(int port, String clientId, boolean durable, String filter, int qos) {
    Mqtt5BlockingClient client =
        builder(port, clientId).automaticReconnectWithDefaultConfig().buildBlocking();
    Inbox inbox = new Inbox();
    client
        .toAsync()
        .publishes(MqttGlobalPublishFilter.ALL, publish -> inbox.add(publish.getPayloadAsBytes()));
    client.connectWith().cleanStart(!durable).sessionExpiryInterval(durable ? 3_600 : 0).send();
    client.subscribeWith().topicFilter(filter).qos(qos(qos)).send();
    return new Subscriber() {
      @Override
      public String next() throws InterruptedException {
        return inbox.next();
      }

      @Override
      public void close() {
        if (client.getState().isConnected()) {
          client.disconnect();
        }
      }
    };
  }

  @Override
  public AutoCloseable connectWithWill(int port, String clientId, String topic, String payload) {
    Mqtt5BlockingClient client = builder(port, clientId).buildBlocking();
    client
        .connectWith()
        .willPublish()
        .topic(topic)
        .payload(payload.getBytes(StandardCharsets.UTF_8))
        .qos(MqttQos.AT_LEAST_ONCE)
        .applyWillPublish()
        .send();
    return () -> {};
  }

  private Mqtt5ClientBuilder builder(int port, String clientId) {
    return HiveMq.builder(route, port, clientId).useMqttVersion5();
  }

  private static MqttQos qos(int qos) {
    return MqttQos.values()[qos];
  }
}
