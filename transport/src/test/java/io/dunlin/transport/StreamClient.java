package io.dunlin.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;

/// Clients that look like a [Socket] to the tests.
abstract class StreamClient extends Socket {
  private final InputStream in;
  private final OutputStream out;

  StreamClient(InputStream in, OutputStream out) {
    this.in = in;
    this.out = out;
  }

  @Override
  public InputStream getInputStream() {
    return in;
  }

  @Override
  public OutputStream getOutputStream() {
    return out;
  }

  /// On a Unix socket.
  static final class Unix extends StreamClient {
    private final SocketChannel channel;

    Unix(UnixDomainSocketAddress address) throws IOException {
      this(SocketChannel.open(address));
    }

    private Unix(SocketChannel channel) {
      super(Channels.newInputStream(channel), Channels.newOutputStream(channel));
      this.channel = channel;
    }

    @Override
    public void shutdownOutput() throws IOException {
      channel.shutdownOutput();
    }

    @Override
    public void setSoLinger(boolean on, int linger) {}

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /// Frames on another socket, one per write.
  static final class WebSocketClient extends StreamClient {
    private static final byte[] MASK = {0x11, (byte) 0x82, 0x33, (byte) 0xf4};
    private final Socket socket;

    private WebSocketClient(Socket socket, Asking asking) {
      super(new Payload(socket, asking), new Frames(socket, asking));
      this.socket = socket;
    }

    /// Asks for the upgrade when it is first written or read, as a TLS socket does its handshake.
    static WebSocketClient open(Socket socket, String protocol) {
      return new WebSocketClient(socket, new Asking(socket, protocol));
    }

    private static final class Asking {
      private final Socket socket;
      private final String protocol;
      private boolean asked;

      Asking(Socket socket, String protocol) {
        this.socket = socket;
        this.protocol = protocol;
      }

      synchronized void ask() throws IOException {
        if (asked) {
          return;
        }
        asked = true;
        socket
            .getOutputStream()
            .write(
                ("GET /mqtt HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                        + "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        + "Sec-WebSocket-Protocol: "
                        + protocol
                        + "\r\n\r\n")
                    .getBytes(US_ASCII));
      }
    }

    @Override
    public void shutdownOutput() throws IOException {
      socket.shutdownOutput();
    }

    @Override
    public void setSoLinger(boolean on, int linger) throws SocketException {
      socket.setSoLinger(on, linger);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }

    /// A client's frame.
    static byte[] frame(int first, byte[] payload) {
      var frame = new ByteArrayOutputStream();
      frame.write(first);
      if (payload.length < 126) {
        frame.write(0x80 | payload.length);
      } else if (payload.length < 1 << 16) {
        frame.write(0x80 | 126);
        frame.writeBytes(ByteBuffer.allocate(2).putShort((short) payload.length).array());
      } else {
        frame.write(0x80 | 127);
        frame.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
      }
      frame.writeBytes(MASK);
      for (int i = 0; i < payload.length; i++) {
        frame.write(payload[i] ^ MASK[i % 4]);
      }
      return frame.toByteArray();
    }

    private static final class Frames extends OutputStream {
      private final Socket socket;
      private final Asking asking;

      Frames(Socket socket, Asking asking) {
        this.socket = socket;
        this.asking = asking;
      }

      @Override
      public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int from, int length) throws IOException {
        asking.ask();
        socket
            .getOutputStream()
            .write(frame(0x82, java.util.Arrays.copyOfRange(bytes, from, from + length)));
      }
    }

    /// The payload of binary frames; a close frame is the end.
    private static final class Payload extends InputStream {
      private final Socket socket;
      private final Asking asking;
      private boolean upgrading = true;
      private long left;
      private boolean ended;

      Payload(Socket socket, Asking asking) {
        this.socket = socket;
        this.asking = asking;
      }

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int from, int length) throws IOException {
        while (left == 0 && !ended && length > 0) {
          next();
        }
        if (ended) {
          return -1;
        }
        int count = socket.getInputStream().read(bytes, from, (int) Math.min(length, left));
        left -= Math.max(0, count);
        return count;
      }

      private void next() throws IOException {
        var in = new DataInputStream(socket.getInputStream());
        if (upgrading) {
          upgrading = false;
          asking.ask();
          var answer = new StringBuilder();
          while (answer.indexOf("\r\n\r\n") < 0) {
            answer.append((char) in.readUnsignedByte());
          }
          if (!answer.toString().startsWith("HTTP/1.1 101 ")) {
            throw new IOException(answer.toString());
          }
        }
        int first = in.read();
        if (first < 0) {
          ended = true;
          return;
        }
        int second;
        try {
          second = in.readUnsignedByte();
        } catch (EOFException e) {
          throw new IOException("a frame ends in its header", e);
        }
        left = second == 126 ? in.readUnsignedShort() : second == 127 ? in.readLong() : second;
        if (first == 0x88) {
          in.readNBytes((int) left);
          ended = true;
        } else if (first != 0x82) {
          throw new IOException("first byte of a frame: " + first);
        }
      }
    }
  }
}
