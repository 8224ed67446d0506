package io.dunlin.broker;

import io.dunlin.base.Slice;
import io.dunlin.broker.connect.Reception;
import io.dunlin.broker.shard.Admission;
import io.dunlin.broker.shard.Counters;
import io.dunlin.broker.shard.Inspector;
import io.dunlin.broker.shard.Limits;
import io.dunlin.broker.shard.Numbers;
import io.dunlin.broker.shard.RetainedMessages;
import io.dunlin.broker.shard.Shard;
import io.dunlin.broker.shard.SubscriptionBook;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.spi.Plugins;
import io.dunlin.broker.store.Keeper;
import io.dunlin.storage.Log;
import io.dunlin.storage.RecoveryReport;
import io.dunlin.storage.SortedStore;
import io.dunlin.storage.StoreDamaged;
import io.dunlin.transport.Loop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A broker without its surroundings: shards on given loops, on a given log and store. What
/// [Broker] runs on threads, sockets and files, and a simulation in one thread.
public final class BrokerCore {
  /// How much memory may remember, of a replay, what the store still has to do.
  private static final long OWED_BYTES = 32 << 20;

  private final Log log;
  private final Consumer<IOException> failure;
  private final Keeper keeper;
  private final Numbers numbers = new Numbers();
  private final RetainedMessages retained;
  private final SubscriptionBook book;
  private final List<Shard> shards = new ArrayList<>();
  private final List<Loop> loops;
  private final Reception reception;
  private volatile Access access;
  private final AtomicLong lastCheckpoint = new AtomicLong();
  private final AtomicLong damagedFiles = new AtomicLong();
  private final AtomicLong damagedLogParts = new AtomicLong();
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
  /// @param maxConnections how many there may be; the CONNECT of others is refused
  public record Bounds(
      Limits limits,
      int retainedMessages,
      long retainedBytes,
      int connectTimeoutSeconds,
      int connectInputBytes,
      int maxConnections) {}

