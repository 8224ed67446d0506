package io.dunlin.base;

/// What time it is. Passed in wherever time is needed, so that a test can turn it.
///
/// Implementations may be called from any thread.
public interface Clock {
  /// The machine's clocks.
  Clock SYSTEM =
      new Clock() {
        @Override
        public long nanos() {
          return System.nanoTime();
        }

        @Override
        public long epochMillis() {
          return System.currentTimeMillis();
        }
      };

  /// Nanoseconds since some fixed moment; never goes back. For intervals while running.
  long nanos();

  /// Milliseconds since 1970-01-01T00:00Z; may jump. For moments that outlive the process.
  long epochMillis();
}
