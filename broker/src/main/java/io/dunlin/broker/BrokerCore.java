package io.dunlin.broker;

import io.dunlin.base.Slice;
import io.dunlin.broker.connect.Reception;
import io.dunlin.broker.shard.Counters;
import io.dunlin.broker.shard.Limits;
import io.dunlin.broker.shard.Numbers;
import io.dunlin.broker.shard.RetainedMessages;
import io.dunlin.broker.shard.Shard;
import io.dunlin.broker.shard.SubscriptionBook;
import io.dunlin.broker.spi.Plugins;
import io.dunlin.broker.store.Keeper;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.storage.Log;
import io.dunlin.storage.RecoveryReport;
import io.dunlin.storage.SortedStore;
import io.dunlin.transport.Loop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// A broker without its surroundings: shards on given loops, on a given log and store. What
/// [Broker] runs on threads, sockets and files, and a simulation in one thread.
public final class BrokerCore {
  private static final int REPLAY_BACKLOG = 50_000;

  private final Log log;
  private final Consumer<IOException> failure;
  private final Keeper keeper;
  private final RetainedMessages retained;
  private final SubscriptionBook book;
  private final List<Shard> shards = new ArrayList<>();
  private final List<Loop> loops;
  private final Reception reception;
  private final AtomicLong lastCheckpoint = new AtomicLong();
  private final AtomicInteger checkpoints = new AtomicInteger();

  /// What a core stands on.
  ///
  /// @param storeExecutor runs one thing at a time; may block
  /// @param logins runs login checks; may block
  /// @param clientIds makes client identifiers that nobody has
  /// @param hashSeed random
  public record Ground(
      List<Loop> loops,
      Log log,
      SortedStore store,
      Executor storeExecutor,
      Executor logins,
      Supplier<String> clientIds,
      long hashSeed) {
    public Ground {
      loops = List.copyOf(loops);
    }
  }

  /// The bounds of a core.
  ///
  /// @param connectTimeoutSeconds how long a connection may take until its CONNECT is there
  /// @param connectInputBytes how much it may send until then
  /// @param versions what is spoken at a listener, by its name; all where it has none
  public record Bounds(
      Limits limits,
      int retainedMessages,
      long retainedBytes,
      int connectTimeoutSeconds,
      int connectInputBytes,
      Map<String, List<MqttVersion>> versions) {
    public Bounds {
      versions = Map.copyOf(versions);
    }

    /// Every listener speaks all versions.
    public Bounds(
        Limits limits,
        int retainedMessages,
        long retainedBytes,
        int connectTimeoutSeconds,
        int connectInputBytes) {
      this(
          limits,
          retainedMessages,
          retainedBytes,
          connectTimeoutSeconds,
          connectInputBytes,
          Map.of());
    }
  }

  /// Joins the parts; nothing runs yet.
  public BrokerCore(Ground ground, Bounds bounds, Plugins plugins, Consumer<IOException> failure) {
    this.log = ground.log;
    this.failure = failure;
    this.loops = ground.loops;
    int count = loops.size();
    this.keeper = new Keeper(ground.store, log, ground.storeExecutor, failure);
    this.retained = new RetainedMessages(bounds.retainedMessages, bounds.retainedBytes);
    this.book = new SubscriptionBook(count, ground.hashSeed);
    Shard.Shared shared =
        new Shard.Shared(bounds.limits, plugins.access(), keeper, new Numbers(), retained, book);
    for (Loop loop : loops) {
      shards.add(new Shard(loop, count, log.appender(loop.index()), shared));
    }
    for (Shard shard : shards) {
      shards.forEach(shard::connectMailbox);
    }
    this.reception =
        new Reception(
            shards,
            loops,
            plugins,
            ground.logins,
            ground.clientIds,
            bounds.connectTimeoutSeconds,
            bounds.connectInputBytes,
            bounds.versions);
  }

