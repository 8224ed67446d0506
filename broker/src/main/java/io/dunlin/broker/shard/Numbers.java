package io.dunlin.broker.shard;

import java.util.concurrent.atomic.AtomicLong;

/// Numbers of sessions and subscriptions: 64 bits, never reused. Thread-safe.
///
/// The low 10 bits of a session's number are its slot, so that whoever reads a record knows whose
/// it is. What was handed out before a crash and never committed is named by no record, so
/// beginning again behind the highest number that is known is safe.
public final class Numbers {
  /// How many slots sessions lie in.
  public static final int SLOTS = 1024;

  private static final int SLOT_BITS = 10;

  private final AtomicLong session = new AtomicLong(1);
  private final AtomicLong subscription = new AtomicLong(1);

  /// The slot of a client identifier.
  static int slot(String clientId) {
    int h = clientId.hashCode() * 0x9E37_79B9;
    return h >>> 32 - SLOT_BITS;
  }

  /// The slot of a session.
  public static int slotOf(long sessionNumber) {
    return (int) sessionNumber & SLOTS - 1;
  }

  long nextSession(int slot) {
    return session.getAndIncrement() << SLOT_BITS | slot;
  }

  long nextSubscription() {
    return subscription.getAndIncrement();
  }

  void atLeast(long sessionNumber) {
    session.accumulateAndGet((sessionNumber >> SLOT_BITS) + 1, Math::max);
  }

  void atLeastSubscription(long number) {
    subscription.accumulateAndGet(number + 1, Math::max);
  }
}
