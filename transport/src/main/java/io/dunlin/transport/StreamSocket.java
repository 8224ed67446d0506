package io.dunlin.transport;

import io.dunlin.base.OwnedBy;
import io.netty.channel.IoHandle;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A connected, non-blocking socket on a Netty loop, without a Netty channel: the loop tells
/// [SocketConnection] when it is ready, and that reads and writes.
@OwnedBy("loop")
abstract class StreamSocket implements IoHandle {
  private @Nullable SocketConnection connection;
  private @Nullable IoRegistration registration;

  /// The peer, as `address:port`.
  abstract String remoteAddress();

  /// Reads into `[from, to)`; returns how many bytes came, 0 when there are none now, -1 at the
  /// end.
  abstract int receive(NettyLoop loop, ByteBuffer target, int from, int to) throws IOException;

  /// Writes `[from, to)` of a direct buffer; returns how many bytes went.
  abstract int send(NettyLoop loop, ByteBuffer source, int from, int to) throws IOException;

  abstract void shutdownOutput() throws IOException;

  /// Closes the descriptor; `reset` throws away what has not been delivered.
  abstract void close(boolean reset);

  /// The mechanism's word for being told of these.
  abstract IoOps interest(boolean readable, boolean writable);

  void connection(SocketConnection owner) {
    connection = owner;
  }

  /// Registers with the loop, without interest. On that loop only.
  void register(NettyLoop loop) throws IOException {
    if (loop.stopping()) {
      throw new IOException("loop " + loop.index() + " is shutting down");
    }
    var registering = loop.eventLoop().register(this);
    if (!registering.isSuccess()) { // on the loop it is done at once
      throw new IOException("could not register " + this, registering.cause());
    }
    registration = registering.getNow();
  }

  /// Leaves the loop, if registered; it may be registered elsewhere.
  void deregister() {
    IoRegistration present = registration;
    registration = null;
    if (present != null) {
      present.cancel();
    }
  }

  /// Sets what to be told of.
  void await(boolean readable, boolean writable) throws IOException {
    IoRegistration present = registration;
    if (present != null) {
      try {
        present.submit(interest(readable, writable));
      } catch (UncheckedIOException e) {
        throw new IOException("could not watch " + this, e.getCause());
      }
    }
  }

  /// Called when ready; `broken` when the connection is down in both directions.
  void ready(boolean readable, boolean writable, boolean broken) {
    SocketConnection owner = connection;
    if (owner != null) {
      owner.onReady(readable, writable, broken);
    }
  }

  /// Called by Netty when the loop shuts down.
  @Override
  public void close() {
    SocketConnection owner = connection;
    if (owner == null) {
      close(true);
    } else {
      owner.abort();
    }
  }
}
