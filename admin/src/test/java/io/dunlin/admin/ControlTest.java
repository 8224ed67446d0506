package io.dunlin.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dunlin.broker.config.LogConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ControlTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir Path data;

  /// The other end of a broker's control socket.
  private record Client(SocketChannel channel, BufferedReader in) implements AutoCloseable {
    static Client of(Running running) throws IOException {
      SocketChannel channel =
          SocketChannel.open(UnixDomainSocketAddress.of(Control.socket(running.data())));
      return new Client(
          channel,
          new BufferedReader(
              new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8)));
    }

    JsonNode ask(String line) throws IOException {
      channel.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
      return next();
    }

    JsonNode next() throws IOException {
      return MAPPER.readTree(String.valueOf(in.readLine()));
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  @Test
  void socketIsTheOwnersAloneAndGoesWithTheBroker() throws Exception {
    try (Running _ = Running.on(data)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(Control.socket(data))))
          .isEqualTo("rw-------");
    }
    assertThat(Control.socket(data)).doesNotExist();
  }

  @Test
  void socketOfADeadBrokerIsReplaced() throws Exception {
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(Control.socket(data)));
    }

    try (Running running = Running.on(data);
        Client client = Client.of(running)) {
      assertThat(client.ask("{\"v\":1,\"do\":\"clients\"}").path("ok").path("matched").asInt())
          .isZero();
    }
  }

  @Test
  @Timeout(30)
  void socketOutlivesAConnectionThatCannotBeAccepted() throws Exception {
    Path path = Control.socket(data);
    Path elsewhere = path.resolveSibling("elsewhere");
    try (Running running = Running.on(data)) {
      Files.move(path, elsewhere); // whose it is can no longer be asked
      try (SocketChannel failed = SocketChannel.open(UnixDomainSocketAddress.of(elsewhere))) {
        assertThat(failed.read(ByteBuffer.allocate(1))).isEqualTo(-1);
      }
      Files.move(elsewhere, path);

      try (Client client = Client.of(running)) {
        assertThat(client.ask("{\"v\":1,\"do\":\"clients\"}").has("ok")).isTrue();
      }
    }
  }

  @Test
  void clientsOfAllShardsAreListedByName() throws Exception {
    List<MqttPeer> peers = new ArrayList<>();
    try (Running running = Running.on(data);
        Client client = Client.of(running)) {
      for (String id : List.of("pump-3", "pump-1", "oven", "pump-2")) {
        peers.add(running.client(id));
      }

      JsonNode all = client.ask("{\"v\":1,\"do\":\"clients\"}").path("ok");
      JsonNode pumps =
          client.ask("{\"v\":1,\"do\":\"clients\",\"like\":\"pump-*\",\"limit\":2}").path("ok");

      assertThat(ids(all)).containsExactly("oven", "pump-1", "pump-2", "pump-3");
      assertThat(ids(pumps)).containsExactly("pump-1", "pump-2");
      assertThat(pumps.path("matched").asInt()).isEqualTo(3);
      assertThat(all.at("/sessions/0/connection/version").asText()).isEqualTo("5.0");
    } finally {
      for (MqttPeer peer : peers) {
        peer.close();
      }
    }
  }

  @Test
  void sessionThatIsAwayShowsItsQueueAndWhyItsConnectionEnded() throws Exception {
    try (Running running = Running.on(data);
        Client client = Client.of(running);
        MqttPeer oven = running.client("oven")) {
      try (MqttPeer panel = running.durableClient("panel")) {
        panel.subscribe("plant/#");
      }
      Running.await("panel is away", () -> !session(client, "panel").path("connected").asBoolean());
      oven.publish("plant/oven", 1, false);

      JsonNode panel = session(client, "panel");

      assertThat(panel.path("durable").asBoolean()).isTrue();
      assertThat(panel.path("queuedMessages").asInt()).isEqualTo(1);
      assertThat(panel.at("/filters/0/filter").asText()).isEqualTo("plant/#");
      assertThat(panel.at("/lastDisconnect/reason").asText()).isEqualTo("connection lost");
      assertThat(panel.path("awaySince").asText()).isNotEmpty();
    }
  }

  @Test
  void disconnectTellsTheClientWhy() throws Exception {
    try (Running running = Running.on(data);
        Client client = Client.of(running);
        MqttPeer oven = running.client("oven")) {
      assertThat(client.ask("{\"v\":1,\"do\":\"disconnect\",\"id\":\"oven\"}").has("ok")).isTrue();

      assertThat(oven.expect(0xe0)[0]).isEqualTo((byte) 0x98);
      assertThat(session(client, "oven").at("/lastDisconnect/reason").asText())
          .startsWith("ADMINISTRATIVE_ACTION");
      assertThat(
              client.ask("{\"v\":1,\"do\":\"disconnect\",\"id\":\"oven\"}").path("code").asText())
          .isEqualTo("not-found");
    }
  }

  @Test
  void topicNamesWhoseSubscriptionsMatch() throws Exception {
    try (Running running = Running.on(data);
        Client client = Client.of(running);
        MqttPeer panel = running.client("panel");
        MqttPeer group = running.client("worker")) {
      panel.subscribe("plant/+");
      group.subscribe("$share/g/plant/#");

      JsonNode found = client.ask("{\"v\":1,\"do\":\"topic\",\"topic\":\"plant/oven\"}").path("ok");

      assertThat(texts(found.path("subscriptions"), "filter"))
          .containsExactlyInAnyOrder("plant/+", "$share/g/plant/#");
      assertThat(
              client.ask("{\"v\":1,\"do\":\"topic\",\"topic\":\"plant/#\"}").path("code").asText())
          .isEqualTo("bad-request");
    }
  }

  @Test
  void retainedMessagesAreListedWithoutTheirPayloads() throws Exception {
    try (Running running = Running.on(data);
        Client client = Client.of(running);
        MqttPeer oven = running.client("oven")) {
      oven.publish("plant/a", 1, true);
      oven.publish("plant/b", 1, true);

      JsonNode one =
          client.ask("{\"v\":1,\"do\":\"retained\",\"filter\":\"plant/#\",\"limit\":1}").path("ok");
      JsonNode all = client.ask("{\"v\":1,\"do\":\"retained\",\"filter\":\"#\"}").path("ok");

      assertThat(one.path("retained")).hasSize(1);
      assertThat(texts(all.path("retained"), "topic")).containsExactly("plant/a", "plant/b");
      assertThat(all.at("/retained/0/payloadBytes").asInt()).isEqualTo(2);
    }
  }

  @Test
  void logLevelIsHandedOn() throws Exception {
    try (Running running = Running.on(data);
        Client client = Client.of(running)) {
      client.ask("{\"v\":1,\"do\":\"log-level\",\"level\":\"debug\"}");
      JsonNode wrong = client.ask("{\"v\":1,\"do\":\"log-level\",\"level\":\"loud\"}");

      assertThat(running.levels()).containsExactly(LogConfig.Level.DEBUG);
      assertThat(wrong.path("error").asText()).contains("'loud' is no level");
    }
  }

  @Test
  void requestsThatMakeNoSenseAreAnswered() throws Exception {
    try (Running running = Running.on(data);
        Client client = Client.of(running)) {
      assertThat(client.ask("hello").path("code").asText()).isEqualTo("bad-request");
      assertThat(client.ask("{\"v\":9,\"do\":\"clients\"}").path("error").asText())
          .contains("version 1 of the control protocol, not 9");
      assertThat(client.ask("{\"v\":1,\"do\":\"dance\"}").path("code").asText())
          .isEqualTo("unsupported");
      assertThat(
              client
                  .ask("{\"v\":1,\"do\":\"stats\"}")
                  .path("ok")
                  .path("dunlin_session_count")
                  .asInt())
          .isZero();
    }
  }

  @Test
  void traceTellsWhatBecameOfEachMessage() throws Exception {
    try (Running running = Running.on(data);
        MqttPeer panel = running.client("panel");
        MqttPeer oven = running.client("oven");
        Client client = Client.of(running)) {
      panel.subscribe("plant/#");
      client.ask("{\"v\":1,\"do\":\"trace\",\"filter\":\"plant/#\"}");
      oven.publish("other", 1, false);
      oven.publish("plant/oven", 1, false);
      panel.expect(0x30);

      List<JsonNode> events = List.of(client.next().path("event"), client.next().path("event"));

      assertThat(events)
          .anySatisfy(in -> {
            assertThat(in.path("clientId").asText()).isEqualTo("oven");
            assertThat(in.path("direction").asText()).isEqualTo("in");
            assertThat(in.path("decision").asText())
                .startsWith("matched panel by plant/# at QoS 1");
          })
          .anySatisfy(out -> {
            assertThat(out.path("clientId").asText()).isEqualTo("panel");
            assertThat(out.path("decision").asText()).isEqualTo("sent");
          });
    }
  }

  @Test
  void traceOfAClientTellsOfRefusals() throws Exception {
    try (Running running = Running.on(data);
        MqttPeer oven = running.client("oven");
        Client client = Client.of(running)) {
      client.ask("{\"v\":1,\"do\":\"trace\",\"id\":\"oven\"}");
      oven.publish("$SYS/broker/uptime", 1, false);

      assertThat(client.next().path("event").path("decision").asText())
          .isEqualTo("refused: NOT_AUTHORIZED (only the broker publishes below $SYS and $CONTROL)");
      JsonNode answer = client.next().path("event");
      assertThat(answer.path("what").asText() + " " + answer.path("decision").asText())
          .isEqualTo("PUBACK NOT_AUTHORIZED");
    }
  }

  private static JsonNode session(Client client, String id) {
    try {
      return client.ask("{\"v\":1,\"do\":\"session\",\"id\":\"" + id + "\"}").path("ok");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> ids(JsonNode page) {
    return texts(page.path("sessions"), "clientId");
  }

  private static List<String> texts(JsonNode list, String field) {
    return StreamSupport.stream(list.spliterator(), false)
        .map(item -> item.path(field).asText())
        .toList();
  }
}
