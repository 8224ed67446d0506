package io.dunlin.transport;

import io.dunlin.base.Clock;
import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.SingleThreadIoEventLoop;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A [Loop] on a Netty event loop.
///
/// A turn is one iteration of Netty's loop: the ready sockets, then the tasks that are waiting. It
/// begins with the first of them and ends when Netty has run the last task, before it waits again.
@OwnedBy("loop")
@HotPath(benchmark = "mqload p2p0, fanin0")
final class NettyLoop implements Loop {
  private static final Logger LOG = LoggerFactory.getLogger(NettyLoop.class);

  /// What is copied at a time to send from the heap, or read at a time to be discarded.
  private static final int SCRATCH_BYTES = 64 << 10;

  /// What the protocols on top of a socket decode from and encode into; made when first needed.
  enum Layer {
    TLS_INPUT,
    TLS_PLAIN,
    TLS_OUTPUT,
    WEB_SOCKET_OUTPUT
  }

  private final int index;
  private final Clock clock;
  private final int maxReadBytes;
  private final long lingerNanos;
  private final Turns executor;
  private final LoopCounters counters = new LoopCounters();
  private volatile @Nullable TurnListener turnListener;
  private volatile boolean stopping;
  private volatile @Nullable Thread thread;

  private final ByteBuffer arena;
  private final ByteBuffer arenaView;
  private final ByteBuffer scratch;
  private final ByteBuffer scratchView;
  private final Map<Layer, ByteBuffer> layerBuffers = new EnumMap<>(Layer.class);
  private final Set<TlsSocket> certified = new HashSet<>();

  /// Connections that wait for their peers to close, in the order of their times.
  private final ArrayDeque<SocketConnection> lingering = new ArrayDeque<>();

  // lives as long as the turn
  private boolean inTurn;
  private long nowNanos;
  private int arenaPosition;
  private final List<KeptBytes> releaseAtTurnEnd = new ArrayList<>();

  NettyLoop(int index, TransportConfig config, IoHandlerFactory mechanism) {
    this.index = index;
    this.clock = config.clock();
    this.maxReadBytes = config.maxReadBytes();
    this.lingerNanos = TimeUnit.MILLISECONDS.toNanos(config.lingerMillis());
    this.arena = ByteBuffer.allocateDirect(config.arenaBytes());
    this.arenaView = arena.duplicate();
    this.scratch = ByteBuffer.allocateDirect(SCRATCH_BYTES);
    this.scratchView = scratch.duplicate();
    this.executor = new Turns(this::newThread, mechanism);
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
    assert inLoop();
    return nowNanos;
  }

  @Override
  public boolean inLoop() {
    return executor.inEventLoop();
  }

  @Override
  public void execute(Runnable task) {
    executor.execute(() -> run(task));
  }

