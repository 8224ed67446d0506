package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.TimerWheel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What waits on one shard until there is room in the log or a mailbox, or space on the disk:
/// connections that are not read, actions that were put off, publishes that are held back.
@OwnedBy("shard")
final class Backlog {
  private static final Logger LOG = LoggerFactory.getLogger(Backlog.class);

  private final Shard shard;
  private final ArrayDeque<ClientConnection> parked = new ArrayDeque<>();
  private final ArrayDeque<Runnable> deferred = new ArrayDeque<>();
  private final List<ClientConnection> holding = new ArrayList<>();
  private final ArrayDeque<Runnable> afterwards = new ArrayDeque<>(); // while `deferred` has some
  private boolean runningDeferred;
  private boolean putBack; // an action of this pass was: the later ones must not overtake it
  private boolean lowOnSpace;
  private boolean ticking;

  Backlog(Shard shard) {
    this.shard = shard;
  }

  /// Batches have come back: room may have appeared.
  void unparkAll() {
    if (!parked.isEmpty()) {
      roomAppeared();
    }
  }

  /// Room has appeared in the log or a mailbox: what was held back goes on.
  void roomAppeared() {
    runAllDeferred();
    for (int left = parked.size(); left > 0 && shard.appender.hasRoom(Shard.MIN_ROOM); left--) {
      ClientConnection client = parked.pollFirst();
      if (client == null) {
        break;
      }
      if (client.hasPendingRoom()) {
        client.unpark();
      } else {
        parked.addLast(client);
      }
    }
    count();
  }

  private void count() {
    shard.counters.waitingConnections = parked.size() + holding.size();
  }

  /// All have their turn, but once one was put off again the others may not append before it: they
  /// put themselves off behind it, in the same order.
  private void runAllDeferred() {
    runningDeferred = true;
    putBack = false;
    for (int left = deferred.size(); left > 0; left--) {
      Runnable action = deferred.pollFirst();
      if (action != null) {
        runDeferred(action);
      }
    }
    runningDeferred = false;
    while (deferred.isEmpty() && !afterwards.isEmpty()) {
      runDeferred(afterwards.removeFirst());
    }
  }

  private static void runDeferred(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) { // only this one ends
      LOG.error("deferred.failed error={}", e.toString(), e);
    }
  }

  /// Whether what is appended now overtakes nothing that was deferred.
  boolean mayAppend() {
    return runningDeferred ? !putBack : deferred.isEmpty();
  }

  /// Whether something waits for room.
  boolean defers() {
    return !deferred.isEmpty();
  }

  /// The disk is nearly full, or has space again. On the loop.
  void lowOnSpace(boolean low) {
    lowOnSpace = low;
    if (!low) {
      releaseHeld();
      roomAppeared();
    }
  }

  /// A connection holds publishes back until there is space.
  void hold(ClientConnection client) {
    holding.add(client);
    count();
    tickIfNeeded();
  }

  private void releaseHeld() {
    holding.removeIf(this::released);
    count();
  }

  private boolean released(ClientConnection client) {
    try {
      return client.releaseHeld();
    } catch (RuntimeException e) { // only this connection ends
      shard.failed(client, e);
      return true;
    }
  }

  boolean isLowOnSpace() {
    return lowOnSpace;
  }

  /// A connection is not read until there is room again.
  void park(ClientConnection client) {
    parked.addLast(client);
    count();
  }

  /// Runs an action when there is room in the log again.
  void defer(Runnable action) {
    deferred.addLast(action);
    putBack = true;
  }

  /// Runs an action when nothing is deferred any more; something is, now.
  void afterDeferred(Runnable action) {
    afterwards.addLast(action);
  }

  private boolean waits() {
    return !parked.isEmpty() || !deferred.isEmpty() || !holding.isEmpty();
  }

  /// Looks again in a moment if anything waits, for room or for its time.
  void tickIfNeeded() {
    if (!ticking && (shard.timers.size() > 0 || waits())) {
      ticking = true;
      shard.loop.schedule(TimerWheel.TICK_NANOS, this::tick);
    }
  }

  /// Connections that end while they wait are not kept, however long it takes.
  private void forgetEnded() {
    parked.removeIf(ClientConnection::ended);
    holding.removeIf(ClientConnection::ended);
    count();
  }

  private void tick() {
    ticking = false;
    forgetEnded();
    if (!lowOnSpace && !holding.isEmpty()) {
      releaseHeld();
    }
    if (!parked.isEmpty() || !deferred.isEmpty()) {
      roomAppeared(); // whatever was missing: look again
    }
    shard.timers.advance(
        shard.loop.nowNanos(),
        (timer, e) -> LOG.error("timer.failed timer={} error={}", timer, e.toString(), e));
  }
}
