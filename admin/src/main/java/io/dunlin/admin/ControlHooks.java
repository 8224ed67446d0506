package io.dunlin.admin;

import io.dunlin.broker.config.LogLevel;

/// What `dunlin ctl` may do to the process around the broker. Thread-safe.
public interface ControlHooks {
  /// A process whose logging is not ours.
  ControlHooks NONE =
      level -> {
        throw new UnsupportedOperationException("the logging of this process is not Dunlin's");
      };

  /// Sets how much is logged from now on.
  ///
  /// @throws UnsupportedOperationException if it cannot be set here
  void logLevel(LogLevel level);
}
