package io.dunlin.examples;

import io.dunlin.client.BrokerAddress;
import io.dunlin.client.Client;
import io.dunlin.client.ClientConfig;
import io.dunlin.client.ClientException;
import io.dunlin.client.Message;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Will;
import java.util.concurrent.atomic.AtomicLong;

/// A device with its own client: announces itself, then publishes at each tick. Ticks come from one
/// thread.
final class RunningDevice implements AutoCloseable {
  private final Device device;
  private final Client client;
  private final AtomicLong acknowledged = new AtomicLong();
  private String topic = "";
  private long number;

  RunningDevice(Device device, BrokerAddress broker) throws ClientException {
    this.device = device;
    Message last = device.will();
    Will will = last == null ? null : last.asWill(0);
    Connect connect =
        Connect.builder(MqttVersion.V5, device.clientId())
            .keepAliveSeconds(30)
            .will(will)
            // Kept over a restart of the broker, so that QoS 2 means once there, too.
            .sessionExpirySeconds(600)
            .build();
    client = Client.connect(ClientConfig.builder(broker, connect).reconnect(Show.SOON).build());
    device
        .announcements()
        .forEach(message -> {
          var _ = client.publish(message);
        });
  }

  /// Measures and publishes. What the broker acknowledges is counted when it does.
  void tick() {
    number++;
    Message message = device.measure(number);
    topic = message.topic().toString();
    var _ = client.publish(message).thenRun(acknowledged::incrementAndGet);
  }

  String name() {
    return device.clientId();
  }

  /// The topic of its measurements; empty before the first tick.
  String topic() {
    return topic;
  }

  /// How many measurements were published.
  long published() {
    return number;
  }

  /// How many of them the broker has acknowledged: it must not lose these.
  long acknowledged() {
    return acknowledged.get();
  }

  @Override
  public void close() {
    client.close();
  }
}
