package io.dunlin.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.dunlin.base.OwnedBy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// The server's side of WebSocket (RFC 6455) on one connection: the request, then binary frames.
///
/// Payload is unmasked where it was read and moved together, as it comes: frames are no units to
/// what is above, and none is gathered. Netty's decoder would gather each frame, in a buffer of its
/// own, before the first byte could be looked at.
@OwnedBy("loop")
final class WebSocket extends LayeredSocket {
  private static final int NORMAL = 1000;
  private static final int PROTOCOL_ERROR = 1002;
  private static final int UNSUPPORTED_DATA = 1003;
  private static final int TOO_BIG = 1009;

  private static final int CONTINUATION = 0;
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;

  private static final int FIN = 0x80;
  private static final int RESERVED = 0x70;
  private static final int MASKED = 0x80;
  private static final int MAX_CONTROL_BYTES = 125;
  private static final int MAX_HEADER_BYTES = 10;
  private static final int PIECE_BYTES = (64 << 10) - MAX_HEADER_BYTES;
  private static final int END_OF_HEADERS = 0x0d0a_0d0a; // CR LF CR LF
  private static final byte[] NO_BYTES = {};

  private final WebSocketSettings settings;
  private final String listener;
  private @Nullable ByteArrayOutputStream request = new ByteArrayOutputStream(512);
  private int requestTail; // its last four bytes

  // the header of the frame that is being read
  private long headerHigh; // its first 8 bytes
  private long headerLow; // the rest
  private int headerBytes;

  // the frame behind its header
  private boolean inPayload;
  private int opcode;
  private long payloadLeft;
  private int mask;
  private byte[] control = NO_BYTES;
  private int controlBytes;

  private boolean inMessage;
  private boolean ended;
  private boolean goodbyeSaid;

  WebSocket(StreamSocket inner, WebSocketSettings settings, String listener) {
    super(inner);
    this.settings = settings;
    this.listener = listener;
  }

  @Override
  boolean hasInput() {
    return ended;
  }

  @Override
  int read(NettyLoop loop, ByteBuffer target, int from, int to) throws IOException {
    if (ended) {
      return -1;
    }
    int count = inner().receive(loop, target, from, to);
    if (count <= 0 || closing()) {
      return Math.min(count, 0);
    }
    int end = from + count;
    int at = opened() ? from : request(loop, target, from, end);
    return at < 0 ? 0 : frames(loop, target, at, end, from);
  }

  // --- the request

  /// Takes bytes of the request. Returns where the frames begin, or -1 when there are none.
  private int request(NettyLoop loop, ByteBuffer source, int from, int end) throws IOException {
    ByteArrayOutputStream so = request;
    if (so == null) {
      return -1; // refused
    }
    for (int at = from; at < end; at++) {
      byte octet = source.get(at);
      so.write(octet);
      requestTail = requestTail << 8 | octet & 0xff;
      if (so.size() > settings.maxHeaderBytes()) {
        answer(loop, Upgrade.tooLarge());
        return -1;
      }
      if (requestTail == END_OF_HEADERS) {
        countOpening(so.size());
        return answer(loop, Upgrade.answer(so.toByteArray(), settings)) ? at + 1 : -1;
      }
    }
    return -1;
  }

  private boolean answer(NettyLoop loop, Upgrade answer) throws IOException {
    request = null;
    if (!answer.accepted()) {
      countRefused(listener, "WebSocket: " + answer.refusal());
    }
    byte[] response = answer.response().getBytes(US_ASCII);
    ByteBuffer out = loop.layerBuffer(NettyLoop.Layer.WEB_SOCKET_OUTPUT);
    out.put(0, response);
    write(out, 0, response.length);
    if (answer.accepted()) {
      open();
    } else {
      goodbyeSaid = true;
      closeAbove();
    }
    return answer.accepted();
  }

  // --- frames in

