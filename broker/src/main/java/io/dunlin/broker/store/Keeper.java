package io.dunlin.broker.store;

import io.dunlin.base.Slice;
import io.dunlin.storage.Log;
import io.dunlin.storage.SortedStore;
import io.dunlin.storage.StoreDamaged;
import io.dunlin.storage.StoreFull;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps what is alive in the sorted store, and reads it back. The store's only writer.
///
/// Shards tell it, in the order in which they applied records, which rows come and go; it fetches
/// the bytes of messages from the log itself, so that no shard ever waits for a disk. A fetch takes
/// its place in the same order, so it sees every row that its shard has asked for before; one that
/// needs none of those that wait goes ahead of them ([#fetchAhead]).
///
/// All rows but those of queues are written at checkpoints only: a session's row carries the
/// position up to which it is true, so that replaying older records passes it over; retained values
/// carry a rank. Queue rows are written when a queue outgrows its window, and at a checkpoint for
/// what still waits. After [Checkpoint] the log below its position is not needed any more.
///
/// When the store cannot be written (a full disk, an error of its own) nothing is lost and nothing
/// is carried out: the log has it all, tasks wait, and [#retry] tries again.
///
/// Thread-safe: tasks may be submitted from any thread; one at a time runs on the executor.
public final class Keeper {
  /// The families of the store, in order.
  public static final List<String> FAMILIES =
      List.of("sessions", "queues", "bodies", "counts", "retained", "numbers", "marks");

  private static final int SESSIONS = 0;
  private static final int RETAINED = 4;
  private static final int TASKS_PER_RUN = 4_096;

  /// How many tasks are carried out between two fetches that go ahead of them: neither waits long.
  private static final int TASKS_PER_FETCH = 64;

  private static final Logger LOG = LoggerFactory.getLogger(Keeper.class);

  /// The position of a message that is finished or released: it is not read.
  public static final long NOT_NEEDED = -1;

  /// Something to do, in order.
  public sealed interface Task {}

  /// Writes a session's row.
  public record PutSession(SessionRow row) implements Task {}

  /// Removes a session and its queue.
  public record DropSession(long session) implements Task {}

  /// Writes a queue row.
  ///
  /// @param row without a message: it is read from the log
  /// @param shared whether others may have the same message in their queues
  /// @param again whether the store may have a row of it already
  /// @param kept set to the number behind this one when the row can be read back; or null
  public record PutQueued(
      long session,
      long number,
      QueueRow row,
      boolean shared,
      boolean again,
      @Nullable AtomicLong kept)
      implements Task {}

  /// Notes that the PUBREC of a stored message came.
  public record MarkReleased(long session, long number) implements Task {}

  /// Removes a queue row; nothing happens if there is none.
  public record DropQueued(long session, long number) implements Task {}

  /// Removes the rows of a queue below `to`, from `from` on; there need not be any.
  public record DropQueuedRange(long session, long from, long to) implements Task {}

  /// Writes the retained value of a topic.
  public record PutRetained(Slice topic, RetainedRow row) implements Task {}

  /// Removes the row of a deleted retained value.
  public record DropRetained(Slice topic) implements Task {}

  /// Writes which numbers are not given yet.
  public record PutNumbers(NumbersRow row) implements Task {}

  /// Reads messages of a queue.
  ///
  /// @param positions where the records of the first numbers lie, or [#NOT_NEEDED]
  /// @param from the first number
  /// @param to behind the last number
  public record Fetch(
      long session,
      long from,
      long to,
      List<Long> positions,
      int maxMessages,
      long maxBytes,
      Consumer<FetchResult> done)
      implements Task {}

  /// All of these, one after the other.
  public record Several(List<Task> tasks) implements Task {
    public Several {
      tasks = List.copyOf(tasks);
    }
  }

  /// What follows has to wait until `committed`: it shows the effects of records that are not. When
  /// that may have come true, [#resume] is called.
  public record Await(BooleanSupplier committed) implements Task {}

  /// Makes all of the above durable and lets go of the log below `position`.
  public record Checkpoint(long position, Consumer<Long> done) implements Task {}

  /// A message of a queue.
  ///
  /// @param row its row if it was found in the store
  /// @param message in stored form; null when it is not needed (released) or lost
  public record Fetched(
      long number, @Nullable QueueRow row, @Nullable Slice message, boolean lost) {}

  /// What a [Fetch] found.
  ///
  /// @param to behind the last number that was looked at; numbers that are missing are finished
  public record FetchResult(long to, List<Fetched> messages) {
    public FetchResult {
      messages = List.copyOf(messages);
    }
  }

