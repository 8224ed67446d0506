package io.dunlin.transport;

import io.dunlin.base.Clock;
import java.nio.ByteBuffer;

/// One event loop: a thread (or, in a simulation, a turn of the one thread) that reads its
/// connections, runs tasks, and ends each turn by calling its [TurnListener].
///
/// A turn is one round of reading ready connections and running tasks that were waiting. It ends
/// early when the arena is nearly full.
public interface Loop {
  /// 0-based, dense.
  int index();

  /// The time and the clock of this loop. Any thread.
  Clock clock();

  /// The time of this turn, read once per turn. Loop thread only.
  long nowNanos();

  /// Whether the caller runs on this loop.
  boolean inLoop();

  /// Runs `task` on this loop soon, in the order of submission. Any thread. Wakes the loop only if
  /// it sleeps. An exception of the task is counted and logged; the loop goes on.
  void execute(Runnable task);

  /// Runs `task` on this loop once, not before `delayNanos` have passed. Loop thread only.
  void schedule(long delayNanos, Runnable task);

  /// Who is told of the end of each turn in which a connection was read or a task ran. Set once,
  /// before the first connection. The arena's bytes of the turn stay valid until the call returns.
  void turnListener(TurnListener listener);

  /// The read arena: direct, big endian, addressed by absolute index only. Bytes handed to
  /// [ConnectionHandler#onBytes] stay valid until the end of the turn, and may be patched in place.
  ByteBuffer arena();

  /// Told of the end of a turn, on the loop.
  interface TurnListener {
    /// Sends what was gathered. After it, the arena is reused.
    void onTurnEnd();
  }
}
