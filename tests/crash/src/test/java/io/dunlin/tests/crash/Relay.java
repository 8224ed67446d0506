package io.dunlin.tests.crash;

import io.dunlin.codec.PacketDecoder;
import io.dunlin.codec.PacketEncoder;
import io.dunlin.codec.PacketFrame;
import io.dunlin.codec.Sender;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Stands between clients of MQTT 3.1.1 and a broker, and does to one of them what a bad broker
/// would: it loses messages (and tells the broker that they came), sends them twice, and swaps
/// them, so many of each.
final class Relay implements AutoCloseable {
  private static final int MAX_PACKET_BYTES = 1 << 18;
  private static final int CHUNK_BYTES = 1 << 13;

  /// From here on packet identifiers are the relay's.
  private static final int OWN_PACKET_ID = 60_000;

  private final String victim;
  private final ServerSocket server;
  private volatile @Nullable InetSocketAddress broker;

  // Guarded by this: what is still to be done.
  private int losses;
  private int doubles;
  private int swaps;
  private @Nullable Publish held;

  /// @param victim the client identifier of the one
  Relay(String victim, int losses, int doubles, int swaps) throws IOException {
    this.victim = victim;
    this.losses = losses;
    this.doubles = doubles;
    this.swaps = swaps;
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  /// Stands before a broker from now on; returns the address for clients.
  InetSocketAddress before(InetSocketAddress broker) {
    this.broker = broker;
    return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
  }

  /// What it has still to do; 0 when all is done.
  synchronized int left() {
    return losses + doubles + swaps;
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException e) {
      return; // It is closed.
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket onward = new Socket()) {
      onward.connect(broker);
      client.setTcpNoDelay(true);
      onward.setTcpNoDelay(true);
      Packets fromClient = new Packets(client, Sender.CLIENT);
      Packets fromBroker = new Packets(onward, Sender.SERVER);
      Connect connect = (Connect) fromClient.read();
      fromBroker.write(connect);
      boolean tampered = connect.clientId().equals(victim);
      Thread up = Thread.ofVirtual().start(() -> upwards(fromClient, fromBroker));
      try {
        while (true) {
          Packet packet = fromBroker.read();
          if (tampered && packet instanceof Publish publish && isFair(publish)) {
            deliver(publish, fromClient, fromBroker);
          } else {
            fromClient.write(packet);
          }
        }
      } finally {
        client.close();
        up.join();
      }
    } catch (IOException | InterruptedException e) {
      return; // One end is gone, and now the other is.
    }
  }

  private static void upwards(Packets fromClient, Packets fromBroker) {
    try {
      while (true) {
        switch (fromClient.read()) {
          case PubRec rec when rec.packetId() >= OWN_PACKET_ID ->
              fromClient.write(new PubRel(rec.packetId()));
          case PubComp comp when comp.packetId() >= OWN_PACKET_ID -> {}
          case Packet packet -> fromBroker.write(packet);
        }
      }
    } catch (IOException e) {
      fromBroker.close();
    }
  }

  /// Nobody is owed the others, or they tell something else.
  private static boolean isFair(Publish publish) {
    String topic = Objects.requireNonNull(publish.topic()).toString();
    return !publish.dup() && !publish.retain() && topic.endsWith("/a");
  }

  private synchronized void deliver(Publish publish, Packets client, Packets broker)
      throws IOException {
    boolean once = publish.qos() == Qos.EXACTLY_ONCE;
    if (held != null && Objects.equals(held.topic(), publish.topic())) {
      client.write(publish);
      client.write(held);
      held = null;
      swaps--;
    } else if (once && doubles > 0) {
      client.write(publish);
      client.write(copy(publish, OWN_PACKET_ID + doubles--));
    } else if (!once && losses > 0) {
      broker.write(new PubAck(publish.packetId()));
      losses--;
    } else if (!once && swaps > 0 && held == null) {
      held = publish;
    } else {
      client.write(publish);
    }
  }

  private static Publish copy(Publish publish, int packetId) {
    return new Publish(
        Objects.requireNonNull(publish.topic()),
        publish.payload(),
        publish.qos(),
        publish.retain(),
        packetId);
  }

  /// One end of a connection, by packets. One thread reads; any may write.
  private record Packets(Socket socket, Sender sender, ByteBuffer bytes) {
    Packets(Socket socket, Sender sender) {
      this(socket, sender, ByteBuffer.allocate(MAX_PACKET_BYTES).limit(0));
    }

    Packet read() throws IOException {
      try {
        int length;
        while ((length =
                    bytes.remaining() < 2
                        ? 0
                        : PacketFrame.length(
                            bytes, bytes.position(), bytes.limit(), MAX_PACKET_BYTES))
                == 0
            || bytes.remaining() < length) {
          fill();
        }
        int from = bytes.position();
        bytes.position(from + length);
        return PacketDecoder.decode(bytes, from, from + length, MqttVersion.V3_1_1, sender);
      } catch (MalformedPacket e) {
        throw new IOException(e);
      }
    }

    private void fill() throws IOException {
      byte[] chunk = new byte[CHUNK_BYTES];
      int count = socket.getInputStream().read(chunk);
      if (count < 0) {
        throw new EOFException();
      }
      bytes.compact();
      bytes.put(chunk, 0, count);
      bytes.flip();
    }

    synchronized void write(Packet packet) throws IOException {
      socket.getOutputStream().write(PacketEncoder.encode(packet, MqttVersion.V3_1_1).toArray());
    }

    void close() {
      try {
        socket.close();
      } catch (IOException e) {
        return; // It is cut one way or the other.
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