  /// How long the store may fail, with space on the disk, until it is opened again.
  private static final long REOPEN_NANOS = 30_000_000_000L;

  /// The same if it was the space that it lacked: RocksDB looks for it only every few seconds.
  private static final long REOPEN_FULL_NANOS = 2_000_000_000L;

  private static final long RETRY_NANOS = 1_000_000_000L;

  /// Why nothing is carried out now.
  private enum Stop {
    NONE,
    /// Until the records of an [Await] are committed.
    AWAITS,
    /// Until the store, or the log's disk, works again.
    TROUBLE
  }

  private final SortedStore store;
  private final Log log;
  private final Executor executor;
  private final Consumer<IOException> failure;
  private final Queue<Task> tasks = new ConcurrentLinkedQueue<>();
  private final Queue<Fetch> ahead = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong lost = new AtomicLong();
  private final AtomicReference<Stop> stop = new AtomicReference<>(Stop.NONE);
  private final Mover mover;
  private final Owed owed = new Owed(); // of the recovering thread, then the executor's
  private volatile int owedSessions;
  private volatile boolean serving;
  private volatile boolean failed;
  private volatile boolean stopped;
  private volatile @Nullable IOException trouble;
  private volatile boolean reopens;
  private volatile Runnable onDamage = () -> {};

  private int budget; // how many more tasks this run may carry out

  // of whoever calls retry
  private boolean retries; // the same trouble
  private long troubleSinceNanos;
  private long retriedNanos;

  /// Keeps things in `store`.
  ///
  /// @param executor runs one thing at a time, in order, on a thread that may block
  /// @param failure told when it cannot go on
  public Keeper(SortedStore store, Log log, Executor executor, Consumer<IOException> failure) {
    this.store = store;
    this.log = log;
    this.executor = executor;
    this.failure = failure;
    this.mover = new Mover(store, log, lost);
  }

  /// Reads once what a start will read. Where a block of it is damaged, the store is opened again,
  /// which repairs it as far as it can: a broker starts with what is left. Before its position is
  /// asked for.
  public static void makeReadable(SortedStore store) throws IOException {
    try {
      readAll(store);
    } catch (IOException e) {
      LOG.error("store.damaged, it is opened again error={}", e.toString(), e);
      store.reopen().forEach(line -> LOG.error("store.damaged {}", line));
      readAll(store);
    }
  }

  private static void readAll(SortedStore store) throws IOException {
    for (int family : new int[] {SESSIONS, RETAINED, Mover.NUMBERS, Mover.MARKS}) {
      store.scan(family, new byte[0], null, (_, _) -> true);
    }
  }

  /// Takes a task. Any thread.
  public void submit(Task task) {
    if (!serving) {
      owed.add(task); // the recovering thread's
      return;
    }
    tasks.add(task);
    if (waiting.getAndIncrement() == 0) {
      schedule();
    }
  }

  /// Takes a fetch of messages whose rows are written, or whose records the log has: it does not
  /// wait for the tasks before it, of which there may be many. After [#serve]. Any thread.
  public void fetchAhead(Fetch fetch) {
    ahead.add(fetch);
    schedule(this::runAhead);
  }

  /// Recovery begins at `position`, which the store has. Before the first task.
  public void recoverFrom(long position) throws IOException {
    mover.beginAt(position);
  }

  /// How many damaged parts opening the store has found.
  public int storeDamage() {
    return store.damage().size();
  }

  /// Whether the store may have rows, from before the start, of a session that the record at
  /// `position` begins. If not, and nothing is put since, nothing has to be dropped when it ends.
  public boolean mayHaveRows(long position) {
    return position < mover.unsureBelow();
  }

