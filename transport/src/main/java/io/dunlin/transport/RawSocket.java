package io.dunlin.transport;

import io.dunlin.base.OwnedBy;
import io.netty.channel.IoHandle;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/// A socket of the system on a Netty loop, without a Netty channel.
@OwnedBy("loop")
abstract class RawSocket extends StreamSocket implements IoHandle {
  private @Nullable Events events;
  private @Nullable IoRegistration registration;

  /// The peer's address, null when it has none.
  abstract @Nullable InetAddress peer();

  /// The mechanism's word for being told of these.
  abstract IoOps interest(boolean readable, boolean writable);

  @Override
  void events(Events taker) {
    events = taker;
  }

  @Override
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

  @Override
  void deregister() {
    IoRegistration present = registration;
    registration = null;
    if (present != null) {
      present.cancel();
    }
  }

  @Override
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

  /// Called when ready.
  void ready(boolean readable, boolean writable, boolean broken) {
    Events taker = events;
    if (taker != null) {
      taker.onReady(readable, writable, broken);
    }
  }

  /// Called by Netty when the loop shuts down.
  @Override
  public void close() {
    Events taker = events;
    if (taker == null) {
      close(true);
    } else {
      taker.abort();
    }
  }
}
