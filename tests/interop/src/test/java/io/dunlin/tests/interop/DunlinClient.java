package io.dunlin.tests.interop;

import io.dunlin.base.Slice;
import io.dunlin.client.BrokerAddress;
import io.dunlin.client.Client;
import io.dunlin.client.ClientConfig;
import io.dunlin.client.ClientException;
import io.dunlin.client.Message;
import io.dunlin.client.Published;
import io.dunlin.client.Reconnect;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Qos;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/// This repository's own client, held to what is asked of the foreign ones.
record DunlinClient(MqttVersion version) implements ForeignClient {
  private static final Reconnect QUICK =
      new Reconnect(Duration.ofMillis(50), Duration.ofMillis(500), Integer.MAX_VALUE);

  @Override
  public void publish(int port, String topic, List<String> payloads, int qos, boolean retain)
      throws ClientException {
    Connect connect = connect(UUID.randomUUID().toString(), false).build();
    try (Client client = Client.connect(config(port, connect).build())) {
      List<CompletableFuture<Published>> all = new ArrayList<>();
      for (String payload : payloads) {
        all.add(
            client.publish(
                Message.builder(topic).payload(payload).qos(Qos.of(qos)).retain(retain).build()));
      }
      all.forEach(CompletableFuture::join);
    }
  }

  @Override
  public Subscriber subscribe(int port, String clientId, boolean durable, String filter, int qos)
      throws ClientException {
    Inbox inbox = new Inbox();
    Client client =
        Client.connect(
            config(port, connect(clientId, durable).build())
                .handler(message -> inbox.add(message.message().payload().toArray()))
                .build());
    client.subscribe(filter, Qos.of(qos)).join();
    return new Subscriber() {
      @Override
      public String next() throws InterruptedException {
        return inbox.next();
      }

      @Override
      public void close() {
        client.close();
      }
    };
  }

  @Override
  public AutoCloseable connectWithWill(int port, String clientId, String topic, String payload)
      throws ClientException {
    Connect connect =
        connect(clientId, false)
            .will(Message.of(topic, Slice.utf8(payload), Qos.AT_LEAST_ONCE).asWill(0))
            .build();
    return Client.connect(config(port, connect).reconnect(Reconnect.NEVER).build());
  }

  private Connect.Builder connect(String clientId, boolean durable) {
    Connect.Builder connect = Connect.builder(version, clientId).cleanStart(!durable);
    return durable && version == MqttVersion.V5 ? connect.sessionExpirySeconds(3_600) : connect;
  }

  private static ClientConfig.Builder config(int port, Connect connect) {
    return ClientConfig.builder(BrokerAddress.tcp("127.0.0.1", port), connect).reconnect(QUICK);
  }
}