  /// What is replayed is noted in a few bytes and carried out beside traffic, after [#serve]. When
  /// that becomes too much to be held in memory, it is carried out now, on the calling thread. Only
  /// at recovery.
  public void catchUp(long mostBytes) {
    if (owed.bytes() <= mostBytes) {
      return;
    }
    try {
      while (!owed.isEmpty()) {
        settleOne(owed.session());
      }
      mover.write();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Recovery is over, `end` is behind all that was read: tasks run on the executor from now on.
  public void serve(long end) {
    mover.recoveredTo(end);
    mover.serve();
    serving = true;
    owedSessions = owed.sessions();
    if (!owed.isEmpty()) {
      waiting.incrementAndGet(); // all of it counts as one task
      schedule();
    }
  }

  /// Carries out no further task: what waits is in the log, and comes again at the next start. The
  /// executor is done with the present one, and may end, before the log is closed. Any thread.
  public void stop() {
    stopped = true;
  }

  /// Records have been committed: an [Await] may be over. Any thread.
  public void resume() {
    if (stop.get() == Stop.AWAITS && stop.compareAndSet(Stop.AWAITS, Stop.NONE)) {
      schedule();
    }
  }

  /// Tries again, each second, what the store could not do; opens it again when it is damaged, or
  /// fails for long although there is space. Called now and then, by one thread.
  ///
  /// @param spaceFree whether the disk has space that the store could use
  public void retry(long nowNanos, boolean spaceFree) {
    IOException cause = trouble;
    if (cause == null) {
      retries = false;
      return;
    }
    if (!retries || !spaceFree) {
      troubleSinceNanos = nowNanos;
    }
    if (retries && nowNanos - retriedNanos < RETRY_NANOS) {
      return;
    }
    retries = true;
    retriedNanos = nowNanos;
    long patience = cause instanceof StoreFull ? REOPEN_FULL_NANOS : REOPEN_NANOS;
    if (cause instanceof StoreDamaged || nowNanos - troubleSinceNanos >= patience) {
      reopens = true;
      troubleSinceNanos = nowNanos;
    }
    if (stop.compareAndSet(Stop.TROUBLE, Stop.NONE)) {
      schedule();
    }
  }

  /// Opens the store again as soon as possible: damage was found in it. Any thread.
  public void damaged(StoreDamaged cause) {
    reopens = true;
    submit(new Several(List.of())); // so that somebody looks
    LOG.error("store.damaged error={}", cause.getMessage());
  }

  /// What is to happen when the store was opened again and rows may be missing: whoever knows them
  /// gives them again. Before the first task.
  public void onDamage(Runnable action) {
    onDamage = action;
  }

  /// What keeps it from working now, or null. Any thread.
  public @Nullable IOException trouble() {
    return trouble;
  }

  /// How many sessions have something left of the replay that the store does not have yet. Any
  /// thread.
  public int owedSessions() {
    return owedSessions;
  }

  /// How many tasks wait. Any thread.
  public int backlog() {
    return waiting.get();
  }

  /// Bytes of the store on the disk. Any thread.
  public long storeBytes() {
    return store.diskBytes();
  }

  /// Rows in the store, roughly. Any thread.
  public long storeRows() {
    return store.rows();
  }

  /// How much of the log would have to be read after a crash. Any thread.
  public long logBytes() {
    return log.committedPosition() - mover.position();
  }

  /// How many messages could not be read back, because of damage.
  public long lost() {
    return lost.get();
  }

  /// Reads all session rows. Before the first task.
  public void sessions(Consumer<SessionRow> visitor) throws IOException {
    store.scan(
        SESSIONS,
        new byte[0],
        null,
        (key, value) -> {
          visitor.accept(SessionRow.decode(value));
          return true;
        });
  }

  /// Reads all retained rows. Before the first task.
  public void retained(RetainedVisitor visitor) throws IOException {
    store.scan(
        RETAINED,
        new byte[0],
        null,
        (key, value) -> {
          visitor.retained(Slice.wrap(key), RetainedRow.decode(value));
          return true;
        });
  }

  /// The numbers that the last checkpoint has noted; null in a store that knows none. Before the
  /// first task.
  public @Nullable NumbersRow numbers() throws IOException {
    byte[] value = store.get(Mover.NUMBERS, Mover.NUMBERS_KEY);
    return value == null ? null : NumbersRow.decode(value);
  }

  /// Gets retained rows.
  public interface RetainedVisitor {
    /// One row.
    void retained(Slice topic, RetainedRow row);
  }

  private void schedule() {
    schedule(this::run);
  }

  private void schedule(Runnable work) {
    try {
      executor.execute(work);
    } catch (RejectedExecutionException _) {
      // The process ends. What was submitted is in the log.
    }
  }

  private void run() {
    if (stopped || failed || stop.get() == Stop.TROUBLE) {
      return; // above all no checkpoint: the log still has it all
    }
    int done = 0;
    budget = TASKS_PER_RUN;
    try {
      if (reopens) {
        reopen();
      }
      boolean gone = true;
      while (trouble != null && gone && !ahead.isEmpty()) {
        gone = goAhead(); // what has waited for the store to work again
      }
      for (Task task = tasks.peek(); task != null && mayGoOn(); task = tasks.peek()) {
        if (budget % TASKS_PER_FETCH == 0) {
          goAhead();
        }
        if (task instanceof Await await && !passes(await) || !settle(task)) {
          break;
        }
        mover.carryOut(task);
        tasks.remove();
        budget--;
        done++;
      }
      done += payBack();
      mover.write();
      if (trouble != null) {
        trouble = null;
        LOG.info("store.recovered");
      }
    } catch (IOException e) {
      troubled(e);
    } catch (RuntimeException | Error e) { // top of the keeper's loop: without it nothing is kept
      tasks.poll(); // the one that failed is done with, too
      done++;
      failed(e);
    }
    if (waiting.addAndGet(-done) > 0 && stop.get() == Stop.NONE && !failed) {
      schedule();
    }
    goOnAhead();
  }

  /// Nobody else would come for fetches whose own runs could not serve them.
  private void goOnAhead() {
    if (!ahead.isEmpty() && trouble == null && !failed && !stopped) {
      schedule(this::runAhead);
    }
  }

  private boolean mayGoOn() {
    return budget > 0 && !stopped;
  }

  /// Carries out what is left of the replay that `task` needs; false when that takes longer than
  /// this run.
  private boolean settle(Task task) throws IOException {
    if (owed.isEmpty()) {
      return true;
    }
    return switch (task) {
      case PutRetained _, DropRetained _, PutNumbers _, Several _, Await _ -> true;
      // A row that reached the disk without what is owed to its session would pass that over at
      // the next start.
      case PutSession t -> settle(t.row().number());
      case DropSession t -> settle(t.session());
      case PutQueued t -> settle(t.session());
      case MarkReleased t -> settle(t.session());
      case DropQueued t -> settle(t.session());
      case DropQueuedRange t -> settle(t.session());
      case Fetch t -> t.from() + t.positions().size() == t.to() || settle(t.session());
      case Checkpoint _ -> {
        while (!owed.isEmpty() && mayGoOn()) {
          settleOne(owed.session());
        }
        yield owed.isEmpty();
      }
    };
  }

  private boolean settle(long session) throws IOException {
    while (owed.has(session) && mayGoOn()) {
      settleOne(session);
    }
    return !owed.has(session);
  }

  private void settleOne(long session) throws IOException {
    mover.carryOut(owed.next(session));
    owed.done(session);
    budget--;
  }

  /// Uses what is left of a run for what is left of the replay. Returns 1 when that came to its
  /// end, or had been brought to it by other tasks: see [#serve].
  private int payBack() throws IOException {
    while (!owed.isEmpty() && mayGoOn() && stop.get() == Stop.NONE) {
      if (budget % TASKS_PER_FETCH == 0) {
        goAhead(); // which may settle the rest
      }
      if (!owed.isEmpty()) {
        settleOne(owed.session());
      }
    }
    int before = owedSessions;
    owedSessions = owed.sessions();
    return before > 0 && owed.isEmpty() ? 1 : 0;
  }

  private void runAhead() {
    if (stopped || failed || trouble != null) {
      return; // what waits goes ahead when it is over
    }
    budget = TASKS_PER_RUN;
    try {
      goAhead(); // if it has to wait for the replay, a run goes on with both
    } catch (IOException e) {
      troubled(e);
    } catch (RuntimeException | Error e) { // top of the keeper's loop
      failed(e);
    }
    goOnAhead();
  }

  /// Carries out one of the fetches that wait for no task but what is left of the replay; false
  /// when that takes longer than this run.
  private boolean goAhead() throws IOException {
    Fetch fetch = ahead.peek();
    if (fetch != null) {
      if (!settle(fetch)) {
        return false;
      }
      mover.carryOut(fetch);
      ahead.remove();
    }
    return true;
  }

  private void failed(Throwable e) {
    failed = true;
    LOG.error("store.failed error={}", e.toString(), e);
    failure.accept(new IOException("the store's keeper failed", e));
  }

  /// Whether an [Await] is over. If not, [#resume] goes on.
  private boolean passes(Await await) {
    if (await.committed.getAsBoolean()) {
      return true;
    }
    stop.set(Stop.AWAITS);
    // A second look: either it sees what was committed meanwhile, or resume sees the stop.
    return await.committed.getAsBoolean() && stop.compareAndSet(Stop.AWAITS, Stop.NONE);
  }

  private void troubled(IOException e) {
    if (trouble == null) {
      LOG.error("store.failed, it is tried again error={}", e.toString(), e);
    }
    trouble = e;
    stop.set(Stop.TROUBLE);
  }

  private void reopen() throws IOException {
    List<String> damage = store.reopen();
    damage.forEach(line -> LOG.error("store.damaged {}", line));
    LOG.warn("store.reopened damage={}", damage.size());
    if (!damage.isEmpty()) {
      onDamage.run();
    }
    mover.rewrite();
    reopens = false;
  }
}
