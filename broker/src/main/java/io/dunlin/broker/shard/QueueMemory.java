package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;

/// What the messages take of the heap that wait on one shard for sessions which end with their
/// connections: they are in no log and no store. Bounded for all sessions together, beside the
/// bound of each queue. A message that waits for several counts for each.
@OwnedBy("shard")
final class QueueMemory {
  /// Of the objects around a message's bytes, and of its places in tables.
  private static final int OWN_BYTES = 96;

  private final Shard shard;

  QueueMemory(Shard shard) {
    this.shard = shard;
  }

  /// Whether a message finds room.
  boolean hasRoom(int messageBytes) {
    long most = shard.limits.queueMemoryBytes() / shard.shards;
    return shard.counters.queueMemoryBytes + OWN_BYTES + messageBytes <= most;
  }

  /// Whether half of it is free: what can wait elsewhere should, otherwise.
  boolean isRoomy() {
    return shard.counters.queueMemoryBytes * 2 * shard.shards <= shard.limits.queueMemoryBytes();
  }

  /// A session keeps a message. Returns what that counts.
  int hold(Session session, int messageBytes) {
    int bytes = OWN_BYTES + messageBytes;
    session.heldBytes += bytes;
    shard.counters.queueMemoryBytes += bytes;
    return bytes;
  }

  /// A session keeps a message no longer.
  void release(Session session, int messageBytes) {
    releaseHeld(session, OWN_BYTES + messageBytes);
  }

  /// The same, for what [#hold] has returned.
  void releaseHeld(Session session, int bytes) {
    session.heldBytes -= bytes;
    shard.counters.queueMemoryBytes -= bytes;
    assert session.heldBytes >= 0 : session + " holds " + session.heldBytes;
  }

  /// A session is over.
  void releaseAll(Session session) {
    shard.counters.queueMemoryBytes -= session.heldBytes;
    session.heldBytes = 0;
  }
}
