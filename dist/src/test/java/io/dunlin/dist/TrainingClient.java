package io.dunlin.dist;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// A client that knows as much MQTT as a training run needs: it writes packets and answers what it
/// receives. One thread.
final class TrainingClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final boolean v5;
  private final Socket socket;
  private final InputStream in;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int received;
  private int acknowledged;
  private int nextId = 1;

  /// Connects and awaits the CONNACK.
  ///
  /// @param protocolLevel 4 or 5
  /// @param keep whether its session stays when it has gone
  TrainingClient(int port, int protocolLevel, String clientId, boolean keep) throws IOException {
    v5 = protocolLevel == 5;
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) PATIENCE.toMillis());
    in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    byte[] expiry = {5, 0x11, 0, 0, 0, 60};
    write(
        0x10,
        string("MQTT"),
        new byte[] {(byte) protocolLevel, (byte) (keep ? 0 : 2), 0, 60},
        keep && v5 ? expiry : properties(),
        string(clientId));
    flush();
    await(2);
  }

  void subscribe(String filter, int qos) throws IOException {
    write(0x82, id(), properties(), string(filter), new byte[] {(byte) qos});
    flush();
    await(9);
  }

  void unsubscribe(String filter) throws IOException {
    write(0xa2, id(), properties(), string(filter));
    flush();
    await(11);
  }

  void ping() throws IOException {
    write(0xc0);
    flush();
    await(13);
  }

  /// Puts a PUBLISH among what the next [#flush] sends.
  void publish(String topic, int qos, boolean retain, String payload) {
    int flags = 0x30 | qos << 1 | (retain ? 1 : 0);
    write(flags, string(topic), qos == 0 ? new byte[0] : id(), properties(), text(payload));
  }

  void flush() throws IOException {
    socket.getOutputStream().write(out.toByteArray());
    out.reset();
  }

  /// Reads and answers until so many messages have come and so many of its own were acknowledged,
  /// counted from the last call.
  void awaitMessages(int messages, int acknowledgements) throws IOException {
    while (received < messages || acknowledged < acknowledgements) {
      onPacket();
      if (in.available() == 0) {
        flush();
      }
    }
    received = 0;
    acknowledged = 0;
  }

  private void await(int type) throws IOException {
    while (onPacket() != type) {
      flush();
    }
  }

  /// Takes one packet and returns its type.
  private int onPacket() throws IOException {
    int first = readByte();
    int length = 0;
    int digit = 0x80;
    for (int shift = 0; digit >= 0x80; shift += 7) {
      digit = readByte();
      length |= (digit & 0x7f) << shift;
    }
    byte[] body = in.readNBytes(length);
    int type = first >> 4;
    switch (type) {
      case 3 -> onPublish(first >> 1 & 3, body);
      case 4, 7 -> acknowledged++;
      case 5 -> write(0x62, new byte[] {body[0], body[1]});
      case 6 -> write(0x70, new byte[] {body[0], body[1]});
      case 2, 9, 11, 13 -> {}
      default -> throw new IOException("a packet of type " + type + " was not awaited");
    }
    return type;
  }

  private void onPublish(int qos, byte[] body) {
    received++;
    if (qos > 0) {
      int at = 2 + (((body[0] & 0xff) << 8) | (body[1] & 0xff)); // behind the topic
      write(qos == 1 ? 0x40 : 0x50, new byte[] {body[at], body[at + 1]});
    }
  }

  private int readByte() throws IOException {
    int value = in.read();
    if (value < 0) {
      throw new EOFException("the broker closed the connection");
    }
    return value;
  }

  private void write(int first, byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    out.write(first);
    for (int left = length; ; left >>= 7) {
      out.write(left > 0x7f ? left & 0x7f | 0x80 : left);
      if (left <= 0x7f) {
        break;
      }
    }
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
  }

  private byte[] id() {
    int id = nextId;
    nextId = id % 0xffff + 1;
    return new byte[] {(byte) (id >> 8), (byte) id};
  }

  private byte[] properties() {
    return v5 ? new byte[] {0} : new byte[0];
  }

  private static byte[] string(String text) {
    byte[] bytes = text(text);
    byte[] field = new byte[2 + bytes.length];
    field[0] = (byte) (bytes.length >> 8);
    field[1] = (byte) bytes.length;
    System.arraycopy(bytes, 0, field, 2, bytes.length);
    return field;
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// Says DISCONNECT and waits until the broker has closed.
  @Override
  public void close() throws IOException {
    try (socket) {
      write(0xe0, new byte[0]);
      flush();
      in.readAllBytes();
    }
  }
}
