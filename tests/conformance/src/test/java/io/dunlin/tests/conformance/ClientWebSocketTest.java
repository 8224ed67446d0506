package io.dunlin.tests.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.client.BrokerAddress;
import io.dunlin.client.Client;
import io.dunlin.client.ClientConfig;
import io.dunlin.client.Reconnect;
import java.io.DataInputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// MQTT over a WebSocket.
class ClientWebSocketTest extends ClientConformanceTest {
  private static final Pattern KEY = Pattern.compile("Sec-WebSocket-Key: (\\S+)\r\n");

  @From311
  @Statement({"MQTT-6.0.0-1", "MQTT-6.0.0-2", "MQTT-6.0.0-3"})
  @Statement(
      value = {"MQTT-6.0.0-1", "MQTT-6.0.0-2", "MQTT-6.0.0-3"},
      version = "3.1.1")
  void packetsGoInBinaryFramesOfTheSubprotocolMqtt(Version version) throws Exception {
    ClientConfig.Builder config =
        ClientConfig.builder(
                BrokerAddress.tcp("127.0.0.1", server.port()).withWebSocket("/mqtt"),
                clean(version).build())
            .reconnect(Reconnect.NEVER)
            .handler(message -> received.add(message.message().payload().utf8()));
    CompletableFuture<Client> connecting = begin(config);
    ServerScript.Line line = accept(version);
    DataInputStream in = new DataInputStream(line.in());

    String request = readRequest(in);
    assertThat(request)
        .startsWith("GET /mqtt HTTP/1.1\r\n")
        .contains("\r\nSec-WebSocket-Protocol: mqtt\r\n");
    line.send(answer(request));
    assertThat(readBinary(in)[0]).isEqualTo((byte) 0x10); // CONNECT

    // A CONNACK in two frames with a ping between, then two packets in one frame.
    byte[] connAck =
        version.hasProperties() ? new byte[] {0x20, 3, 0, 0, 0} : new byte[] {0x20, 2, 0, 0};
    line.send(frame(0x02, connAck, 0, 1));
    line.send(new byte[] {(byte) 0x89, 1, 'p'});
    line.send(frame(0x80, connAck, 1, connAck.length));
    assertThat(readFrame(in, 0x8A)).isEqualTo(new byte[] {'p'}); // the pong
    byte[] two =
        new Bytes()
            .raw(Publish.publish("t", "one").bytes(version))
            .raw(Publish.publish("t", "x".repeat(70_000)).bytes(version))
            .toArray();
    line.send(frame(0x82, two, 0, two.length));
    assertThat(nextReceived()).isEqualTo("one");
    assertThat(nextReceived()).hasSize(70_000);
    Client client = get(connecting);

    // Another data frame ends the connection.
    line.send(new byte[] {(byte) 0x81, 1, 'x'});
    assertThat(failure(client.ended())).hasMessageContaining("not binary");
  }

  private static String readRequest(DataInputStream in) throws IOException {
    StringBuilder request = new StringBuilder();
    while (request.indexOf("\r\n\r\n") < 0) {
      request.append((char) in.readUnsignedByte());
    }
    return request.toString();
  }

  private static byte[] answer(String request) throws NoSuchAlgorithmException {
    Matcher key = KEY.matcher(request);
    assertThat(key.find()).isTrue();
    byte[] hash =
        MessageDigest.getInstance("SHA-1")
            .digest((key.group(1) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(ISO_8859_1));
    return ("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nConnection: upgrade\r\n"
            + "Sec-WebSocket-Accept: "
            + Base64.getEncoder().encodeToString(hash)
            + "\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n")
        .getBytes(ISO_8859_1);
  }

  private static byte[] frame(int first, byte[] bytes, int from, int to) {
    Bytes frame = Bytes.bytes(first);
    int length = to - from;
    if (length < 126) {
      frame.u8(length);
    } else {
      frame.u8(127).u32(0).u32(length);
    }
    return frame.raw(java.util.Arrays.copyOfRange(bytes, from, to)).toArray();
  }

  private static byte[] readBinary(DataInputStream in) throws IOException {
    return readFrame(in, 0x82);
  }

  /// The bytes of one short frame, which a client must have masked.
  private static byte[] readFrame(DataInputStream in, int first) throws IOException {
    assertThat(in.readUnsignedByte()).isEqualTo(first);
    int length = in.readUnsignedByte();
    assertThat(length & 0x80).as("the mask bit").isNotZero();
    byte[] mask = in.readNBytes(4);
    byte[] bytes = in.readNBytes(length & 0x7F);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] ^= mask[i & 3];
    }
    return bytes;
  }
}
