package io.dunlin.tests.interop;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttClient;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;

/// The client of org.eclipse.paho:org.eclipse.paho.mqttv5.client: MQTT 5.0.
final class PahoV5 implements ForeignClient {
  private final Route route;

  PahoV5() {
    this(Route.PLAIN);
  }

  PahoV5(Route route) {
    this.route = route;
  }

  @Override
  public void publish(int port, String topic, List<String> payloads, int qos, boolean retain)
      throws MqttException {
    MqttClient client = client(port, UUID.randomUUID().toString());
    client.connect(options());
    for (String payload : payloads) {
      client.publish(topic, payload.getBytes(StandardCharsets.UTF_8), qos, retain);
    }
    client.disconnect();
    client.close();
  }

  @Override
  public Subscriber subscribe(int port, String clientId, boolean durable, String filter, int qos)
      throws MqttException {
    MqttClient client = client(port, clientId);
    Inbox inbox = new Inbox();
    client.setCallback(new IntoInbox(inbox));
    MqttConnectionOptions options = options();
    options.setCleanStart(!durable);
    options.setSessionExpiryInterval(durable ? 3_600L : 0L);
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
    MqttConnectionOptions options = options();
    options.setWill(
        topic, new MqttMessage(payload.getBytes(StandardCharsets.UTF_8), 1, false, null));
    client.connect(options);
    return () -> client.close(true); // whether it has noticed that it is cut off or not
  }

  private MqttConnectionOptions options() {
    MqttConnectionOptions options = new MqttConnectionOptions();
    if (route.tls()) {
      options.setSocketFactory(route.context().getSocketFactory());
    }
    return options;
  }

  private MqttClient client(int port, String clientId) throws MqttException {
    return new MqttClient(Paho.uri(route, port), clientId, new MemoryPersistence());
  }

  private record IntoInbox(Inbox inbox) implements MqttCallback {
    @Override
    public void messageArrived(String topic, MqttMessage message) {
      inbox.add(message.getPayload());
    }

    @Override
    public void connectComplete(boolean again, String uri) {}

    @Override
    public void disconnected(MqttDisconnectResponse response) {}

    @Override
    public void mqttErrorOccurred(MqttException exception) {}

    @Override
    public void deliveryComplete(IMqttToken token) {}

    @Override
    public void authPacketArrived(int reasonCode, MqttProperties properties) {}
  }
}
