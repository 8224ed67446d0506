package io.dunlin.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// TCP on Netty's event loops, epoll or NIO; its connections use neither Netty's channels nor its
/// buffers. Thread-safe.
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
  private final Sockets sockets;
  private final List<NettyLoop> loops;

  // shared by all loops, touched once per connection
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger nextLoop = new AtomicInteger();
  private final AtomicInteger nextListenerLoop = new AtomicInteger();
  private final AtomicLong nextId = new AtomicLong();

  private NettyTransport(TransportConfig config, Sockets sockets) {
    this.config = config;
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
  public Listener listen(String name, InetSocketAddress address, Consumer<Connection> acceptor)
      throws IOException {
    if (address.isUnresolved()) {
      throw new IOException("listener " + name + ": unknown host " + address.getHostString());
    }
    ServerSocket socket;
    try {
      socket = sockets.bind(address, config.backlog());
    } catch (IOException e) {
      throw new IOException("listener " + name + ": could not listen on " + address, e);
    }
    NettyLoop loop = loops.get(Math.floorMod(nextListenerLoop.getAndIncrement(), loops.size()));
    var listener = new SocketListener(this, name, socket, loop, acceptor);
    listener.start();
    return listener;
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

  /// Counts a connection, unless the limit is reached.
  boolean admit() {
    if (open.incrementAndGet() > config.maxConnections()) {
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
