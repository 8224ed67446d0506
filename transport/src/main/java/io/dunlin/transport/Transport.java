package io.dunlin.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.function.Consumer;

/// A set of loops and the listeners that feed them. Thread-safe.
public interface Transport extends AutoCloseable {
  /// The loops, by index; fixed at the start.
  List<Loop> loops();

  /// What each loop has done, by index.
  List<LoopCounters> counters();

  /// Which mechanism carries the bytes, for people: "epoll", "nio".
  String mechanism();

  /// Listens. `acceptor` is called on the loop of each new connection, spread over all loops; it
  /// sets a handler and resumes reading, or closes. What comes before the first byte for the
  /// handler (PROXY, TLS and WebSocket hellos) is read only then. Running out of file descriptors
  /// slows accepting and is logged; it does not end the listener.
  Listener listen(ListenerSettings settings, Consumer<Connection> acceptor) throws IOException;

  /// Listens for plain TCP on `address` (port 0: the system picks).
  default Listener listen(String name, InetSocketAddress address, Consumer<Connection> acceptor)
      throws IOException {
    return listen(ListenerSettings.of(name, address), acceptor);
  }

  /// How many connections may be open over all listeners from now on; those that are stay.
  void maxConnections(int most);

  /// Stops accepting, ends all connections at once and joins the loops' threads. Blocks.
  @Override
  void close();

  /// An open listener.
  interface Listener extends AutoCloseable {
    /// Where it listens, with the real port: an [InetSocketAddress] or a
    /// [java.net.UnixDomainSocketAddress].
    SocketAddress address();

    /// What it is.
    ListenerSettings settings();

    /// How many connections that came through it are open. Any thread.
    int connections();

    /// Stops accepting; its connections stay.
    @Override
    void close();
  }
}
