package io.dunlin.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.transport.StreamClient.WebSocketClient;
import java.io.IOException;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a WebSocket listener refuses and answers, byte by byte.
@Timeout(60)
final class WebSocketTest {
  private static final String REQUEST =
      String.join(
          "\r\n",
          "GET /mqtt HTTP/1.1",
          "Host: here",
          "Upgrade: websocket",
          "Connection: Upgrade",
          "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
          "Sec-WebSocket-Protocol: mqtt",
          "");
  private static final int FIN = 0x80;
  private static final int BINARY = 0x82;

  private OpenTransport transport;

  @BeforeEach
  void listen() throws IOException {
    var settings =
        new WebSocketSettings(
            "/mqtt",
            List.of("https://example.org", WebSocketSettings.LOCAL_ORIGIN),
            List.of("mqtt", "mqttv3.1"),
            1_000,
            2_000);
    transport = OpenTransport.onLoopback(plain -> plain.withWebSocket(settings));
  }

  @AfterEach
  void close() {
    transport.close();
  }

  @Test
  void theAnswerNamesTheSubprotocolAndProvesTheKey() throws Exception {
    String answer = ask(REQUEST);

    assertThat(answer)
        .startsWith("HTTP/1.1 101 ")
        .contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")
        .contains("Sec-WebSocket-Protocol: mqtt\r\n")
        .doesNotContain("Extensions");
  }

  @ParameterizedTest
  @CsvSource({
    "GET /mqtt, POST /mqtt, 405",
    "GET /mqtt, GET /other, 404",
    "HTTP/1.1, HTTP/1.0, 400",
    "Upgrade: websocket, Upgrade: h2c, 426",
    "Connection: Upgrade, Connection: close, 426",
    "Version: 13, Version: 8, 426",
    "dGhlIHNhbXBsZSBub25jZQ==, short, 400",
    "Protocol: mqtt, Protocol: chat, 400",
    "Sec-WebSocket-Protocol: mqtt, X: y, 400",
    "Host: here, Origin: https://evil.example, 403",
    "Host: here, Origin: null, 403",
    "GET /mqtt HTTP/1.1, nonsense, 400",
  })
  void aRequestThatIsNotOursIsRefused(String part, String instead, int status) throws Exception {
    String answer = ask(REQUEST.replace(part, instead));

    assertThat(answer).startsWith("HTTP/1.1 " + status + " ").contains("Connection: close");
    assertThat(transport.counters().openingsFailed()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "Host: here, Origin: https://example.org",
    "Host: here, Origin: http://localhost:8000",
    "Host: here, Origin: http://127.0.0.1",
    "Protocol: mqtt, 'Protocol: chat, mqttv3.1'",
    "GET /mqtt, GET /mqtt?token=1",
    "Connection: Upgrade, 'connection: keep-alive, upgrade'",
  })
  void whatComesFromAllowedPagesAndOldClientsIsAccepted(String part, String instead)
      throws Exception {
    assertThat(ask(REQUEST.replace(part, instead))).startsWith("HTTP/1.1 101 ");
  }

  @Test
  void aRequestOfManyLinesCostsNoMoreThanItsBytes() throws Exception {
    var settings = new WebSocketSettings("/mqtt", List.of(), List.of("mqtt"), 1 << 20, 2_000);
    try (OpenTransport wide = OpenTransport.onLoopback(plain -> plain.withWebSocket(settings))) {
      Socket client = wide.connect();
      client.getOutputStream().write("\n".repeat(1 + (1 << 20)).getBytes(US_ASCII));

      assertThat(new String(client.getInputStream().readAllBytes(), US_ASCII))
          .startsWith("HTTP/1.1 431 ");
    }
  }

  @Test
  void aRequestThatIsTooLargeIsRefusedBeforeItsEnd() throws Exception {
    Socket client = transport.connect();
    client.getOutputStream().write((REQUEST + "X: " + "y".repeat(2_000)).getBytes(US_ASCII));

    assertThat(new String(client.getInputStream().readAllBytes(), US_ASCII))
        .startsWith("HTTP/1.1 431 ");
  }

