package io.dunlin.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// TCP and Unix sockets on Netty's event loops, epoll or NIO, with PROXY, TLS and WebSocket on top
/// where a listener has them; its connections use neither Netty's channels nor its buffers.
/// Thread-safe.
///
/// ```java
/// try (var transport = NettyTransport.start(TransportConfig.defaults())) {
///   transport.listen("tcp", new InetSocketAddress("127.0.0.1", 1883), connection -> {
///     connection.handler(new Echo(connection));
///     connection.resumeReading();
///   });
///   …
/// }
/// ```
public final class NettyTransport implements Transport {
  private final TransportConfig config;
  private volatile int maxConnections;
  private final Sockets sockets;
  private final List<NettyLoop> loops;

  // shared by all loops, touched once per connection
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger nextLoop = new AtomicInteger();
  private final AtomicInteger nextListenerLoop = new AtomicInteger();
  private final AtomicLong nextId = new AtomicLong();

  private NettyTransport(TransportConfig config, Sockets sockets) {
    this.config = config;
    this.maxConnections = config.maxConnections();
    this.sockets = sockets;
    List<NettyLoop> made = new ArrayList<>();
    for (int i = 0; i < config.loops(); i++) {
      made.add(new NettyLoop(i, config, sockets.loops()));
    }
    this.loops = List.copyOf(made);
  }

  /// Starts the loops.
  ///
  /// @throws IllegalStateException if the mechanism asked for is not available here
  public static NettyTransport start(TransportConfig config) {
    return new NettyTransport(config, Sockets.of(config.mechanism()));
  }

  @Override
  public List<Loop> loops() {
    return List.copyOf(loops);
  }

  @Override
  public String mechanism() {
    return sockets.text();
  }

  @Override
  public List<LoopCounters> counters() {
    return loops.stream().map(NettyLoop::counters).toList();
  }

  @Override
  public Listener listen(ListenerSettings settings, Consumer<Connection> acceptor)
      throws IOException {
    ServerSocket socket = bind(settings);
    NettyLoop loop = loops.get(Math.floorMod(nextListenerLoop.getAndIncrement(), loops.size()));
    var listener = new SocketListener(this, settings, socket, loop, acceptor);
    listener.start();
    TlsContext tls = settings.tls();
    if (tls != null) {
      tls.onChange(this::endRevoked);
    }
    return listener;
  }

  private ServerSocket bind(ListenerSettings settings) throws IOException {
    try {
      return switch (settings.address()) {
        case InetSocketAddress ip when ip.isUnresolved() ->
            throw new IOException("unknown host " + ip.getHostString());
        case InetSocketAddress ip -> sockets.bind(ip, settings.onlyIpv6(), config.backlog());
        case UnixDomainSocketAddress unix -> sockets.bind(unix, settings.mode(), config.backlog());
        default -> throw new IllegalArgumentException("not an address: " + settings.address());
      };
    } catch (IOException e) {
      throw new IOException(
          "listener " + settings.name() + ": could not listen on " + settings.address(), e);
    }
  }

  /// Ends the connections whose certificates have been revoked.
  private void endRevoked() {
    for (NettyLoop loop : loops) {
      try {
        loop.execute(() -> List.copyOf(loop.certified()).forEach(TlsSocket::endIfRevoked));
      } catch (RejectedExecutionException _) { // its connections have ended
      }
    }
  }

  @Override
  public void close() {
    if (inAnyLoop()) {
      throw new IllegalStateException("a loop cannot wait for its own end");
    }
    loops.forEach(NettyLoop::shutdown);
    loops.forEach(NettyLoop::join);
  }

  boolean inAnyLoop() {
    return loops.stream().anyMatch(Loop::inLoop);
  }

  /// The loop whose turn it is to get a connection.
  NettyLoop nextLoop() {
    return loops.get(Math.floorMod(nextLoop.getAndIncrement(), loops.size()));
  }

  long nextId() {
    return nextId.incrementAndGet();
  }

  @Override
  public void maxConnections(int most) {
    maxConnections = most;
  }

  /// Counts a connection, unless the limit is reached.
  boolean admit() {
    if (open.incrementAndGet() > maxConnections) {
      release();
      return false;
    }
    return true;
  }

  /// Counts a connection that has ended.
  void release() {
    open.decrementAndGet();
  }
}
