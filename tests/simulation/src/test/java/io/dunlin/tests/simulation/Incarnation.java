package io.dunlin.tests.simulation;

import io.dunlin.broker.BrokerCore;
import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.broker.shard.Counters;
import io.dunlin.broker.shard.HeapShares;
import io.dunlin.broker.shard.Limits;
import io.dunlin.broker.spi.Plugins;
import io.dunlin.storage.Disk;
import io.dunlin.storage.FileLog;
import io.dunlin.storage.LogConfig;
import io.dunlin.storage.RecoveryReport;
import io.dunlin.storage.SortedStore;
import io.dunlin.transport.Loop;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// One life of the broker's process: from its start to its stop or crash. All that it schedules
/// ends with it.
final class Incarnation {
  static final int WILL_GRACE_SECONDS = 2;
  static final int SEGMENT_BYTES = 96 * 1024;
  private static final int BATCH_BYTES = 72 * 1024;
  private static final int MAX_RECORD_BYTES = 72 * 1024;
  private static final long COMMIT_DELAY_NANOS = World.MILLISECOND;
  private static final long LAZY_FORCE_NANOS = 50 * World.MILLISECOND;

  private static final BrokerConfig CONFIG =
      BrokerConfig.of(
          Map.of(
              "session.will-grace-seconds",
              Integer.toString(WILL_GRACE_SECONDS),
              "session.inflight-max",
              "16",
              "session.queue-memory-messages",
              "0"));

  /// So little that routes and topics are forgotten all the time.
  private static final HeapShares NARROW = new HeapShares(1_000, 1 << 26, 4_096, 8_192);

  private static final HeapShares WIDE = HeapShares.of(1 << 28);

  private final World world;
  private final Machine machine;
  private final List<SimLoop> loops = new ArrayList<>();
  private final ArrayDeque<Runnable> storeTasks = new ArrayDeque<>();
  private final List<Link> links = new ArrayList<>();
  private final FileLog log;
  private final BrokerCore core;
  private long connections;
  private boolean logScheduled;
  private boolean storeScheduled;
  private boolean checkpointing;
  private boolean dead;
  private boolean low;
  private long logStallsUntil;

  /// Recovers and begins to serve.
  Incarnation(World world, Machine machine, Disk disk, SortedStore store, int shards, int packetIds)
      throws IOException {
    this.world = world;
    this.machine = machine;
    for (int i = 0; i < shards; i++) {
      loops.add(new SimLoop(world, this, i));
    }
    this.log =
        FileLog.open(
            disk,
            LogConfig.defaults(shards)
                .withSizes(SEGMENT_BYTES, BATCH_BYTES, MAX_RECORD_BYTES)
                .withTimes(COMMIT_DELAY_NANOS, LAZY_FORCE_NANOS, world));
    this.core =
        new BrokerCore(
            new BrokerCore.Ground(
                List.<Loop>copyOf(loops),
                log,
                store,
                this::runOnStore,
                Runnable::run,
                () -> "auto" + world.random.nextLong(),
                world.seed),
            new BrokerCore.Bounds(
                Limits.of(CONFIG, packetIds, packetIds % 2 == 0 ? NARROW : WIDE),
                1_000,
                1 << 20,
                10,
                64 * 1024,
                1_000),
            Plugins.NONE,
            machine::diskFailed);
    boolean started = false;
    try {
      RecoveryReport report = core.recover(store.position());
      world.trace(
          "broker: recovered %d records, from %d to %d, discarded %d bytes, damage %s"
              .formatted(
                  report.records(),
                  store.position(),
                  report.endPosition(),
                  report.discardedTailBytes(),
                  report.damage()));
      core.serve(machine::diskFailed);
      started = true;
      lookAround(disk);
    } finally {
      dead = !started;
    }
  }

  /// What the broker's background thread does.
  private void lookAround(Disk disk) {
    after(
        100 * World.MILLISECOND,
        () -> {
          machine.lookAtThePower();
          try {
            boolean now = log.outOfSpace() || disk.usableBytes() < 2 * SEGMENT_BYTES;
            if (now != low) {
              low = now;
              world.trace("broker: low on space " + low);
              core.lowOnSpace(low);
              if (low) {
                machine.wasFull();
                checkpoint();
              }
            }
          } catch (IOException e) {
            machine.diskFailed(e);
          }
          lookAround(disk);
        });
  }

  /// The log's thread does nothing for a while.
  void stallLog(long nanos) {
    world.trace("broker: the log stalls for " + nanos / World.MILLISECOND + " ms");
    logStallsUntil = world.nanos() + nanos;
  }