  /// Decodes `[start, end)` in place and moves the payload together from `target` on; returns how
  /// many bytes of it there are.
  private int frames(NettyLoop loop, ByteBuffer buffer, int start, int end, int target)
      throws IOException {
    int at = start;
    int out = target;
    while (at < end && !ended) {
      if (!inPayload) {
        at = header(loop, buffer, at, end);
        if (closing()) {
          return 0;
        }
      }
      if (inPayload) {
        int length = (int) Math.min(payloadLeft, end - at);
        if (opcode >= CLOSE) {
          for (int i = 0; i < length; i++) {
            control[controlBytes++] = (byte) (buffer.get(at + i) ^ nextMask());
          }
        } else {
          unmask(buffer, at, out, length);
          out += length;
        }
        at += length;
        payloadLeft -= length;
        if (payloadLeft == 0) {
          inPayload = false;
          if (opcode >= CLOSE) {
            onControl(loop);
            if (closing()) {
              return 0;
            }
          }
        }
      }
    }
    return out == target && ended ? -1 : out - target;
  }

  /// Takes bytes of a frame's header; returns where it went on to.
  private int header(NettyLoop loop, ByteBuffer buffer, int start, int end) throws IOException {
    int at = start;
    while (at < end && !inPayload && !closing()) {
      long octet = buffer.get(at++) & 0xff;
      if (headerBytes < Long.BYTES) {
        headerHigh |= octet << (56 - 8 * headerBytes);
      } else {
        headerLow |= octet << (56 - 8 * (headerBytes - Long.BYTES));
      }
      headerBytes++;
      if (headerBytes == 2) {
        checkStart(loop, (int) (headerHigh >>> 56), (int) (headerHigh >>> 48) & 0xff);
      }
      if (headerBytes > 2 && headerBytes == headerLength()) {
        beginPayload(loop);
      }
    }
    return at;
  }

  private int headerAt(int index) {
    long half = index < Long.BYTES ? headerHigh : headerLow;
    return (int) (half >>> (56 - 8 * (index % Long.BYTES))) & 0xff;
  }

  private int headerLength() {
    int length = headerAt(1) & 0x7f;
    return 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + Integer.BYTES;
  }

  private void checkStart(NettyLoop loop, int first, int second) throws IOException {
    int code = first & 0x0f;
    boolean fin = (first & FIN) != 0;
    if ((first & RESERVED) != 0) {
      fail(loop, PROTOCOL_ERROR, "a compressed frame, or another extension that was not agreed");
    } else if ((second & MASKED) == 0) {
      fail(loop, PROTOCOL_ERROR, "a frame is not masked");
    } else if (code == TEXT) {
      fail(loop, UNSUPPORTED_DATA, "a text frame"); // [MQTT-6.0.0-1]
    } else if (code >= CLOSE && (!fin || (second & 0x7f) > MAX_CONTROL_BYTES)) {
      fail(loop, PROTOCOL_ERROR, "a control frame that is too long or in parts");
    } else if (code == CONTINUATION != inMessage && code < CLOSE) {
      fail(loop, PROTOCOL_ERROR, "a message begins inside another, or goes on without one");
    } else if (code > PONG || (code > BINARY && code < CLOSE)) {
      fail(loop, PROTOCOL_ERROR, "frames of kind " + code + " are unknown");
    } else {
      opcode = code;
      if (code < CLOSE) {
        inMessage = !fin;
      }
    }
  }

