package io.dunlin.client;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/// A link in the frames of a WebSocket (RFC 6455), as the client of it (MQTT 5.0 §6). Every write
/// is one binary frame; frames that come are a stream again, whatever their borders.
final class WebSocketLink implements Link {
  private static final String ACCEPT_SALT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int MAX_HEADERS_BYTES = 16 << 10;
  private static final int CONTINUATION = 0;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int LAST = 0x80;
  private static final int MASKED = 0x80;
  private static final byte[] CLOSE_NORMALLY = {0x03, (byte) 0xe8};

  private final SecureRandom random = new SecureRandom();
  private final Link under;
  private final InputStream in;
  private final OutputStream out;

  private WebSocketLink(Link under) {
    this.under = under;
    this.in = new FromFrames();
    this.out = new ToFrames();
  }

  /// Asks the server behind `under` to speak MQTT over a WebSocket.
  ///
  /// @throws IOException if it does not
  static WebSocketLink upgrade(Link under, String host, String path) throws IOException {
    WebSocketLink link = new WebSocketLink(under);
    byte[] nonce = new byte[16];
    link.random.nextBytes(nonce);
    String key = Base64.getEncoder().encodeToString(nonce);
    String request =
        "GET %s HTTP/1.1\r\n".formatted(path)
            + "Host: %s\r\n".formatted(host)
            + "Upgrade: websocket\r\n"
            + "Connection: Upgrade\r\n"
            + "Sec-WebSocket-Key: %s\r\n".formatted(key)
            + "Sec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Protocol: mqtt\r\n" // [MQTT-6.0.0-3], [MQTT-6.0.0-3 v3.1.1]
            + "\r\n";
    under.out().write(request.getBytes(StandardCharsets.ISO_8859_1));
    link.checkAnswer(link.readHeaders(), key);
    return link;
  }

  private String readHeaders() throws IOException {
    StringBuilder headers = new StringBuilder();
    while (headers.indexOf("\r\n\r\n") < 0) {
      int next = under.in().read();
      if (next < 0 || headers.length() == MAX_HEADERS_BYTES) {
        throw new IOException("no answer to the request for a WebSocket");
      }
      headers.append((char) next);
    }
    return headers.toString();
  }

  private void checkAnswer(String headers, String key) throws IOException {
    List<String> lines = headers.lines().toList();
    if (!lines.getFirst().matches("HTTP/1\\.1 101\\b.*")) {
      throw new IOException("the server refused a WebSocket: " + lines.getFirst());
    }
    String accept = "";
    String protocol = "";
    for (String line : lines) {
      int colon = line.indexOf(':');
      String name = colon < 0 ? "" : line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
      switch (name) {
        case "sec-websocket-accept" -> accept = line.substring(colon + 1).strip();
        case "sec-websocket-protocol" -> protocol = line.substring(colon + 1).strip();
        default -> {}
      }
    }
    if (!accept.equals(accepted(key))) {
      throw new IOException("the server does not speak WebSocket: wrong Sec-WebSocket-Accept");
    }
    if (!protocol.equals("mqtt")) {
      throw new IOException("the server speaks WebSocket, but not 'mqtt' over it");
    }
  }

  private static String accepted(String key) throws IOException {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-1")
              .digest((key + ACCEPT_SALT).getBytes(StandardCharsets.ISO_8859_1));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IOException("this Java knows no SHA-1", e);
    }
  }

  @Override
  public InputStream in() {
    return in;
  }

  @Override
  public OutputStream out() {
    return out;
  }

  @Override
  public void finish() throws IOException {
    writeFrame(CLOSE, CLOSE_NORMALLY, 0, CLOSE_NORMALLY.length);
    under.finish();
  }

  @Override
  public void abort() {
    under.abort();
  }

  /// One frame, masked as a client's must be. Pongs come from who reads, all else from who writes.
  private synchronized void writeFrame(int opcode, byte[] bytes, int from, int length)
      throws IOException {
    int lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
    byte[] frame = new byte[2 + lengthBytes + 4 + length];
    frame[0] = (byte) (LAST | opcode);
    frame[1] = (byte) (MASKED | (lengthBytes == 0 ? length : lengthBytes == 2 ? 126 : 127));
    for (int i = 0; i < Math.min(4, lengthBytes); i++) { // no length here has more than 4 bytes
      frame[1 + lengthBytes - i] = (byte) (length >>> 8 * i);
    }
    int maskAt = 2 + lengthBytes;
    byte[] mask = new byte[4];
    random.nextBytes(mask);
    System.arraycopy(mask, 0, frame, maskAt, 4);
    for (int i = 0; i < length; i++) {
      frame[maskAt + 4 + i] = (byte) (bytes[from + i] ^ mask[i & 3]);
    }
    under.out().write(frame);
  }

  private final class ToFrames extends OutputStream {
    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      writeFrame(BINARY, bytes, from, length); // [MQTT-6.0.0-1]
    }
  }

  /// What the binary frames carry [MQTT-6.0.0-2]; others it deals with.
  private final class FromFrames extends InputStream {
    private final InputStream frames = under.in();
    private long left;
    private boolean inMessage;
    private boolean closed;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int from, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      while (left == 0 && !closed) {
        nextFrame();
      }
      if (closed) {
        return -1;
      }
      int count = frames.read(target, from, (int) Math.min(length, left));
      if (count < 0) {
        throw new EOFException("the connection ended within a WebSocket frame");
      }
      left -= count;
      return count;
    }

    private void nextFrame() throws IOException {
      int first = frames.read();
      if (first < 0) {
        closed = true;
        return;
      }
      int second = need();
      long length = length(second);
      int opcode = first & 0x0f;
      boolean last = (first & LAST) != 0;
      boolean control = opcode >= CLOSE;
      if ((first & 0x70) != 0 || (second & MASKED) != 0 || (control && (!last || length > 125))) {
        throw new IOException("a malformed WebSocket frame");
      }
      switch (opcode) {
        case BINARY, CONTINUATION -> {
          if ((opcode == CONTINUATION) != inMessage) {
            throw new IOException("a WebSocket frame out of its place");
          }
          inMessage = !last;
          left = length;
        }
        case CLOSE -> {
          frames.skipNBytes(length);
          closed = true;
        }
        case PING -> {
          byte[] body = frames.readNBytes((int) length);
          writeFrame(PONG, body, 0, body.length);
        }
        case PONG -> frames.skipNBytes(length);
        default -> // [MQTT-6.0.0-1], [MQTT-6.0.0-1 v3.1.1]
            throw new IOException("a WebSocket frame that is not binary");
      }
    }

    private long length(int second) throws IOException {
      int code = second & 0x7f;
      if (code < 126) {
        return code;
      }
      long length = 0;
      for (int i = 0; i < (code == 126 ? 2 : 8); i++) {
        length = length << 8 | need();
      }
      if (length < 0) {
        throw new IOException("a malformed WebSocket frame");
      }
      return length;
    }

    private int need() throws IOException {
      int value = frames.read();
      if (value < 0) {
        throw new EOFException("the connection ended within a WebSocket frame");
      }
      return value;
    }
  }
}
