package io.dunlin.tests.simulation;

import io.dunlin.base.Clock;
import io.dunlin.transport.Loop;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An event loop whose turns are events of the world: ready connections in random order, then all
/// tasks, then the end of the turn.
final class SimLoop implements Loop {
  private static final int ARENA_BYTES = 32 * 1024;
  private static final int MAX_TASKS = 10_000;
  static final int MAX_READ_BYTES = 4 * 1024;

  private final World world;
  private final Incarnation incarnation;
  private final int index;
  private final ByteBuffer arena;
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private final Set<SimConnection> ready = new LinkedHashSet<>();
  private @Nullable TurnListener listener;
  private int arenaPosition;
  private long nowNanos;
  private boolean scheduled;
  private boolean inTurn;

  SimLoop(World world, Incarnation incarnation, int index) {
    this.world = world;
    this.incarnation = incarnation;
    this.index = index;
    this.arena =
        index == 0 ? ByteBuffer.allocate(ARENA_BYTES) : ByteBuffer.allocateDirect(ARENA_BYTES);
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public Clock clock() {
    return world;
  }

  @Override
  public long nowNanos() {
    return nowNanos;
  }

  @Override
  public boolean inLoop() {
    return inTurn;
  }

  @Override
  public void execute(Runnable task) {
    tasks.addLast(task);
    wake();
  }

  @Override
  public void schedule(long delayNanos, Runnable task) {
    incarnation.after(delayNanos, () -> execute(task));
  }

  @Override
  public void turnListener(TurnListener newListener) {
    listener = newListener;
  }

  @Override
  public ByteBuffer arena() {
    return arena;
  }

  Incarnation incarnation() {
    return incarnation;
  }

  /// The connection can be read or written.
  void ready(SimConnection connection) {
    ready.add(connection);
    wake();
  }

  private void wake() {
    if (!scheduled && !inTurn) {
      scheduled = true;
      long most = world.once(50) ? 20 * World.MILLISECOND : 100 * World.MICROSECOND;
      incarnation.after(world.delay(most), this::turn);
    }
  }

  private void turn() {
    scheduled = false;
    inTurn = true;
    nowNanos = world.nanos();
    List<SimConnection> now = new ArrayList<>(ready);
    ready.clear();
    Collections.shuffle(now, world.random);
    now.forEach(SimConnection::onReady);
    for (int left = MAX_TASKS; left > 0; left--) {
      Runnable task = tasks.pollFirst();
      if (task == null) {
        break;
      }
      run(task);
    }
    endTurn();
    inTurn = false;
    if (!tasks.isEmpty() || !ready.isEmpty()) {
      wake();
    }
    incarnation.turnEnded();
  }

  private void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | AssertionError e) { // the top of the loop
      world.report("a task of loop " + index + " threw " + e, e);
    }
  }

  private void endTurn() {
    TurnListener l = listener;
    if (l != null) {
      run(l::onTurnEnd);
    }
    for (int i = 0; i < arenaPosition; i++) { // whoever still reads the arena reads this
      arena.put(i, (byte) 0xEE);
    }
    arenaPosition = 0;
  }

  /// Where in the arena `bytes` more go; ends the turn first when there is no room.
  int arenaFor(int bytes) {
    if (ARENA_BYTES - arenaPosition < bytes) {
      endTurn();
    }
    return arenaPosition;
  }

  void arenaTaken(int end) {
    arenaPosition = end;
  }
}
