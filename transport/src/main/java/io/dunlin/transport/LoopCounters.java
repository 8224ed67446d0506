package io.dunlin.transport;

import io.dunlin.base.OwnedBy;

/// What one loop has done since its start. Plain fields that only the loop writes; any thread may
/// read them and sees values that may be a little old.
@OwnedBy("loop")
public final class LoopCounters {
  long open;
  long accepted;
  long refused;
  long untrusted;
  long openingsFailed;
  long bytesIn;
  long bytesOut;
  long reads;
  long writes;
  long turns;
  long earlyTurns;
  long busyNanos;
  long exceptions;

  LoopCounters() {}

  /// Connections that this loop owns now.
  public long open() {
    return open;
  }

  /// Connections handed to this loop by a listener.
  public long accepted() {
    return accepted;
  }

  /// Connections closed at once on accepting, because as many were open as the listener or the
  /// transport may have.
  public long refused() {
    return refused;
  }

  /// Connections closed at once on accepting, because the listener takes them only from its
  /// proxies.
  public long untrusted() {
    return untrusted;
  }

  /// Connections whose PROXY, TLS or WebSocket hello was refused.
  public long openingsFailed() {
    return openingsFailed;
  }

  public long bytesIn() {
    return bytesIn;
  }

  public long bytesOut() {
    return bytesOut;
  }

  /// Calls of the system to read.
  public long reads() {
    return reads;
  }

  /// Calls of the system to write.
  public long writes() {
    return writes;
  }

  /// Turns in which something was done.
  public long turns() {
    return turns;
  }

  /// Turns that ended early because the arena was nearly full.
  public long earlyTurns() {
    return earlyTurns;
  }

  /// Time spent in turns: what is left of the time since the start, the loop has waited.
  public long busyNanos() {
    return busyNanos;
  }

  /// Exceptions out of handlers, acceptors, tasks and the turn listener.
  public long exceptions() {
    return exceptions;
  }
}
