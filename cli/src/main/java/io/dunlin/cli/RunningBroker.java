package io.dunlin.cli;

import io.dunlin.broker.Broker;
import io.dunlin.broker.OpenListener;
import io.dunlin.broker.config.BrokerConfig;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// A broker that accepts connections, as far as the command knows it. Thread-safe.
interface RunningBroker {
  /// Its listeners, with the real ports.
  List<OpenListener> listeners();

  /// Goes on with another configuration, as far as that can be done without a restart.
  ///
  /// @throws IOException if a file that it names, or a new listener, cannot be had
  /// @throws io.dunlin.broker.config.InvalidConfig if its values do not fit
  Broker.Reloaded reload(BrokerConfig config) throws IOException;

  /// Says how `dunlin ctl reload` makes the configuration anew.
  default void reloadBy(Reloading reloading) {}

  /// Completes when the broker has ended: normally after [#close], exceptionally when it failed.
  CompletableFuture<Void> ended();

  /// Ends it in order and forces everything. Blocks. A second call does nothing.
  void close();

  /// Starts brokers.
  interface Starter {
    /// Returns when connections are accepted.
    ///
    /// @throws java.net.BindException if an address cannot be had
    /// @throws io.dunlin.broker.UnusableFile if a certificate or key cannot be used
    /// @throws io.dunlin.broker.DataDirectory.Unusable if the data directory is in use, or cannot
    ///   be written
    /// @throws IOException if the state cannot be read or written
    RunningBroker start(BrokerConfig config) throws IOException;
  }
}
