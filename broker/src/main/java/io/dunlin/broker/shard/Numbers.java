package io.dunlin.broker.shard;

import io.dunlin.broker.store.NumbersRow;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Numbers of sessions and subscriptions: 64 bits, never reused. Thread-safe.
///
/// The low 10 bits of a session's number are its slot, so that whoever reads a record knows whose
/// it is.
///
/// After a crash they go on behind what the last checkpoint had handed out and behind what the
/// records since then name. What is handed out and named by no record is known to nobody.
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

  /// What a checkpoint has to note, with the ranks of the retained messages.
  public NumbersRow row(RetainedMessages retained) {
    return new NumbersRow(session.get(), subscription.get(), retained.nextRank());
  }

  /// Goes on behind what a checkpoint has noted, as do the retained messages.
  public void restore(@Nullable NumbersRow row, RetainedMessages retained) {
    if (row != null) {
      session.accumulateAndGet(row.session(), Math::max);
      subscription.accumulateAndGet(row.subscription(), Math::max);
      retained.nextRank(row.rank());
    }
  }

  void atLeast(long sessionNumber) {
    session.accumulateAndGet((sessionNumber >> SLOT_BITS) + 1, Math::max);
  }

  void atLeastSubscription(long number) {
    subscription.accumulateAndGet(number + 1, Math::max);
  }
}
