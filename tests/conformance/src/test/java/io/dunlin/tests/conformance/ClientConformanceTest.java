package io.dunlin.tests.conformance;

import io.dunlin.base.Slice;
import io.dunlin.client.BrokerAddress;
import io.dunlin.client.Client;
import io.dunlin.client.ClientConfig;
import io.dunlin.client.ClientException;
import io.dunlin.client.Message;
import io.dunlin.client.Reconnect;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Qos;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;

/// What the tests of the client share: a server of which the test says every byte, and a client
/// that talks to it. What these tests cite holds for the client.
abstract class ClientConformanceTest {
  static final Bytes NOTHING = new Bytes();
  private static final Reconnect AT_ONCE =
      new Reconnect(Duration.ofMillis(1), Duration.ofMillis(1), 100);

  final ServerScript server = new ServerScript();
  final BlockingQueue<String> received = new LinkedBlockingQueue<>();
  private final List<Client> clients = new ArrayList<>();
  private final List<ServerScript.Line> lines = new ArrayList<>();

  @AfterEach
  void end() throws Exception {
    lines.forEach(ServerScript.Line::close);
    server.close();
    clients.forEach(Client::close);
  }

  /// A client that is connected, and the other end of its connection.
  record Pair(Client client, ServerScript.Line line) {}

  static MqttVersion mqtt(Version version) {
    return switch (version) {
      case V3_1 -> MqttVersion.V3_1;
      case V3_1_1 -> MqttVersion.V3_1_1;
      case V5 -> MqttVersion.V5;
    };
  }

  /// A CONNECT that asks for a session that stays.
  static Connect.Builder durable(Version version) {
    Connect.Builder connect = Connect.builder(mqtt(version), "c").cleanStart(false);
    return version == Version.V5 ? connect.sessionExpirySeconds(100) : connect;
  }

  static Connect.Builder clean(Version version) {
    return Connect.builder(mqtt(version), "c");
  }

  /// A client's configuration; its handler puts payloads into `received`.
  ClientConfig.Builder config(Connect.Builder connect) {
    return ClientConfig.builder(BrokerAddress.tcp("127.0.0.1", server.port()), connect.build())
        .reconnect(AT_ONCE)
        .handler(message -> received.add(message.message().payload().utf8()));
  }

  CompletableFuture<Client> begin(ClientConfig.Builder config) {
    CompletableFuture<Client> connected = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            connected.complete(Client.connect(config.build()));
          } catch (ClientException | RuntimeException e) {
            connected.completeExceptionally(e);
          }
        });
    return connected;
  }

  ServerScript.Line accept(Version version) {
    ServerScript.Line line = server.accept(version);
    lines.add(line);
    return line;
  }

  Pair connect(Version version, Connect.Builder connect, Bytes connAckProperties) {
    return connect(version, config(connect), connAckProperties);
  }

  Pair connect(Version version, ClientConfig.Builder config, Bytes connAckProperties) {
    CompletableFuture<Client> connecting = begin(config);
    ServerScript.Line line = accept(version);
    line.expect(PacketType.CONNECT);
    line.accept(false, connAckProperties);
    return new Pair(get(connecting), line);
  }

  /// The client comes back after its connection was cut.
  ServerScript.Line reconnect(ServerScript.Line before, Version version, boolean sessionPresent) {
    before.close();
    ServerScript.Line line = accept(version);
    line.expect(PacketType.CONNECT);
    return line.accept(sessionPresent, NOTHING);
  }

  Client get(CompletableFuture<Client> connecting) {
    Client client = await(connecting);
    clients.add(client);
    return client;
  }

  static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(10, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("not completed well", e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Why a future failed.
  static Throwable failure(CompletableFuture<?> future) {
    try {
      throw new AssertionError("completed with " + future.get(10, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      return Objects.requireNonNull(e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("not completed", e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Waits until the test lets go.
  static void hold(CountDownLatch latch) {
    try {
      if (!latch.await(20, TimeUnit.SECONDS)) {
        throw new AssertionError("held for too long");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  String nextReceived() {
    try {
      String payload = received.poll(10, TimeUnit.SECONDS);
      if (payload == null) {
        throw new AssertionError("no message came to the application");
      }
      return payload;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static Message message(String payload, int qos) {
    return Message.of("t", Slice.utf8(payload), Qos.of(qos));
  }
}
