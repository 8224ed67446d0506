package io.dunlin.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
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

  /// Listens on `address` (port 0: the system picks). `acceptor` is called on the loop of each new
  /// connection, spread over all loops; it sets a handler and resumes reading, or closes. Running
  /// out of file descriptors slows accepting and is logged; it does not end the listener.
  Listener listen(String name, InetSocketAddress address, Consumer<Connection> acceptor)
      throws IOException;

  /// Stops accepting, ends all connections at once and joins the loops' threads. Blocks.
  @Override
  void close();

  /// An open listener.
  interface Listener extends AutoCloseable {
    /// Where it listens, with the real port.
    InetSocketAddress address();

    /// Stops accepting; its connections stay.
    @Override
    void close();
  }
}
