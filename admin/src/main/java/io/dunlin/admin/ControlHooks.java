package io.dunlin.admin;

import io.dunlin.broker.Broker;
import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.broker.config.LogConfig;
import java.io.IOException;

/// What `dunlin ctl` may do to the process around the broker. Thread-safe.
public interface ControlHooks {
  /// A process whose logging is not ours.
  ControlHooks NONE =
      new ControlHooks() {
        @Override
        public void logLevel(LogConfig.Level level) {
          throw new UnsupportedOperationException("the logging of this process is not Dunlin's");
        }

        @Override
        public Broker.Reloaded reload() {
          throw new UnsupportedOperationException("this broker was not started from a file");
        }
      };

  /// Sets how much is logged from now on.
  ///
  /// @throws UnsupportedOperationException if it cannot be set here
  void logLevel(LogConfig.Level level);

  /// Reads the configuration again and applies what can change while the broker runs. Blocks.
  ///
  /// @throws IOException if it is wrong; nothing has changed then
  /// @throws io.dunlin.broker.config.InvalidConfig the same
  /// @throws UnsupportedOperationException if there is none here
  Broker.Reloaded reload() throws IOException;

  /// Reads the configuration again, and only that.
  ///
  /// @throws IOException if it is wrong
  /// @throws UnsupportedOperationException if there is none here
  default BrokerConfig configuration() throws IOException {
    throw new UnsupportedOperationException("this broker was not started from a file");
  }
}
