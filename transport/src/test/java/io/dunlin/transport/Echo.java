package io.dunlin.transport;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/// Sends back what arrives; reads no further while the socket is full.
final class Echo implements ConnectionHandler {
  final CompletableFuture<Void> closed = new CompletableFuture<>();
  private final Connection connection;
  private ByteBuffer waiting = ByteBuffer.allocate(0);

  Echo(Connection connection) {
    this.connection = connection;
  }

  @Override
  public int onBytes(ByteBuffer arena, int from, int to) {
    int sent = connection.send(arena, from, to);
    if (sent < to - from) {
      waiting = ByteBuffer.allocate(to - from - sent);
      waiting.put(0, arena, from + sent, waiting.capacity());
      connection.pauseReading();
    }
    return to;
  }

  @Override
  public int bytesWanted() {
    return 0;
  }

  @Override
  public void onWritable() {
    waiting.position(
        waiting.position() + connection.send(waiting, waiting.position(), waiting.capacity()));
    if (!waiting.hasRemaining()) {
      connection.resumeReading();
    }
  }

  @Override
  public void onClosed() {
    closed.complete(null);
  }
}
