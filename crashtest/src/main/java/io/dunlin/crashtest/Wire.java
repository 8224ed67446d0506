package io.dunlin.crashtest;

import io.dunlin.base.Slice;
import io.dunlin.codec.PacketDecoder;
import io.dunlin.codec.PacketEncoder;
import io.dunlin.codec.PacketFrame;
import io.dunlin.codec.Sender;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.SubAck;
import io.dunlin.mqtt.Subscribe;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.SubscriptionOptions;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

/// One connection of a client over a blocking socket. One thread reads; any may send.
///
/// Every method throws [IOException] when the connection breaks, and a [BrokerFault] when the
/// broker does what it may not.
public final class Wire implements AutoCloseable {
  /// A broker that is silent for longer than this hangs.
  public static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final int MAX_PACKET_BYTES = 1 << 20;

  private final MqttVersion version;
  private final Socket socket = new Socket();
  private final ByteBuffer received = ByteBuffer.allocate(MAX_PACKET_BYTES);
  private int from;
  private int to;
  private boolean sessionPresent;

  /// Connects, and reads the CONNACK.
  public Wire(InetSocketAddress address, Connect connect) throws IOException {
    version = connect.version();
    try {
      socket.connect(address, (int) PATIENCE.toMillis());
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) PATIENCE.toMillis());
      send(connect);
      if (!(read() instanceof ConnAck connAck) || connAck.reasonCode() != ReasonCode.SUCCESS) {
        throw new BrokerFault(connect + " was refused");
      }
      sessionPresent = connAck.sessionPresent();
    } catch (IOException | RuntimeException | Error e) {
      socket.close();
      throw e;
    }
  }

  /// Sets how long [#read] waits for bytes; then it throws [java.net.SocketTimeoutException], and
  /// may be called again.
  public void patience(Duration value) throws IOException {
    socket.setSoTimeout((int) value.toMillis());
  }

  /// What the CONNACK said.
  public boolean sessionPresent() {
    return sessionPresent;
  }

  public void send(Packet packet) throws IOException {
    Slice bytes = PacketEncoder.encode(packet, version);
    synchronized (this) {
      socket.getOutputStream().write(bytes.toArray());
    }
  }

  /// The next packet.
  public Packet read() throws IOException {
    try {
      int length;
      while ((length = to > from + 1 ? PacketFrame.length(received, from, to, MAX_PACKET_BYTES) : 0)
              == 0
          || to - from < length) {
        fill();
      }
      Packet packet = PacketDecoder.decode(received, from, from + length, version, Sender.SERVER);
      from += length;
      if (packet instanceof Disconnect disconnect) {
        throw new EOFException("the broker closes the connection: " + disconnect.reasonCode());
      }
      return packet;
    } catch (MalformedPacket e) {
      throw new BrokerFault("the broker sent a malformed packet", e);
    }
  }

  private void fill() throws IOException {
    if (from == to) {
      from = 0;
      to = 0;
    } else if (to == received.capacity()) {
      received.limit(to).position(from);
      received.compact();
      received.clear();
      to -= from;
      from = 0;
    }
    int count = socket.getInputStream().read(received.array(), to, received.capacity() - to);
    if (count < 0) {
      throw new EOFException("the broker closed the connection");
    }
    to += count;
  }

  /// Subscribes, and waits for the SUBACK; nothing else may come before it.
  public void subscribe(String filter, Qos qos) throws IOException {
    send(subscribe(1, filter, qos));
    Packet answer = read();
    if (!(answer instanceof SubAck subAck)
        || subAck.reasonCodes().getFirst().code() != qos.value()) {
      throw new BrokerFault("no subscription to " + filter + ": " + answer);
    }
  }

  public static Subscribe subscribe(int packetId, String filter, Qos qos) {
    SubscriptionOptions options = SubscriptionOptions.of(qos);
    return new Subscribe(packetId, List.of(new Subscription(TopicFilter.of(filter), options)));
  }

  /// The next packet, which must be a PUBLISH.
  public Publish readPublish() throws IOException {
    Packet packet = read();
    if (packet instanceof Publish publish) {
      return publish;
    }
    throw new BrokerFault("not a PUBLISH: " + packet);
  }

  /// Publishes, and waits until the broker has taken the message over.
  public void publish(String topic, String payload, Qos qos, boolean retain) throws IOException {
    boolean answered = qos != Qos.AT_MOST_ONCE;
    int packetId = answered ? 1 : 0;
    send(new Publish(TopicName.of(topic), Slice.utf8(payload), qos, retain, packetId));
    if (answered) {
      Packet answer = read();
      boolean taken =
          qos == Qos.AT_LEAST_ONCE
              ? answer instanceof PubAck ack && !ack.reasonCode().isFailure()
              : answer instanceof PubRec rec && !rec.reasonCode().isFailure();
      if (!taken) {
        throw new BrokerFault("a PUBLISH with " + qos + " was answered by " + answer);
      }
    }
    if (qos == Qos.EXACTLY_ONCE) {
      send(new PubRel(packetId));
      expect(new PubComp(packetId));
    }
  }

  /// Reads the next packet, which must be this one.
  public void expect(Packet expected) throws IOException {
    Packet packet = read();
    if (!packet.equals(expected)) {
      throw new BrokerFault("expected " + expected + " and got " + packet);
    }
  }

  /// Cuts the connection, without DISCONNECT.
  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // It is cut one way or the other.
    }
  }
}