  /// Rebuilds sessions, subscriptions and retained messages from the store and the log. On the
  /// caller's thread, before [#serve].
  ///
  /// @param from the position that the store holds
  public RecoveryReport recover(long from) throws IOException {
    keeper.recoverFrom(from);
    keeper.sessions(row -> shards.get(shardOf(row.number())).restore(row));
    keeper.retained((topic, row) -> {
      retained.restore(topic, row.rank(), row.message());
    });
    RecoveryReport report =
        log.recover(
            from,
            (position, buffer, begin, end) -> {
              for (Shard shard : shards) {
                shard.replay(buffer, begin, end, position);
              }
              if (storeIsBehind()) {
                keeper.catchUp();
              }
            });
    keeper.catchUp();
    lastCheckpoint.set(from);
    return report;
  }

  private int shardOf(long session) {
    return Numbers.slotOf(session) % shards.size();
  }

  /// Starts to take records and, on each loop, to serve.
  public void serve(Log.FailureListener failure) throws IOException {
    log.start(List.copyOf(shards), failure);
    keeper.serve();
    for (int i = 0; i < shards.size(); i++) {
      loops.get(i).execute(shards.get(i)::serve);
    }
  }

  /// Where new connections go.
  public Reception reception() {
    return reception;
  }

  /// What each shard has counted, by index.
  public List<Counters> counters() {
    return shards.stream().map(s -> s.counters).toList();
  }

  /// How many bytes of output buffers connections hold now. For tests that drive all loops
  /// themselves.
  public long bufferBytes() {
    return shards.stream().mapToLong(Shard::bufferBytes).sum();
  }

  /// The sessions, for people. For tests that drive all loops themselves.
  public List<String> sessions() {
    return shards.stream().flatMap(shard -> shard.describeSessions().stream()).toList();
  }

  /// How many filters subscriptions have, a shared group counted once.
  public int filters() {
    return book.size();
  }

  /// How many log bytes a recovery would have to read now.
  public long bytesSinceCheckpoint() {
    return log.committedPosition() - lastCheckpoint.get();
  }

  /// How many checkpoints were made.
  public int checkpoints() {
    return checkpoints.get();
  }

  /// The retained messages.
  public RetainedMessages retained() {
    return retained;
  }

  /// How many tasks the store has before it.
  public int storeBacklog() {
    return keeper.backlog();
  }

  /// Whether recovery should let the store catch up.
  private boolean storeIsBehind() {
    return keeper.backlog() > REPLAY_BACKLOG;
  }

  /// Writes everything that has changed to the store and lets go of the log before. `done` is run
  /// on the store's executor.
  public void checkpoint(Runnable done) {
    // What was committed up to here has been handed to the loops: a task that is given to them now
    // runs when it has been applied.
    long position = log.committedPosition();
    AtomicInteger left = new AtomicInteger(shards.size());
    for (int i = 0; i < shards.size(); i++) {
      Shard shard = shards.get(i);
      loops
          .get(i)
          .execute(() -> {
            try {
              shard.spill();
            } catch (RuntimeException e) { // no checkpoint without all rows
              failure.accept(new IOException("rows of shard " + shard.index(), e));
              return;
            }
            if (left.decrementAndGet() == 0) {
              finishCheckpoint(position, done);
            }
          });
    }
  }

  private void finishCheckpoint(long position, Runnable done) {
    retained.drain(
        (topic, row) -> keeper.submit(new Keeper.PutRetained(topic, row)),
        topic -> keeper.submit(new Keeper.DropRetained(topic)));
    keeper.submit(
        new Keeper.Checkpoint(
            position,
            kept -> {
              lastCheckpoint.set(kept);
              checkpoints.incrementAndGet();
              done.run();
            }));
  }

  /// Tells all shards that the disk is nearly full, or has space again.
  public void lowOnSpace(boolean low) {
    for (int i = 0; i < shards.size(); i++) {
      Shard shard = shards.get(i);
      loops.get(i).execute(() -> shard.lowOnSpace(low));
    }
  }

  /// Publishes a message of the broker itself, from shard 0.
  public void publish(Slice topic, Slice payload, boolean retain) {
    loops.getFirst().execute(() -> shards.getFirst().publish(topic, payload, retain));
  }

  /// Ends all connections in good order; `done` is run once per shard.
  public void disconnectAll(Runnable done) {
    for (int i = 0; i < shards.size(); i++) {
      Shard shard = shards.get(i);
      loops
          .get(i)
          .execute(() -> {
            shard.disconnectAll();
            shard.onTurnEnd();
            done.run();
          });
    }
  }
}