  /// Joins the parts; nothing runs yet.
  public BrokerCore(Ground ground, Bounds bounds, Plugins plugins, Consumer<IOException> failure) {
    this.log = ground.log;
    this.failure = failure;
    this.loops = ground.loops;
    this.access = plugins.access();
    int count = loops.size();
    this.keeper = new Keeper(ground.store, log, ground.storeExecutor, failure);
    this.retained = new RetainedMessages(bounds.retainedMessages, bounds.retainedBytes);
    this.book = new SubscriptionBook(count, ground.hashSeed);
    Admission admission = new Admission(bounds.maxConnections);
    Shard.Shared shared =
        new Shard.Shared(
            bounds.limits, plugins.access(), keeper, numbers, retained, book, admission);
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
            admission,
            bounds.limits.serverReference());
    bounds.limits.listeners().forEach(reception::listener);
  }

  /// Rebuilds sessions, subscriptions and retained messages from the store and the log. On the
  /// caller's thread, before [#serve].
  ///
  /// @param from the position that the store holds
  public RecoveryReport recover(long from) throws IOException {
    damagedFiles.addAndGet(keeper.storeDamage());
    keeper.recoverFrom(from);
    keeper.sessions(row -> shards.get(shardOf(row.number())).restore(row));
    keeper.retained((topic, row) -> {
      retained.restore(topic, row.rank(), row.message());
    });
    numbers.restore(keeper.numbers(), retained);
    RecoveryReport report =
        log.recover(
            from,
            new Log.RecordVisitor() {
              @Override
              public void record(long position, ByteBuffer buffer, int begin, int end) {
                for (Shard shard : shards) {
                  shard.replay(buffer, begin, end, position);
                }
                keeper.catchUp(OWED_BYTES);
              }

              @Override
              public void damaged(long position, ByteBuffer buffer, int begin, int end) {
                shards.forEach(shard -> shard.replayDamaged(buffer, begin, end, position));
              }
            });
    damagedLogParts.set(report.damagedParts());
    shards.forEach(Shard::recovered);
    lastCheckpoint.set(from);
    return report;
  }

  private int shardOf(long session) {
    return Numbers.slotOf(session) % shards.size();
  }

  /// Starts to take records and, on each loop, to serve.
  public void serve(Log.FailureListener failure) throws IOException {
    log.start(List.copyOf(shards), failure);
    keeper.onDamage(this::changeAll);
    keeper.serve(log.committedPosition());
    for (int i = 0; i < shards.size(); i++) {
      Shard shard = shards.get(i);
      loops.get(i).execute(() -> serve(shard));
    }
  }

  private void serve(Shard shard) {
    try {
      shard.serve();
    } catch (RuntimeException | Error e) { // half a shard is none
      failure.accept(new IOException("shard " + shard.index() + " cannot serve", e));
    }
  }

  /// Lets the store's executor do no more than what it is at: it can end before the log is closed.
  void stopStore() {
    keeper.stop();
  }

  /// Where new connections go.
  public Reception reception() {
    return reception;
  }

  /// How many shards there are.
  int shardCount() {
    return shards.size();
  }

  /// What each shard has counted, by index.
  public List<Counters> counters() {
    return shards.stream().map(s -> s.counters).toList();
  }

  /// How many bytes the buffers take that carry messages from shard to shard.
  long mailboxBytes() {
    return shards.stream().mapToLong(Shard::mailboxBytes).sum();
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

  /// Counts anew what is counted by walking; completes when all shards have.
  CompletableFuture<Void> census() {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (Shard shard : shards) {
      all.add(ask(shard.index(), (inspector, one) -> inspector.census(() -> one.complete(null))));
    }
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
  }

  /// Asks a shard something, on its loop.
  <T> CompletableFuture<T> ask(int shard, BiConsumer<Inspector, CompletableFuture<T>> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    try {
      loops
          .get(shard)
          .execute(() -> {
            try {
              question.accept(shards.get(shard).inspector(), answer);
            } catch (RuntimeException e) { // whoever asks gets it
              answer.completeExceptionally(e);
            }
          });
    } catch (RejectedExecutionException e) { // the broker has ended
      answer.completeExceptionally(e);
    }
    return answer;
  }

  /// Who may do what, now.
  Access access() {
    return access;
  }

  /// The subscriptions of all shards.
  SubscriptionBook book() {
    return book;
  }

  /// Bytes of the store on the disk.
  long storeBytes() {
    return keeper.storeBytes();
  }

  /// Rows in the store, roughly.
  long storeRows() {
    return keeper.storeRows();
  }

  /// The retained messages.
  public RetainedMessages retained() {
    return retained;
  }

  /// How many tasks the store has before it.
  public int storeBacklog() {
    return keeper.backlog();
  }

  /// Of how many sessions the store has not yet what a replay has left to it.
  public int owedSessions() {
    return keeper.owedSessions();
  }

  /// What keeps the store from working now, or null. Any thread.
  public @Nullable IOException storeTrouble() {
    return keeper.trouble();
  }

  /// Tries again what the store could not do: see [Keeper#retry].
  public void retryStore(long nowNanos, boolean spaceFree) {
    keeper.retry(nowNanos, spaceFree);
  }

  /// A scrub has found a damaged file in the store. Any thread.
  public void storeDamaged(StoreDamaged cause) {
    damagedFiles.incrementAndGet();
    keeper.damaged(cause);
  }

  /// How many damaged parts of the log recovery has found. Any thread.
  public long damagedLogParts() {
    return damagedLogParts.get();
  }

  /// How many damaged files were found in the store, when it was opened or scrubbed. Any thread.
  public long damagedFiles() {
    return damagedFiles.get();
  }

  /// Rows may be missing in the store: the next checkpoint writes those of all that is in memory.
  private void changeAll() {
    retained.allChanged();
    for (int i = 0; i < shards.size(); i++) {
      loops.get(i).execute(shards.get(i)::changeAll);
    }
  }

  /// Writes everything that has changed to the store and lets go of the log before. `done` is run
  /// on the store's executor. One at a time.
  ///
  /// Nothing that is not committed reaches the store: what has changed of the retained messages is
  /// gathered before the shards spill, and follows their [Keeper.Await]s.
  public void checkpoint(Runnable done) {
    // What was committed up to here has been handed to the loops: a task that is given to them now
    // runs when it has been applied.
    long position = log.committedPosition();
    List<Keeper.Task> changes = new ArrayList<>();
    try {
      retained.drain(
          (topic, row) -> changes.add(new Keeper.PutRetained(topic, row)),
          topic -> changes.add(new Keeper.DropRetained(topic)));
    } catch (RuntimeException | Error e) { // what was drained is marked as changed no more
      failure.accept(new IOException("retained messages", e));
      throw e;
    }
    AtomicInteger left = new AtomicInteger(shards.size());
    for (int i = 0; i < shards.size(); i++) {
      Shard shard = shards.get(i);
      Runnable spilled =
          () -> {
            if (left.decrementAndGet() == 0) {
              finishCheckpoint(position, changes, done);
            }
          };
      loops
          .get(i)
          .execute(() ->
              shard.spill(
                  spilled,
                  e -> failure.accept(new IOException("rows of shard " + shard.index(), e))));
    }
  }

  private void finishCheckpoint(long position, List<Keeper.Task> changes, Runnable done) {
    keeper.submit(new Keeper.Several(changes));
    keeper.submit(new Keeper.PutNumbers(numbers.row(retained)));
    keeper.submit(
        new Keeper.Checkpoint(
            position,
            kept -> {
              lastCheckpoint.set(kept);
              checkpoints.incrementAndGet();
              done.run();
            }));
  }

  /// Goes on with other limits and rights; `done` is run once per shard. Connections that may not
  /// be any more are closed.
  public void reconfigure(Bounds bounds, Access access, Runnable done) {
    this.access = access;
    retained.limit(bounds.retainedMessages, bounds.retainedBytes);
    reception.admission().limit(bounds.maxConnections);
    reception.reconfigure(
        bounds.connectTimeoutSeconds, bounds.connectInputBytes, bounds.limits.serverReference());
    for (int i = 0; i < shards.size(); i++) {
      Shard shard = shards.get(i);
      loops
          .get(i)
          .execute(() -> {
            try {
              shard.reconfigure(bounds.limits, access);
            } finally {
              done.run();
            }
          });
    }
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
    reception.stop();
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
