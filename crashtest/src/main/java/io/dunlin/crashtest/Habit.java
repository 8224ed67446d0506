package io.dunlin.crashtest;

/// How a client behaves while there is load.
public enum Habit {
  /// It stays connected.
  STAY,
  /// It cuts its connection about twice a second and comes back, with messages unacknowledged.
  FLAP,
  /// It is away over several ends of the broker; for subscribers.
  SLEEP,
  /// It shares its subscription with others, and flaps; for subscribers.
  SHARE
}