  /// Runs `action` later, if the process still lives then.
  void after(long delayNanos, Runnable action) {
    world.after(
        delayNanos,
        () -> {
          if (!dead) {
            action.run();
          }
        });
  }

  // -- the log's and the store's threads ------------------------------------------------------

  void turnEnded() {
    scheduleLog(0);
  }

  private void scheduleLog(long delayNanos) {
    if (!logScheduled) {
      logScheduled = true;
      after(delayNanos + world.delay(300 * World.MICROSECOND), this::workOnLog);
    }
  }

  private void workOnLog() {
    logScheduled = false;
    if (world.nanos() < logStallsUntil) {
      scheduleLog(logStallsUntil - world.nanos());
      return;
    }
    log.work();
    long next = log.nextWorkNanos();
    if (!dead && next != Long.MAX_VALUE) {
      scheduleLog(Math.max(0, next - world.nanos()));
    }
  }

  private void runOnStore(Runnable task) {
    storeTasks.addLast(task);
    if (!storeScheduled) {
      storeScheduled = true;
      after(
          world.delay(world.once(20) ? 100 * World.MILLISECOND : 2 * World.MILLISECOND),
          this::workOnStore);
    }
  }

  private void workOnStore() {
    storeScheduled = false;
    Runnable task = storeTasks.pollFirst();
    if (task == null) {
      return;
    }
    try {
      task.run();
    } catch (RuntimeException | AssertionError e) {
      world.report("a task of the store threw " + e, e);
    }
    if (!storeTasks.isEmpty() && !storeScheduled) {
      storeScheduled = true;
      after(world.delay(2 * World.MILLISECOND), this::workOnStore);
    }
    scheduleLog(0);
  }

  // -- connections ----------------------------------------------------------------------------

  void accept(Link link) {
    SimLoop loop = loops.get(world.random.nextInt(loops.size()));
    SimConnection connection =
        new SimConnection(world, link, ++connections, loop, machine.outputFault());
    links.add(link);
    loop.execute(() -> core.reception().accept(connection));
  }

  /// Makes a checkpoint, one at a time.
  void checkpoint() {
    if (!checkpointing) {
      checkpointing = true;
      world.trace("broker: checkpoint");
      core.checkpoint(() -> {
        checkpointing = false;
        world.trace("broker: checkpoint done");
      });
    }
  }

  // -- its end --------------------------------------------------------------------------------

  /// The process is gone, at this very moment.
  void die() {
    dead = true;
    for (Link link : links) {
      link.serverDied(world.once(3));
    }
    check();
  }

  boolean dead() {
    return dead;
  }

  /// Ends in good order; `done` is run when all is written.
  void stop(Runnable done) {
    int[] left = {loops.size()};
    core.disconnectAll(() -> {
      if (--left[0] == 0) {
        after(0, () -> closeLog(done));
      }
    });
  }

  private void closeLog(Runnable done) {
    try {
      log.close();
    } catch (IOException e) {
      machine.diskFailed(e);
    }
    if (!dead) {
      done.run();
    }
  }

  // -- what must hold -------------------------------------------------------------------------

  /// Counters that must be zero with clients like ours.
  private void check() {
    for (Counters c : core.counters()) {
      zero("messages lost", c.lost);
      zero("messages dropped because of a full queue", c.droppedQueueFull);
      zero("packets refused", c.refusedPackets);
      zero("acknowledgements for nothing", c.strayAcks);
    }
  }

  private void zero(String what, long count) {
    if (count != 0) {
      world.report(count + " " + what, null);
    }
  }

  String sessions() {
    return core.sessions().toString();
  }

  /// What is left when all sessions have ended and all connections are closed.
  String leaks() {
    StringBuilder leaks = new StringBuilder();
    for (Counters c : core.counters()) {
      leaks(leaks, "connections", c.connections);
      leaks(leaks, "sessions", c.sessions);
      leaks(leaks, "subscriptions", c.subscriptions);
    }
    leaks(leaks, "connections without a session", core.reception().waiting());
    leaks(leaks, "bytes of output buffers", core.bufferBytes());
    leaks(leaks, "filters in the index", core.filters());
    if (leaks.length() > 0) {
      leaks.append(core.sessions());
    }
    return leaks.toString();
  }

  private static void leaks(StringBuilder leaks, String what, long count) {
    if (count != 0) {
      leaks.append(count).append(' ').append(what).append("; ");
    }
  }
}
