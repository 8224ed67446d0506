package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;

/// A message of a group's queue that a member has in its own queue, under a number of that one. It
/// stays in the group's queue until the member has done with it.
@OwnedBy("shard")
final class Loan {
  /// The session number of the group's queue.
  final long queue;

  /// The number of the message there.
  final long number;

  final int qos;
  final int bytes;

  /// Whether it has left the group's queue already, for a member that could not say after a crash
  /// whether it got it.
  final boolean taken;

  /// Whether a record on its way takes it out of the group's queue.
  boolean settled;

  /// Whether a record on its way takes it out of the member's queue.
  boolean returning;

  Loan(long queue, long number, int qos, int bytes, boolean taken) {
    this.queue = queue;
    this.number = number;
    this.qos = qos;
    this.bytes = bytes;
    this.taken = taken;
  }
}
