package io.dunlin.broker.shard;

import io.dunlin.transport.Connection;
import io.dunlin.transport.ConnectionHandler;
import io.dunlin.transport.Loop;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/// A connection that remembers what was sent, and takes as much as the test says.
public final class FakeConnection implements Connection {
  private final Loop loop;
  private final long id;
  private byte[] sent = new byte[1 << 16];
  private int end;

  /// From the bytes offered to those taken.
  IntUnaryOperator takes = offered -> offered;

  public @Nullable ConnectionHandler handler;
  public boolean closed;
  boolean reading;
  long bytesSent;

  /// On `loop`, where it stays.
  public FakeConnection(Loop loop, long id) {
    this.loop = loop;
    this.id = id;
  }

  /// What was sent since the last call.
  public byte[] takeSent() {
    byte[] bytes = Arrays.copyOf(sent, end);
    end = 0;
    return bytes;
  }

  /// Forgets what was sent.
  void forget() {
    end = 0;
  }

  /// The peer has gone.
  public void lose() {
    closed = true;
    if (handler != null) {
      handler.onClosed();
    }
  }

  @Override
  public int send(ByteBuffer source, int from, int to) {
    if (closed) {
      return to - from;
    }
    int taken = takes.applyAsInt(to - from);
    if (end + taken > sent.length) {
      sent = Arrays.copyOf(sent, Math.max(sent.length * 2, end + taken));
    }
    source.get(from, sent, end, taken);
    end += taken;
    bytesSent += taken;
    return taken;
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public String remoteAddress() {
    return "fake:" + id;
  }

  @Override
  public String listener() {
    return "fake";
  }

  @Override
  public void handler(ConnectionHandler newHandler) {
    handler = newHandler;
  }

  @Override
  public void pauseReading() {
    reading = false;
  }

  @Override
  public void resumeReading() {
    reading = true;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      loop.execute(this::lose);
    }
  }

  @Override
  public void abort() {
    close();
  }

  @Override
  public void moveTo(Loop target, Consumer<Connection> arrived) {
    if (!target.equals(loop)) {
      throw new UnsupportedOperationException("stays on its loop");
    }
    loop.execute(() -> arrived.accept(this));
  }
}