  @Override
  public void schedule(long delayNanos, Runnable task) {
    assert inLoop();
    var _ = executor.schedule(() -> run(task), delayNanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void turnListener(TurnListener listener) {
    turnListener = listener;
  }

  @Override
  public ByteBuffer arena() {
    return arena;
  }

  LoopCounters counters() {
    return counters;
  }

  IoEventLoop eventLoop() {
    return executor;
  }

  int maxReadBytes() {
    return maxReadBytes;
  }

  ByteBuffer scratch() {
    return scratch;
  }

  /// A buffer of 64 KiB that is free between two calls of a layer.
  ByteBuffer layerBuffer(Layer layer) {
    return layerBuffers.computeIfAbsent(layer, _ -> ByteBuffer.allocateDirect(SCRATCH_BYTES));
  }

  /// The connections here whose clients have shown a certificate.
  Set<TlsSocket> certified() {
    return certified;
  }

  /// Marks that something happens in this turn.
  void beginTurn() {
    if (!inTurn) {
      inTurn = true;
      nowNanos = clock.nanos();
    }
  }

  /// The index in the arena from which a connection that keeps `keptBytes` may use it. Ends the
  /// turn first when there is no room for these and one read.
  int arenaFor(int keptBytes) {
    if (arena.capacity() - arenaPosition < keptBytes + maxReadBytes) {
      counters.earlyTurns++;
      endTurn();
      beginTurn();
    }
    return arenaPosition;
  }

  /// Takes the arena up to `end`, until the end of the turn.
  void arenaTaken(int end) {
    arenaPosition = end;
  }

  /// Frees bytes that a handler has seen, not before the turn has ended.
  void releaseAtTurnEnd(KeptBytes bytes) {
    releaseAtTurnEnd.add(bytes);
  }

  /// Ends a connection that closes when its peer has had enough time. Returns until when.
  long linger(SocketConnection connection) {
    lingering.addLast(connection);
    if (lingering.size() == 1) {
      schedule(lingerNanos, this::endLingering);
    }
    return nowNanos + lingerNanos;
  }

  private void endLingering() {
    for (SocketConnection first = lingering.peekFirst();
        first != null;
        first = lingering.peekFirst()) {
      long left = first.lingersUntilNanos() - nowNanos;
      if (first.lingers() && left > 0) {
        schedule(left, this::endLingering);
        return;
      }
      lingering.removeFirst();
      first.lingered();
    }
  }

  /// `buffer` with the range set as position and limit; for the arena without a new object.
  @SuppressWarnings("ReferenceEquality") // the very buffer is meant, not one with equal bytes
  ByteBuffer view(ByteBuffer buffer, int from, int to) {
    ByteBuffer view =
        buffer == arena ? arenaView : buffer == scratch ? scratchView : buffer.duplicate();
    return view.limit(to).position(from);
  }

  /// Ends all connections and the loop. Any thread; returns at once.
  void shutdown() {
    if (!stopping) {
      stopping = true;
      try {
        executor.execute(() -> {}); // wakes it
      } catch (RejectedExecutionException _) { // it was awake, has seen it, and has ended
        return;
      }
    }
  }

  /// Whether it takes no more connections.
  boolean stopping() {
    return executor.isShuttingDown();
  }

  /// Waits until the loop's thread has ended; an interrupt is kept for later.
  void join() {
    executor.terminationFuture().awaitUninterruptibly();
    Thread ending = thread;
    if (ending != null) {
      try {
        ending.join();
      } catch (InterruptedException _) { // it has run its last task: nothing is lost
        Thread.currentThread().interrupt();
      }
    }
  }

  private Thread newThread(Runnable body) {
    Thread made = Thread.ofPlatform().name("dunlin-loop-" + index).unstarted(body);
    thread = made;
    return made;
  }

  private void run(Runnable task) {
    beginTurn();
    try {
      task.run();
    } catch (Throwable e) { // the top of the loop: no task may end it
      counters.exceptions++;
      LOG.error("loop.task-failed loop={} task={}", index, task.getClass().getName(), e);
    }
  }

  private void endTurn() {
    if (!inTurn) {
      return;
    }
    TurnListener listener = turnListener;
    if (listener != null) {
      try {
        listener.onTurnEnd();
      } catch (Throwable e) { // the top of the loop: no listener may end it
        counters.exceptions++;
        LOG.error("loop.turn-end-failed loop={}", index, e);
      }
    }
    inTurn = false;
    arenaPosition = 0;
    counters.turns++;
    counters.busyNanos += clock.nanos() - nowNanos; // the one clock read at the end of a turn
    if (!releaseAtTurnEnd.isEmpty()) {
      releaseAtTurnEnd.forEach(KeptBytes::release);
      releaseAtTurnEnd.clear();
    }
  }

  /// Netty's loop, which tells when it has run all that was waiting.
  private final class Turns extends SingleThreadIoEventLoop {
    private static final @Nullable IoEventLoopGroup NO_GROUP = null;

    Turns(ThreadFactory threads, IoHandlerFactory mechanism) {
      super(NO_GROUP, threads, mechanism);
    }

    @Override
    protected int runIo() {
      if (stopping && !isShuttingDown()) {
        // here, because right after it Netty closes what is registered; asked from another place or
        // thread, it might leave without
        var _ = shutdownGracefully(0, 1, TimeUnit.SECONDS);
        return 0;
      }
      return super.runIo();
    }

    @Override
    protected void afterRunningAllTasks() {
      super.afterRunningAllTasks();
      endTurn();
    }
  }
}
