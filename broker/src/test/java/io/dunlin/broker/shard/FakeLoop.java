package io.dunlin.broker.shard;

import io.dunlin.base.Clock;
import io.dunlin.transport.Loop;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// A loop that turns when it is told to, on the caller's thread.
public final class FakeLoop implements Loop {
  private static final int ARENA_BYTES = 1 << 20;

  private final int index;
  private final Clock clock;
  private final ByteBuffer arena = ByteBuffer.allocateDirect(ARENA_BYTES);
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private final PriorityQueue<Timed> timed = new PriorityQueue<>();
  private @Nullable TurnListener listener;
  private int arenaEnd;
  private long timers;

  private record Timed(long atNanos, long order, Runnable task) implements Comparable<Timed> {
    @Override
    public int compareTo(Timed other) {
      int byTime = Long.compare(atNanos, other.atNanos);
      return byTime == 0 ? Long.compare(order, other.order) : byTime;
    }
  }

  FakeLoop(int index, Clock clock) {
    this.index = index;
    this.clock = clock;
  }

  /// Runs the tasks that wait, and ends the turn.
  void turn() {
    for (Timed next = timed.peek();
        next != null && next.atNanos <= clock.nanos();
        next = timed.peek()) {
      timed.remove(next);
      tasks.add(next.task);
    }
    for (int left = tasks.size(); left > 0; left--) {
      tasks.removeFirst().run();
    }
    endTurn();
  }

  /// Whether tasks wait.
  boolean busy() {
    return !tasks.isEmpty();
  }

  void endTurn() {
    if (listener != null) {
      listener.onTurnEnd();
    }
    arenaEnd = 0;
  }

  /// Where so many bytes can be put into the arena in this turn.
  public int reserve(int bytes) {
    int at = arenaEnd;
    arenaEnd += bytes;
    if (arenaEnd > ARENA_BYTES) {
      throw new IllegalStateException("the arena is full: end the turn before");
    }
    return at;
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public Clock clock() {
    return clock;
  }

  @Override
  public long nowNanos() {
    return clock.nanos();
  }

  @Override
  public boolean inLoop() {
    return true;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  @Override
  public void schedule(long delayNanos, Runnable task) {
    timed.add(new Timed(clock.nanos() + delayNanos, timers++, task));
  }

  @Override
  public void turnListener(TurnListener newListener) {
    listener = newListener;
  }

  @Override
  public ByteBuffer arena() {
    return arena;
  }
}
