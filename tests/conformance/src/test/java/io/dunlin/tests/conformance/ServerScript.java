package io.dunlin.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A server of which the test says every byte.
final class ServerScript implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final ServerSocket listening;

  ServerScript() {
    try {
      listening = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
      listening.setSoTimeout((int) PATIENCE.toMillis());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return listening.getLocalPort();
  }

  /// The next connection of a client.
  Line accept(Version version) {
    try {
      return new Line(version, listening.accept());
    } catch (IOException e) {
      throw new AssertionError("no client came", e);
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }

  /// One connection of a client. For one thread.
  static final class Line implements AutoCloseable {
    private final Version version;
    private final Socket socket;
    private final InputStream in;

    private Line(Version version, Socket socket) throws IOException {
      this.version = version;
      this.socket = socket;
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) PATIENCE.toMillis());
      in = socket.getInputStream();
    }

    InputStream in() {
      return in;
    }

    Line send(byte[] bytes) {
      try {
        socket.getOutputStream().write(bytes);
        return this;
      } catch (IOException e) {
        throw new UncheckedIOException("sending " + Bytes.hex(bytes), e);
      }
    }

    Line send(Outgoing... packets) {
      for (Outgoing each : packets) {
        send(each.bytes(version));
      }
      return this;
    }

    /// A CONNACK that accepts.
    Line accept(boolean sessionPresent, Bytes properties) {
      return connAck(sessionPresent, 0, properties);
    }

    Line connAck(boolean sessionPresent, int reason, Bytes properties) {
      Bytes body = new Bytes().u8(sessionPresent ? 1 : 0).u8(reason);
      if (version.hasProperties()) {
        body.variable(properties.length()).raw(properties.toArray());
      }
      return send(Bytes.packet(PacketType.CONNACK.firstByte(), body));
    }

    FromClient expect(PacketType type) {
      FromClient packet = read();
      assertThat(packet == null ? null : packet.type())
          .as("the type of %s", packet)
          .isEqualTo(type);
      return java.util.Objects.requireNonNull(packet);
    }

    FromClient expect(PacketType type, int packetId) {
      FromClient packet = expect(type);
      assertThat(packet.packetId()).as("packet identifier of %s", packet).isEqualTo(packetId);
      return packet;
    }

    FromClient expectPublish(String payload) {
      FromClient publish = expect(PacketType.PUBLISH);
      assertThat(publish.payload()).as("payload of %s", publish).isEqualTo(payload);
      return publish;
    }

    /// The client closes, and sends nothing before.
    void expectEnd() {
      FromClient packet = read();
      assertThat(packet).as("expected the end of the connection").isNull();
    }

    /// The client has nothing to say for now: asked something that it must answer, it gives that
    /// answer and nothing else.
    void expectNothing() {
      int unknown = 4_711;
      send(Packets.pubRel(unknown));
      FromClient answer = expect(PacketType.PUBCOMP);
      assertThat(answer.packetId()).as("expected nothing else than %s", answer).isEqualTo(unknown);
    }

    /// The next packet, or null at the end.
    @Nullable FromClient read() {
      try {
        int first = in.read();
        if (first < 0) {
          return null;
        }
        Bytes whole = Bytes.bytes(first);
        int length = 0;
        int next;
        int shift = 0;
        do {
          next = in.read();
          whole.u8(next);
          length |= (next & 127) << shift;
          shift += 7;
        } while (next > 127);
        int header = whole.length();
        byte[] body = in.readNBytes(length);
        assertThat(body).as("the connection ended within a packet").hasSize(length);
        return new FromClient(version, whole.raw(body).toArray(), header);
      } catch (SocketTimeoutException e) {
        throw new AssertionError("neither a packet nor the end came", e);
      } catch (IOException e) {
        return null; // A reset is an end, too.
      }
    }

    /// Ends the connection without a word.
    @Override
    public void close() {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
