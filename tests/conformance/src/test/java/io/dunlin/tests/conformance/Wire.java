package io.dunlin.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One connection to the broker: sends any bytes, reads whole packets, and says what it expected
/// when something else comes.
///
/// For one thread.
final class Wire implements AutoCloseable {
  /// How long a packet, or the end of the connection, may take to come.
  static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Version version;
  private final boolean brokerExplains;
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  // Packets that came while another was awaited.
  private final Deque<Received> early = new ArrayDeque<>();
  private int maximumPacketSize = Integer.MAX_VALUE;
  private int lastPacketId = 1000;
  private String lastSent = "nothing";

  Wire(Version version, BrokerUnderTest broker) {
    this.version = version;
    brokerExplains = broker.explains();
    try {
      socket = new Socket(broker.host(), broker.port());
      socket.setTcpNoDelay(true);
      in = socket.getInputStream();
      out = socket.getOutputStream();
    } catch (IOException e) {
      throw new UncheckedIOException("connecting to " + broker, e);
    }
  }

  Version version() {
    return version;
  }

  // Sending.

  Wire send(Outgoing... packets) {
    Bytes bytes = new Bytes();
    for (Outgoing packet : packets) {
      if (packet instanceof Connect connect) {
        maximumPacketSize = connect.maximumPacketSize();
      }
      bytes.raw(packet.bytes(version));
    }
    return send(bytes.toArray());
  }

  Wire send(Bytes bytes) {
    return send(bytes.toArray());
  }

  Wire send(byte[] bytes) {
    lastSent = Bytes.hex(bytes);
    try {
      out.write(bytes);
      out.flush();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException("sending " + lastSent, e);
    }
  }