  private void beginPayload(NettyLoop loop) throws IOException {
    int length = headerAt(1) & 0x7f;
    int maskAt = headerBytes - Integer.BYTES;
    long payload = length;
    if (length >= 126) {
      payload = 0;
      for (int i = 2; i < maskAt; i++) {
        payload = payload << 8 | headerAt(i);
      }
    }
    mask = 0;
    for (int i = maskAt; i < headerBytes; i++) {
      mask = mask << 8 | headerAt(i);
    }
    headerBytes = 0;
    headerHigh = 0;
    headerLow = 0;
    if ((length == 126 && payload < 126) || (length == 127 && payload >>> 16 == 0)) {
      fail(loop, PROTOCOL_ERROR, "a length is not in its shortest form");
    } else if (payload < 0 || payload > settings.maxFrameBytes()) {
      fail(loop, TOO_BIG, "a frame holds more than " + settings.maxFrameBytes() + " bytes");
    } else {
      payloadLeft = payload;
      inPayload = true;
      if (opcode >= CLOSE) {
        control = payload == 0 ? NO_BYTES : new byte[(int) payload];
        controlBytes = 0;
      }
    }
  }

  private int nextMask() {
    mask = Integer.rotateLeft(mask, 8);
    return mask;
  }

  /// Unmasks `length` bytes from `at` to `out`, which is not behind it.
  private void unmask(ByteBuffer buffer, int at, int out, int length) {
    int i = 0;
    long wide = (mask & 0xffff_ffffL) << 32 | (mask & 0xffff_ffffL);
    for (; i + Long.BYTES <= length; i += Long.BYTES) {
      buffer.putLong(out + i, buffer.getLong(at + i) ^ wide);
    }
    for (; i < length; i++) {
      buffer.put(out + i, (byte) (buffer.get(at + i) ^ nextMask()));
    }
  }

  private void onControl(NettyLoop loop) throws IOException {
    byte[] payload = control;
    control = NO_BYTES;
    switch (opcode) {
      case PING -> {
        if (!outputWaits()) { // else it will ping again
          control(loop, PONG, payload);
        }
      }
      case CLOSE -> {
        if (!goodbyeSaid) {
          goodbyeSaid = true;
          control(
              loop, CLOSE, payload.length >= 2 ? new byte[] {payload[0], payload[1]} : NO_BYTES);
        }
        ended = true;
      }
      default -> {} // a pong
    }
  }

  private void fail(NettyLoop loop, int code, String reason) throws IOException {
    goodbye(loop, code);
    refuse(listener, "WebSocket: " + reason);
  }

  // --- frames out

  @Override
  int encode(NettyLoop loop, ByteBuffer source, int from, int to) throws IOException {
    ByteBuffer out = loop.layerBuffer(NettyLoop.Layer.WEB_SOCKET_OUTPUT);
    int at = from;
    while (at < to && !outputWaits()) {
      int length = Math.min(to - at, PIECE_BYTES);
      int header = putHeader(out, BINARY, length); // [MQTT-6.0.0-1]
      out.put(header, source, at, length);
      write(out, 0, header + length);
      at += length;
    }
    return at - from;
  }

  private static int putHeader(ByteBuffer out, int opcode, int length) {
    out.put(0, (byte) (FIN | opcode));
    if (length < 126) {
      out.put(1, (byte) length);
      return 2;
    }
    if (length < 1 << 16) {
      out.put(1, (byte) 126).putShort(2, (short) length);
      return 4;
    }
    throw new IllegalArgumentException("a frame of " + length + " bytes");
  }

  private void control(NettyLoop loop, int opcode, byte[] payload) throws IOException {
    ByteBuffer out = loop.layerBuffer(NettyLoop.Layer.WEB_SOCKET_OUTPUT);
    int header = putHeader(out, opcode, payload.length);
    out.put(header, payload);
    write(out, 0, header + payload.length);
  }

  private void goodbye(NettyLoop loop, int code) throws IOException {
    if (!goodbyeSaid) {
      goodbyeSaid = true;
      control(loop, CLOSE, new byte[] {(byte) (code >>> 8), (byte) code});
    }
  }

  @Override
  void sayGoodbye(NettyLoop loop) throws IOException {
    if (opened()) {
      goodbye(loop, NORMAL);
    }
  }

  @Override
  void release() {
    request = null;
    control = NO_BYTES;
  }
}
