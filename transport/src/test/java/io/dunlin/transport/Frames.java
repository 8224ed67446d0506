package io.dunlin.transport;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// Takes frames, each four bytes of length and then as many bytes, and queues them.
class Frames implements ConnectionHandler {
  static final int HEADER_BYTES = 4;

  final LinkedBlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
  final AtomicInteger calls = new AtomicInteger();
  final AtomicInteger closes = new AtomicInteger();
  final CompletableFuture<Void> closed = new CompletableFuture<>();
  private int bytesWanted;

  /// A frame with these bytes.
  static byte[] frame(byte[] bytes) {
    return ByteBuffer.allocate(HEADER_BYTES + bytes.length).putInt(bytes.length).put(bytes).array();
  }

  static byte[] random(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /// Whether to go on with the next frame.
  boolean onFrame(byte[] bytes) {
    received.add(bytes);
    return true;
  }

  @Override
  public int onBytes(ByteBuffer arena, int from, int to) {
    calls.incrementAndGet();
    int at = from;
    bytesWanted = 0;
    while (to - at >= HEADER_BYTES) {
      int frameBytes = HEADER_BYTES + arena.getInt(at);
      if (to - at < frameBytes) {
        bytesWanted = frameBytes;
        break;
      }
      byte[] bytes = new byte[frameBytes - HEADER_BYTES];
      arena.get(at + HEADER_BYTES, bytes);
      at += frameBytes;
      if (!onFrame(bytes)) {
        break;
      }
    }
    return at;
  }

  @Override
  public int bytesWanted() {
    return bytesWanted;
  }

  @Override
  public void onWritable() {}

  @Override
  public void onClosed() {
    closes.incrementAndGet();
    closed.complete(null);
  }
}
