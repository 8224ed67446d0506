package io.dunlin.transport;

import io.dunlin.base.OwnedBy;
import io.netty.channel.IoHandle;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import org.jspecify.annotations.Nullable;

/// A bound, listening socket on a Netty loop, without a Netty channel.
@OwnedBy("loop")
abstract class ServerSocket implements IoHandle {
  private Runnable onReady = () -> {};
  private Runnable onShutdown = () -> {};
  private @Nullable IoRegistration registration;

  /// Where it listens, with the real port. Any thread.
  abstract SocketAddress address();

  /// The next connection, or null when none waits.
  abstract @Nullable RawSocket accept() throws IOException;

  /// Closes the descriptor.
  abstract void closeSocket();

  abstract IoOps interest(boolean accepting);

  /// Registers with the loop and begins to watch. On that loop only.
  void register(NettyLoop loop, Runnable ready, Runnable shutdown) throws IOException {
    if (loop.stopping()) {
      throw new IOException("loop " + loop.index() + " is shutting down");
    }
    onReady = ready;
    onShutdown = shutdown;
    var registering = loop.eventLoop().register(this);
    if (!registering.isSuccess()) { // on the loop it is done at once
      throw new IOException("could not register " + address(), registering.cause());
    }
    registration = registering.getNow();
    await(true);
  }

  void deregister() {
    IoRegistration present = registration;
    registration = null;
    if (present != null) {
      present.cancel();
    }
  }

  void await(boolean accepting) {
    IoRegistration present = registration;
    if (present != null) {
      present.submit(interest(accepting));
    }
  }

  /// What a client of a Unix socket is called; it has no address of its own.
  String unixPeer() {
    return "unix:" + address();
  }

  /// Removes the file of a Unix socket that was listened on.
  void removeFile() throws IOException {
    if (address() instanceof UnixDomainSocketAddress unix) {
      UnixSocketFile.remove(unix);
    }
  }

  void ready() {
    onReady.run();
  }

  /// Called by Netty when the loop shuts down.
  @Override
  public void close() {
    onShutdown.run();
  }
}
