package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Connect.connect;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// MQTT over WebSocket, with the JDK's client and a Dunlin that listens for it.
class WebSocketTest extends ConformanceTest {
  private static final byte[] PINGREQ = {(byte) 0xc0, 0};
  private static final byte[] PINGRESP = {(byte) 0xd0, 0};
  private static PluggedBroker broker;
  private static HttpClient http;

  @BeforeAll
  static void start(@TempDir Path data) throws IOException {
    broker = new PluggedBroker(data, Map.of("listeners.1.type", "ws", "listeners.1.port", "0"));
    http = HttpClient.newHttpClient();
  }

  @AfterAll
  static void stop() {
    http.close();
    broker.close();
  }

  @EveryVersion
  @Statement("MQTT-6.0.0-1")
  @Statement(value = "MQTT-6.0.0-1", version = "3.1.1")
  void packetsComeInBinaryFrames(Version version) {
    Client client = open("mqtt");
    client.send(connect(clientId()).bytes(version), true);

    assertThat(client.nextFrame()).as("a CONNACK").startsWith(0x20);
    client.send(PINGREQ, true);
    assertThat(client.nextFrame()).isEqualTo(PINGRESP);
    client.end();
  }

  @Test
  @Statement("MQTT-6.0.0-1")
  @Statement(value = "MQTT-6.0.0-1", version = "3.1.1")
  void aTextFrameEndsTheConnection() {
    Client client = open("mqtt");
    client.send(connect(clientId()).bytes(Version.V5), true);
    assertThat(client.nextFrame()).startsWith(0x20);

    client.sendText();

    assertThat(client.closed.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo(1003);
  }

  @EveryVersion
  @Statement("MQTT-6.0.0-2")
  @Statement(value = "MQTT-6.0.0-2", version = "3.1.1")
  void oneFrameHoldsSeveralPackets(Version version) {
    Client client = open("mqtt");
    byte[] packets =
        new Bytes().raw(connect(clientId()).bytes(version)).raw(PINGREQ).raw(PINGREQ).toArray();

    client.send(packets, true);

    client.expect(0x20, PINGRESP, PINGRESP);
    client.end();
  }

  @EveryVersion
  @Statement("MQTT-6.0.0-2")
  @Statement(value = "MQTT-6.0.0-2", version = "3.1.1")
  void aPacketMayBeCutIntoFramesAndPartsOfFrames(Version version) {
    Client client = open("mqtt");
    byte[] packets = new Bytes().raw(connect(clientId()).bytes(version)).raw(PINGREQ).toArray();

    for (int i = 0; i < packets.length; i++) {
      boolean last = i % 3 == 2 || i == packets.length - 1;
      client.send(new byte[] {packets[i]}, last);
    }

    client.expect(0x20, PINGRESP);
    client.end();
  }

  @Test
  @Statement("MQTT-6.0.0-4")
  @Statement(value = "MQTT-6.0.0-4", version = "3.1.1")
  void theServerSelectsTheSubprotocolMqtt() {
    assertThat(open("mqtt").socket().getSubprotocol()).isEqualTo("mqtt");
    assertThat(open("other", "mqtt").socket().getSubprotocol()).isEqualTo("mqtt");
  }

  @Test
  @Statement("MQTT-6.0.0-4")
  @Statement(value = "MQTT-6.0.0-4", version = "3.1.1")
  void withoutASubprotocolOfMqttNoWebSocketIsOpened() {
    assertThat(tryOpen(new Client(), "chat")).isCompletedExceptionally();
    assertThat(tryOpen(new Client())).isCompletedExceptionally();
  }

  private static Client open(String... subprotocols) {
    Client client = new Client();
    client.socket = tryOpen(client, subprotocols).join();
    return client;
  }

  /// Completed one way or the other.
  private static CompletableFuture<WebSocket> tryOpen(Client client, String... subprotocols) {
    WebSocket.Builder builder = http.newWebSocketBuilder();
    if (subprotocols.length > 0) {
      builder.subprotocols(
          subprotocols[0], Arrays.copyOfRange(subprotocols, 1, subprotocols.length));
    }
    CompletableFuture<WebSocket> opening =
        builder.buildAsync(
            URI.create("ws://127.0.0.1:" + broker.port("listener-1") + "/mqtt"), client);
    var _ = opening.orTimeout(10, TimeUnit.SECONDS).handle((_, _) -> true).join();
    return opening;
  }

  /// One WebSocket, and the frames that came.
  private static final class Client implements WebSocket.Listener {
    private final LinkedBlockingQueue<byte[]> frames = new LinkedBlockingQueue<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private @Nullable WebSocket socket;

    WebSocket socket() {
      if (socket == null) {
        throw new IllegalStateException("not open");
      }
      return socket;
    }

    void send(byte[] bytes, boolean last) {
      var _ = socket().sendBinary(ByteBuffer.wrap(bytes), last).join();
    }

    void sendText() {
      var _ = socket().sendText("\u0010", true).join();
    }

    void end() {
      socket().abort();
    }

    byte[] nextFrame() {
      try {
        byte[] frame = frames.poll(10, TimeUnit.SECONDS);
        assertThat(frame).as("a frame within 10 s").isNotNull();
        return frame == null ? new byte[0] : frame;
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    /// A CONNACK with this first byte and then these packets, in whatever frames.
    void expect(int connAck, byte[]... packets) {
      byte[] tail = new Bytes().raw(packets[0]).toArray();
      for (int i = 1; i < packets.length; i++) {
        tail = new Bytes().raw(tail).raw(packets[i]).toArray();
      }
      var received = new ByteArrayOutputStream();
      received.writeBytes(nextFrame());
      int connAckBytes = 2 + received.toByteArray()[1];
      while (received.size() < connAckBytes + tail.length) {
        received.writeBytes(nextFrame());
      }
      assertThat(received.toByteArray()).startsWith(connAck).endsWith(tail);
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(
        WebSocket webSocket, ByteBuffer data, boolean last) {
      byte[] bytes = new byte[data.remaining()];
      data.get(bytes);
      frames.add(bytes);
      webSocket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
      closed.complete(code);
      return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable error) {
      closed.completeExceptionally(error);
    }
  }
}
