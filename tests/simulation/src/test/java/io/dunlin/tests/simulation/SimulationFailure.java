package io.dunlin.tests.simulation;

import org.jspecify.annotations.Nullable;

/// The broker, or the simulation, did what it must not. An error, so that no handler takes it for
/// the broker's own.
final class SimulationFailure extends AssertionError {
  private static final long serialVersionUID = 1;

  SimulationFailure(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
