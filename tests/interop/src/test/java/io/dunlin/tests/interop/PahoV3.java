package io.dunlin.tests.interop;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttCallbackExtended;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

/// The client of org.eclipse.paho:org.eclipse.paho.client.mqttv3: MQTT 3.1.1.
final class PahoV3 implements ForeignClient {
  private final Route route;

  PahoV3() {
    this(Route.PLAIN);
  }

  PahoV3(Route route) {
    this.route = route;
  }

  @Override
  public void publish(int port, String topic, List<String> payloads, int qos, boolean retain)
      throws MqttException {
    try (MqttClient client = client(port, MqttClient.generateClientId())) {
      client.connect(options());
      for (String payload : payloads) {
        client.publish(topic, payload.getBytes(StandardCharsets.UTF_8), qos, retain);
      }
      client.disconnect();
    }
  }

  @Override
  public Subscriber subscribe(int port, String clientId, boolean durable, String filter, int qos)
      throws MqttException {
    MqttClient client = client(port, clientId);
    Inbox inbox = new Inbox();
    client.setCallback(new IntoInbox(inbox));
    MqttConnectOptions options = options();
    options.setCleanSession(!durable);
    options.setAutomaticReconnect(true);
    client.connect(options);
    client.subscribe(filter, qos);
    return new Subscriber() {
      @Override
      public String next() throws InterruptedException {
        return inbox.next();
      }

      @Override
      public void close() {
        try {
          if (client.isConnected()) {
            client.disconnect();
          }
          client.close();
        } catch (MqttException e) {
          throw new IllegalStateException(e);
        }
      }
    };
  }

  @Override
  public AutoCloseable connectWithWill(int port, String clientId, String topic, String payload)
      throws MqttException {
    MqttClient client = client(port, clientId);
    MqttConnectOptions options = options();
    options.setWill(topic, payload.getBytes(StandardCharsets.UTF_8), 1, false);
    client.connect(options);
    return () -> client.close(true); // whether it has noticed that it is cut off or not
  }

  private MqttConnectOptions options() {
    MqttConnectOptions options = new MqttConnectOptions();
    if (route.tls()) {
      options.setSocketFactory(route.context().getSocketFactory());
    }
    return options;
  }

  private MqttClient client(int port, String clientId) throws MqttException {
    return new MqttClient(Paho.uri(route, port), clientId, new MemoryPersistence());
  }

  private record IntoInbox(Inbox inbox) implements MqttCallbackExtended {
    @Override
    public void messageArrived(String topic, MqttMessage message) {
      inbox.add(message.getPayload());
    }

    @Override
    public void connectComplete(boolean again, String uri) {}

    @Override
    public void connectionLost(Throwable cause) {}

    @Override
    public void deliveryComplete(IMqttDeliveryToken token) {}
  }
}