  @Test
  void framesMayComeByteByByteAndRightBehindTheRequest() throws Exception {
    Socket client = transport.connect();
    byte[] frame = WebSocketClient.frame(BINARY, "hello".getBytes(US_ASCII));
    for (byte each : concat((REQUEST + "\r\n").getBytes(US_ASCII), frame)) {
      client.getOutputStream().write(each);
    }
    readAnswer(client);

    byte[] echo = new byte[0];
    while (echo.length < 5) { // the payload comes as it was read
      assertThat(client.getInputStream().read()).isEqualTo(BINARY);
      echo = concat(echo, client.getInputStream().readNBytes(client.getInputStream().read()));
    }
    assertThat(new String(echo, US_ASCII)).isEqualTo("hello");
  }

  @Test
  void aMessageInPartsIsJoinedWithAPingBetween() throws Exception {
    Socket client = open();
    client
        .getOutputStream()
        .write(
            concat(
                concat(
                    WebSocketClient.frame(2, "ab".getBytes(US_ASCII)),
                    WebSocketClient.frame(FIN | 9, "beat".getBytes(US_ASCII))),
                WebSocketClient.frame(FIN, "cd".getBytes(US_ASCII))));

    byte[] pong = client.getInputStream().readNBytes(6);
    assertThat(pong).startsWith(FIN | 10, 4).endsWith("beat".getBytes(US_ASCII));
    assertThat(client.getInputStream().readNBytes(6))
        .startsWith(BINARY, 4)
        .endsWith("abcd".getBytes(US_ASCII));
  }

  @ParameterizedTest
  @CsvSource({
    "81 81 00000000 41, 1003, text",
    "82 01 41, 1002, not masked",
    "c2 81 00000000 41, 1002, compressed",
    "80 81 00000000 41, 1002, a continuation of nothing",
    "83 80 00000000, 1002, an unknown kind",
    "09 80 00000000, 1002, a ping in parts",
    "89 fe 0080 00000000, 1002, a ping that is too long",
    "82 fe 0005 00000000, 1002, a length not in its shortest form",
    "82 fe 1000 00000000, 1009, too large",
    "82 ff 8000000000000001 00000000, 1009, a negative length",
    "02 80 00000000 82 80 00000000, 1002, a message inside another",
  })
  void aWrongFrameEndsTheConnectionWithItsCode(String hex, int code, String what) throws Exception {
    Socket client = open();

    client.getOutputStream().write(java.util.HexFormat.of().parseHex(hex.replace(" ", "")));

    assertThat(client.getInputStream().readAllBytes())
        .as(what)
        .containsExactly(FIN | 8, 2, code >> 8, code);
  }

  @Test
  void aCloseIsAnsweredByACloseAndTheEnd() throws Exception {
    Socket client = open();

    client.getOutputStream().write(WebSocketClient.frame(FIN | 8, new byte[] {3, (byte) 0xe9}));

    assertThat(client.getInputStream().readAllBytes()).containsExactly(FIN | 8, 2, 3, 0xe9);
  }

  @Test
  void ourCloseSaysGoodbye() throws Exception {
    Socket client = open();
    Connection connection = transport.accepted();

    connection.loop().execute(connection::close);

    assertThat(client.getInputStream().readAllBytes()).containsExactly(FIN | 8, 2, 3, 0xe8);
  }

  private Socket open() throws IOException {
    Socket client = transport.connect();
    client.getOutputStream().write((REQUEST + "\r\n").getBytes(US_ASCII));
    assertThat(readAnswer(client)).startsWith("HTTP/1.1 101 ");
    return client;
  }

  private String ask(String request) throws IOException {
    Socket client = transport.connect();
    client.getOutputStream().write((request + "\r\n").getBytes(US_ASCII));
    return readAnswer(client);
  }

  private static String readAnswer(Socket client) throws IOException {
    var answer = new StringBuilder();
    while (answer.indexOf("\r\n\r\n") < 0) {
      int one = client.getInputStream().read();
      assertThat(one).as("end behind %s", answer).isNotNegative();
      answer.append((char) one);
    }
    return answer.toString();
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