  /// Sends while the broker may be closing the connection already.
  boolean trySend(byte[] bytes) {
    try {
      out.write(bytes);
      out.flush();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  // Whole exchanges.

  /// Sends the CONNECT and expects to be accepted.
  Received connect(Connect connect) {
    send(connect);
    return expectConnAck(Reason.SUCCESS);
  }

  /// Subscribes and expects the QoS of the options to be granted. Retained messages that come first
  /// are kept for later.
  Received subscribe(String filter, int options) {
    return subscribe(Subscribe.subscribe(nextPacketId()).filter(filter, options), options & 3);
  }

  Received subscribe(Subscribe subscribe, int... granted) {
    send(subscribe);
    Received subAck = await(PacketType.SUBACK);
    assertThat(subAck.reasons()).as("codes of %s", subAck).isEqualTo(list(granted));
    return subAck;
  }

  Received unsubscribe(String filter) {
    int packetId = nextPacketId();
    send(Subscribe.unsubscribe(packetId).filter(filter));
    Received unsubAck = await(PacketType.UNSUBACK);
    assertThat(unsubAck.packetId()).isEqualTo(packetId);
    return unsubAck;
  }

  /// Publishes, and goes through the exchange of that QoS to its end.
  void publish(String topic, String payload, int qos) {
    int packetId = qos == 0 ? 0 : nextPacketId();
    complete(Publish.publish(topic, payload).qos(qos, packetId), qos, packetId);
  }

  void publishRetained(String topic, String payload, int qos) {
    int packetId = qos == 0 ? 0 : nextPacketId();
    complete(Publish.publish(topic, payload).qos(qos, packetId).retained(), qos, packetId);
  }

  /// Sends a PUBLISH of QoS 1 and awaits its PUBACK.
  void publishAtLeastOnce(Publish publish) {
    int packetId = nextPacketId();
    complete(publish.qos(1, packetId), 1, packetId);
  }

  private void complete(Publish publish, int qos, int packetId) {
    send(publish);
    if (qos == 1) {
      assertAcknowledged(await(PacketType.PUBACK), packetId);
    } else if (qos == 2) {
      assertAcknowledged(await(PacketType.PUBREC), packetId);
      send(Packets.pubRel(packetId));
      assertAcknowledged(await(PacketType.PUBCOMP), packetId);
    }
  }

  private static void assertAcknowledged(Received packet, int packetId) {
    assertThat(packet.packetId()).as("packet identifier of %s", packet).isEqualTo(packetId);
    assertThat(packet.reason()).as("reason code of %s", packet).isLessThan(0x80);
  }

  /// Acknowledges a PUBLISH by its QoS, to the end of the exchange.
  void acknowledge(Received publish) {
    if (publish.qos() == 1) {
      send(Packets.pubAck(publish.packetId()));
    } else if (publish.qos() == 2) {
      send(Packets.pubRec(publish.packetId()));
      Received pubRel = await(PacketType.PUBREL);
      assertThat(pubRel.packetId()).isEqualTo(publish.packetId());
      send(Packets.pubComp(publish.packetId()));
    }
  }

  /// The same, if it has this payload.
  void acknowledge(Received publish, String payload) {
    assertThat(publish.payload()).as("payload of %s", publish).isEqualTo(payload);
    acknowledge(publish);
  }

  int nextPacketId() {
    lastPacketId++;
    return lastPacketId;
  }

  // Expecting.

  Received expect(PacketType type) {
    Received packet = read();
    assertThat(packet.type()).as("type of %s", packet).isEqualTo(type);
    return packet;
  }

  Received expectConnAck(int reason) {
    Received connAck = expect(PacketType.CONNACK);
    assertThat(connAck.reason()).as("reason code of %s", connAck).isEqualTo(reason);
    return connAck;
  }

  Received expectAck(PacketType type, int packetId, int... reasons) {
    Received ack = expect(type);
    assertThat(ack.packetId()).as("packet identifier of %s", ack).isEqualTo(packetId);
    if (version.hasProperties() && reasons.length > 0) {
      assertThat(list(reasons)).as("reason codes that fit %s", ack).contains(ack.reason());
    }
    return ack;
  }

  Received expectPublish(String topic, String payload) {
    Received publish = expect(PacketType.PUBLISH);
    assertThat(publish.topic() + " ← " + publish.payload())
        .as("topic and payload of %s", publish)
        .isEqualTo(topic + " ← " + payload);
    return publish;
  }

  /// The next packet of a type; others that come before it are kept.
  Received await(PacketType type) {
    for (Received packet : early) {
      if (packet.type() == type) {
        early.remove(packet);
        return packet;
      }
    }
    while (true) {
      Received packet = readFromSocket(PATIENCE);
      if (packet == null) {
        return fail("expected " + type + " but the connection ended; before it came " + early);
      }
      if (packet.type() == type) {
        return packet;
      }
      early.add(packet);
    }
  }

  Received read() {
    Received kept = early.poll();
    if (kept != null) {
      return kept;
    }
    Received packet = readFromSocket(PATIENCE);
    return packet == null
        ? fail("expected a packet but the connection ended; last sent: " + lastSent)
        : packet;
  }

  /// The next packet, or null where the connection ends.
  @Nullable Received readUnlessEnded() {
    return early.isEmpty() ? readFromSocket(PATIENCE) : early.remove();
  }

  /// The broker has nothing to say that is older than the answer to a PINGREQ.
  void expectNothing() {
    send(Packets.pingReq());
    Received packet = read();
    assertThat(packet.type())
        .as("expected only a PINGRESP, got %s", packet)
        .isEqualTo(PacketType.PINGRESP);
  }

  /// Nothing comes, and the connection stays open, for this long.
  void expectSilence(Duration duration) {
    assertThat(early).isEmpty();
    Received packet;
    try {
      packet = readFromSocket(duration);
    } catch (TimedOut e) {
      return;
    }
    fail(packet == null ? "the connection ended" : "expected silence, got " + packet);
  }

  /// Whether the connection stays open, without a packet, for this long.
  boolean staysOpen(Duration duration) {
    try {
      Received packet = readFromSocket(duration);
      assertThat(packet).as("expected silence or the end").isNull();
      return false;
    } catch (TimedOut e) {
      return true;
    }
  }

  /// The connection ends without another packet; from a 5.0 server a DISCONNECT may come first.
  void expectEnd() {
    Received packet = readFromSocket(PATIENCE);
    if (packet != null && packet.type() == PacketType.DISCONNECT) {
      packet = readFromSocket(PATIENCE);
    }
    assertThat(packet).as("expected the end of the connection; last sent: %s", lastSent).isNull();
  }

  /// The connection ends because of what was sent: in 5.0 after a DISCONNECT with one of the
  /// reasons, before 5.0 without a packet.
  void expectRefusal(int... reasons) {
    expectRefusalBy(PacketType.DISCONNECT, reasons);
  }

  /// The CONNECT is refused: in 5.0 by a CONNACK with one of the reasons and the end, before 5.0 by
  /// the end alone.
  void expectConnectRefusal(int... reasons) {
    expectRefusalBy(PacketType.CONNACK, reasons);
  }

  private void expectRefusalBy(PacketType type, int... reasons) {
    assertThat(early).isEmpty();
    Received packet = readFromSocket(PATIENCE);
    if (version.hasProperties() && (packet != null || brokerExplains)) {
      assertThat(packet)
          .as("expected %s with a reason, but the connection ended; last sent: %s", type, lastSent)
          .isNotNull();
      if (packet != null) {
        assertThat(packet.type())
            .as("expected %s, got %s; last sent: %s", type, packet, lastSent)
            .isEqualTo(type);
        assertThat(list(reasons))
            .as("reason codes that fit %s; last sent: %s", packet, lastSent)
            .contains(packet.reason());
        packet = readFromSocket(PATIENCE);
      }
    }
    assertThat(packet).as("expected the end of the connection; last sent: %s", lastSent).isNull();
  }

  /// All bytes until the end of the connection, for answers that have no certain version.
  byte[] readToEnd() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
    for (int next = readByte(deadlineNanos); next >= 0; next = readByte(deadlineNanos)) {
      all.write(next);
    }
    return all.toByteArray();
  }

  private @Nullable Received readFromSocket(Duration patience) {
    long deadlineNanos = System.nanoTime() + patience.toNanos();
    int firstByte = readByte(deadlineNanos);
    if (firstByte < 0) {
      return null;
    }
    Bytes whole = Bytes.bytes(firstByte);
    int length = 0;
    int next;
    int shift = 0;
    do {
      next = readByte(deadlineNanos);
      whole.u8(next);
      length |= (next & 127) << shift;
      shift += 7;
      assertThat(next < 0 || shift > 28)
          .as("a broken Remaining Length: %s", Bytes.hex(whole.toArray()))
          .isFalse();
    } while (next > 127);
    int headerBytes = whole.length();
    byte[] body = new byte[length];
    for (int i = 0; i < length; i++) {
      int each = readByte(deadlineNanos);
      assertThat(each).as("the connection ended within a packet").isNotNegative();
      body[i] = (byte) each;
    }
    Received packet = new Received(version, whole.raw(body).toArray(), headerBytes);
    assertThat(packet.sizeBytes())
        .as("size of %s", packet)
        .isLessThanOrEqualTo(maximumPacketSize); // [MQTT-3.1.2-24]
    return packet;
  }

  private final byte[] buffer = new byte[8192];
  private int bufferAt;
  private int bufferEnd;

  /// The next byte, or -1 at the end of the connection.
  private int readByte(long deadlineNanos) {
    if (bufferAt == bufferEnd) {
      try {
        long leftMillis = (deadlineNanos - System.nanoTime()) / 1_000_000;
        socket.setSoTimeout((int) Math.max(1, leftMillis));
        bufferEnd = in.read(buffer);
        bufferAt = 0;
      } catch (SocketTimeoutException e) {
        throw new TimedOut(lastSent, e);
      } catch (IOException e) {
        bufferEnd = -1; // a reset is an end too
      }
      if (bufferEnd < 0) {
        bufferEnd = bufferAt;
        return -1;
      }
    }
    return buffer[bufferAt++] & 0xFF;
  }

  private static List<Integer> list(int... values) {
    List<Integer> list = new ArrayList<>();
    Arrays.stream(values).forEach(list::add);
    return list;
  }

  /// Ends the connection without a DISCONNECT.
  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Neither a packet nor the end of the connection came in time.
  private static final class TimedOut extends AssertionError {
    private static final long serialVersionUID = 1;

    TimedOut(String lastSent, SocketTimeoutException cause) {
      super(
          "neither a packet nor the end of the connection came in time; last sent: " + lastSent,
          cause);
    }
  }
}
