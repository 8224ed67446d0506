package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Connect.connect;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.codec.PacketCase;
import io.dunlin.codec.PacketTable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Sends each row of the codec's [PacketTable] to the broker, which answers as the row says, while
/// bystanders get nothing that breaks a rule, and stay.
class PacketTableTest extends ConformanceTest {
  /// All that the rows publish, and no topic of another test.
  private static final List<String> ROWS_TOPICS = List.of("+", "+/+", "/+/+", "a/+/+");

  private static final String CLIENT_ID = "\0\5table";
  private static final AtomicInteger CLIENTS = new AtomicInteger();
  private static final String END = topic();
  private static final List<Wire> BYSTANDERS = new ArrayList<>();

  @BeforeAll
  static void subscribeBystanders() {
    for (Version version : List.of(Version.V3_1_1, Version.V5)) {
      Wire bystander = new Wire(version, BrokerUnderTest.get());
      BYSTANDERS.add(bystander);
      bystander.connect(connect(clientId()).keepAlive(0));
      ROWS_TOPICS.forEach(filter -> bystander.subscribe(filter, 2));
      bystander.subscribe(END, 1);
    }
  }

  @AfterAll
  static void bystandersGetNothingIllegalAndStay() {
    try (Wire publisher = new Wire(Version.V5, BrokerUnderTest.get())) {
      publisher.connect(connect(clientId()));
      publisher.publish(END, "", 1);
    }
    for (Wire bystander : BYSTANDERS) {
      try (bystander) {
        Received publish;
        do {
          publish = bystander.await(PacketType.PUBLISH);
          bystander.acknowledge(publish);
        } while (!publish.topic().equals(END));
      }
    }
  }

  static List<PacketCase> rows() {
    return PacketTable.cases();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void theBrokerAnswersAsTheTableSays(PacketCase row) {
    String clientId = "t%04d".formatted(CLIENTS.incrementAndGet());
    Wire client = open(Version.valueOf(row.version().name()));
    if (!row.first()) {
      client.send(as(clientId, PacketTable.connect(row.version())));
      client.expectConnAck(Reason.SUCCESS);
    }
    client.send(as(clientId, row.bytes()));
    switch (row.expectation().answer()) {
      case ACCEPTED -> expectAccepted(client, row);
      case CONNACK -> expectRefusal(client, PacketType.CONNACK, row);
      case DISCONNECT -> expectRefusal(client, PacketType.DISCONNECT, row);
      case CLOSE -> assertThat(client.readToEnd()).isEmpty();
    }
  }

  /// The rows all have one client identifier; here each gets its own, as they run side by side.
  private static byte[] as(String clientId, Slice packet) {
    String bytes = new String(packet.toArray(), ISO_8859_1);
    return bytes.replace(CLIENT_ID, "\0\5" + clientId).getBytes(ISO_8859_1);
  }

  private static void expectRefusal(Wire client, PacketType type, PacketCase row) {
    Received refusal = client.expect(type);
    assertThat(refusal.reason())
        .as("reason code of %s", refusal)
        .isEqualTo(row.expectation().code());
    assertThat(client.readToEnd()).isEmpty();
  }

  /// The answers that belong to the packet come, and the connection lives.
  private static void expectAccepted(Wire client, PacketCase row) {
    if (row.first()) {
      client.expectConnAck(Reason.SUCCESS);
    } else {
      expectAnswer(client, row.bytes());
    }
    client.send(Packets.pingReq());
    assertThat(nextButPublish(client).type()).isEqualTo(PacketType.PINGRESP);
  }

  private static void expectAnswer(Wire client, Slice packet) {
    PacketType type = PacketType.ofFirstByte(packet.at(0) & 0xFF);
    ByteBuffer body = body(packet);
    int qos = packet.at(0) >> 1 & 3;
    switch (type) {
      case PUBLISH -> {
        body.position(body.getShort() + body.position());
        if (qos > 0) {
          expectAnswer(client, qos == 1 ? PacketType.PUBACK : PacketType.PUBREC, body.getShort());
        }
      }
      case PUBREC -> {
        short packetId = body.getShort();
        if (!body.hasRemaining() || body.get() >= 0) { // a reason code below 0x80
          expectAnswer(client, PacketType.PUBREL, packetId);
        }
      }
      case PUBREL -> expectAnswer(client, PacketType.PUBCOMP, body.getShort());
      case SUBSCRIBE -> expectAnswer(client, PacketType.SUBACK, body.getShort());
      case UNSUBSCRIBE -> expectAnswer(client, PacketType.UNSUBACK, body.getShort());
      case PINGREQ -> assertThat(client.read().type()).isEqualTo(PacketType.PINGRESP);
      default -> assertThat(type).isIn(PacketType.PUBACK, PacketType.PUBCOMP);
    }
  }

  private static void expectAnswer(Wire client, PacketType type, short packetId) {
    Received answer = nextButPublish(client);
    assertThat(answer.type()).as("type of %s", answer).isEqualTo(type);
    assertThat((short) answer.packetId()).as("identifier of %s", answer).isEqualTo(packetId);
    assertThat(answer.reasons())
        .as("reasons of %s", answer)
        .allMatch(reason -> reason < 0x80 || reason == Reason.PACKET_ID_NOT_FOUND);
  }

  /// Behind the fixed header.
  private static ByteBuffer body(Slice packet) {
    int at = 1;
    while (packet.at(at) < 0) {
      at++;
    }
    return packet.sub(at + 1, packet.length()).asByteBuffer();
  }

  /// Rows that subscribe get messages of other rows.
  private static Received nextButPublish(Wire client) {
    Received next;
    do {
      next = client.read();
    } while (next.type() == PacketType.PUBLISH);
    return next;
  }
}
