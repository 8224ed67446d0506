package io.dunlin.transport;

import io.dunlin.base.OwnedBy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
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
  private final ListenerSettings settings;
  private final ServerSocket socket;
  private final NettyLoop loop;
  private final Consumer<Connection> acceptor;

  /// Its open connections; all loops.
  private final AtomicInteger open = new AtomicInteger();

  private boolean closed;
  private long failuresInARow;
  private final Rarely full = new Rarely();
  private final Rarely untrusted = new Rarely();

  SocketListener(
      NettyTransport transport,
      ListenerSettings settings,
      ServerSocket socket,
      NettyLoop loop,
      Consumer<Connection> acceptor) {
    this.transport = transport;
    this.settings = settings;
    this.socket = socket;
    this.loop = loop;
    this.acceptor = acceptor;
  }

  @Override
  public SocketAddress address() {
    return socket.address();
  }

  @Override
  public ListenerSettings settings() {
    return settings;
  }

  @Override
  public int connections() {
    return open.get();
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
      throw new IOException("listener " + settings.name() + " on " + address(), e.getCause());
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
        RawSocket accepted = socket.accept();
        if (accepted == null) {
          break;
        }
        onAccepted(accepted);
      }
    } catch (IOException | RuntimeException e) {
      backOff(e);
    }
  }

  private void onAccepted(RawSocket accepted) {
    if (failuresInARow > 0) {
      LOG.info("listener.accepts-again listener={} failures={}", settings.name(), failuresInARow);
      failuresInARow = 0;
    }
    if (!trusted(accepted.peer())) {
      onUntrusted(accepted);
      accepted.close(false);
      return;
    }
    NettyLoop target = transport.nextLoop();
    if (!admit()) {
      onFull();
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
      release();
      accepted.close(true);
    }
  }

  private void onUntrusted(RawSocket accepted) {
    loop.counters().untrusted++;
    long times = untrusted.happened(loop.nowNanos());
    if (times > 0) {
      LOG.warn(
          "connection.untrusted listener={} remote={} times={} it is none of the listener's"
              + " proxies",
          settings.name(),
          accepted.remoteAddress(),
          times);
    }
  }

  private void onFull() {
    loop.counters().refused++;
    long times = full.happened(loop.nowNanos());
    if (times > 0) {
      LOG.warn(
          "listener.full listener={} open={} max={} times={}",
          settings.name(),
          open.get(),
          settings.maxConnections(),
          times);
    }
  }

  private boolean trusted(@Nullable InetAddress peer) {
    return settings.proxies().isEmpty()
        || (peer != null
            && settings.proxies().stream().anyMatch(network -> network.contains(peer)));
  }

  private boolean admit() {
    if (open.incrementAndGet() <= settings.maxConnections() && transport.admit()) {
      return true;
    }
    open.decrementAndGet();
    return false;
  }

  private void release() {
    open.decrementAndGet();
    transport.release();
  }

  private void hand(RawSocket accepted, NettyLoop target) {
    target.counters().accepted++;
    StreamSocket stream;
    try {
      stream = layered(accepted);
    } catch (RuntimeException | Error e) { // no memory for an engine: only this connection ends
      release();
      accepted.close(true);
      throw e;
    }
    new SocketConnection(transport.nextId(), settings.name(), stream, target, this::release)
        .start(acceptor);
  }

  /// The socket with the listener's protocols on top.
  private StreamSocket layered(RawSocket accepted) {
    StreamSocket stream = accepted;
    if (!settings.proxies().isEmpty()) {
      stream = new ProxiedSocket(stream, settings.name());
    }
    TlsContext tls = settings.tls();
    if (tls != null) {
      stream = new TlsSocket(stream, tls, settings.name());
    }
    WebSocketSettings webSocket = settings.webSocket();
    return webSocket == null ? stream : new WebSocket(stream, webSocket, settings.name());
  }

  private void backOff(Exception cause) {
    failuresInARow++;
    if (failuresInARow == 1) {
      LOG.warn("listener.accept-failed listener={} address={}", settings.name(), address(), cause);
    }
    socket.await(false);
    loop.schedule(BACK_OFF_NANOS, () -> socket.await(true));
  }
}
