package io.dunlin.admin;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// A client of MQTT 5.0 that knows as much as these tests need: it writes packets byte by byte and
/// reads whole ones.
final class MqttPeer implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 10_000;

  private final Socket socket = new Socket();
  private final DataInputStream in;

  /// Connects with a login.
  MqttPeer(InetSocketAddress broker, String clientId, String user, String password)
      throws IOException {
    socket.connect(broker, TIMEOUT_MILLIS);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    in = new DataInputStream(socket.getInputStream());
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(new byte[] {0, 4, 'M', 'Q', 'T', 'T', 5, (byte) 0xc2, 0, 60, 0});
    text(body, clientId);
    text(body, user);
    text(body, password);
    send(0x10, body);
    if (expect(0x20)[1] != 0) {
      throw new IOException("the login of " + user + " was refused");
    }
  }

  /// Connects; the session ends with the connection, unless it is durable.
  MqttPeer(InetSocketAddress broker, String clientId, boolean durable) throws IOException {
    socket.connect(broker, TIMEOUT_MILLIS);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    in = new DataInputStream(socket.getInputStream());
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(new byte[] {0, 4, 'M', 'Q', 'T', 'T', 5, 0, 0, 60});
    body.writeBytes(durable ? new byte[] {5, 0x11, 0, 0, 1, 0} : new byte[] {0});
    text(body, clientId);
    send(0x10, body);
    expect(0x20);
  }

  /// Subscribes at QoS 1 and waits until it stands.
  void subscribe(String filter) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(new byte[] {0, 1, 0});
    text(body, filter);
    body.write(1);
    send(0x82, body);
    expect(0x90);
  }

  /// Publishes; at QoS 1 it waits for the PUBACK.
  void publish(String topic, int qos, boolean retain) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    text(body, topic);
    if (qos == 1) {
      body.writeBytes(new byte[] {0, 7});
    }
    body.write(0);
    body.writeBytes("12".getBytes(StandardCharsets.UTF_8));
    send(0x30 | qos << 1 | (retain ? 1 : 0), body);
    if (qos == 1) {
      expect(0x40);
    }
  }

  /// Reads a packet and returns what is behind its length.
  byte[] expect(int firstByte) throws IOException {
    int first = in.readUnsignedByte();
    int length = in.readUnsignedByte(); // below 128 in these tests
    byte[] body = in.readNBytes(length);
    if ((first & 0xf0) != (firstByte & 0xf0)) {
      throw new IOException("0x%02x came instead of 0x%02x".formatted(first, firstByte));
    }
    return body;
  }

  private void send(int first, ByteArrayOutputStream body) throws IOException {
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    packet.write(first);
    packet.write(body.size());
    packet.writeBytes(body.toByteArray());
    socket.getOutputStream().write(packet.toByteArray());
  }

  private static void text(ByteArrayOutputStream body, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    body.write(bytes.length >> 8);
    body.write(bytes.length);
    body.writeBytes(bytes);
  }

  /// Without a DISCONNECT.
  @Override
  public void close() throws IOException {
    socket.close();
  }
}
