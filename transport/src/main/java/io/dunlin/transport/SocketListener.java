package io.dunlin.transport;

import io.dunlin.base.OwnedBy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Accepts connections on one loop and spreads them over all.
///
/// When the system refuses to accept (no descriptor, no memory), it stops trying for a while, so
/// that the waiting connection does not keep the loop busy.
@OwnedBy("loop")
final class SocketListener implements Transport.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(SocketListener.class);
  private static final long BACK_OFF_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final int ACCEPTS_PER_TURN = 64;

  private final NettyTransport transport;
  private final String name;
  private final ServerSocket socket;
  private final NettyLoop loop;
  private final Consumer<Connection> acceptor;
  private boolean closed;
  private long failuresInARow;

  SocketListener(
      NettyTransport transport,
      String name,
      ServerSocket socket,
      NettyLoop loop,
      Consumer<Connection> acceptor) {
    this.transport = transport;
    this.name = name;
    this.socket = socket;
    this.loop = loop;
    this.acceptor = acceptor;
  }

  @Override
  public InetSocketAddress address() {
    return socket.address();
  }

  /// Begins to accept. Blocks until the loop has taken it.
  void start() throws IOException {
    var started = new CompletableFuture<Void>();
    try {
      loop.execute(() -> {
        try {
          socket.register(loop, this::onReady, this::closeOnLoop);
          started.complete(null);
        } catch (IOException | RuntimeException e) {
          closeOnLoop();
          started.completeExceptionally(e);
        }
      });
      started.join();
    } catch (RejectedExecutionException e) {
      socket.closeSocket();
      throw new IOException("the transport is closed", e);
    } catch (CompletionException e) {
      throw new IOException("listener " + name + " on " + address(), e.getCause());
    }
  }

  /// Stops accepting; when it returns the port is free, unless it is called on a loop.
  @Override
  public void close() {
    if (loop.inLoop()) {
      closeOnLoop();
      return;
    }
    var done = new CompletableFuture<Void>();
    try {
      loop.execute(() -> {
        closeOnLoop();
        done.complete(null);
      });
    } catch (RejectedExecutionException _) {
      return; // the loop has shut down and closed it
    }
    if (!transport.inAnyLoop()) {
      done.join();
    }
  }

  private void closeOnLoop() {
    if (!closed) {
      closed = true;
      socket.deregister();
      socket.closeSocket();
    }
  }

  private void onReady() {
    loop.beginTurn();
    try {
      for (int i = 0; i < ACCEPTS_PER_TURN && !closed; i++) {
        StreamSocket accepted = socket.accept();
        if (accepted == null) {
          break;
        }
        onAccepted(accepted);
      }
    } catch (IOException | RuntimeException e) {
      backOff(e);
    }
  }

  private void onAccepted(StreamSocket accepted) {
    if (failuresInARow > 0) {
      LOG.info("listener.accepts-again listener={} failures={}", name, failuresInARow);
      failuresInARow = 0;
    }
    NettyLoop target = transport.nextLoop();
    if (!transport.admit()) {
      loop.counters().refused++;
      accepted.close(false);
      return;
    }
    if (target == loop) {
      hand(accepted, target);
      return;
    }
    try {
      target.execute(() -> hand(accepted, target));
    } catch (RejectedExecutionException _) { // that loop has shut down
      transport.release();
      accepted.close(true);
    }
  }

  private void hand(StreamSocket accepted, NettyLoop target) {
    target.counters().accepted++;
    new SocketConnection(transport.nextId(), name, accepted, target, transport::release)
        .start(acceptor);
  }

  private void backOff(Exception cause) {
    failuresInARow++;
    if (failuresInARow == 1) {
      LOG.warn("listener.accept-failed listener={} address={}", name, address(), cause);
    }
    socket.await(false);
    loop.schedule(BACK_OFF_NANOS, () -> socket.await(true));
  }
}
