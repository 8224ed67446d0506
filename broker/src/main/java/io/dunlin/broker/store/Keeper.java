package io.dunlin.broker.store;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.storage.Log;
import io.dunlin.storage.SortedStore;
import io.dunlin.storage.WriteBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps what is alive in the sorted store, and reads it back. The store's only writer.
///
/// Shards tell it, in the order in which they applied records, which rows come and go; it fetches
/// the bytes of messages from the log itself, so that no shard ever waits for a disk. A fetch takes
/// its place in the same order, so it sees every row that its shard has asked for before.
///
/// All rows but those of queues are written at checkpoints only: a session's row carries the
/// position up to which it is true, so that replaying older records passes it over; retained values
/// carry a rank. Queue rows are written when a queue outgrows its window, and at a checkpoint for
/// what still waits. After [Checkpoint] the log below its position is not needed any more.
///
/// Thread-safe: tasks may be submitted from any thread; one at a time runs on the executor.
public final class Keeper {
  /// The families of the store, in order.
  public static final List<String> FAMILIES =
      List.of("sessions", "queues", "bodies", "counts", "retained");

  private static final int SESSIONS = 0;
  private static final int QUEUES = 1;
  private static final int BODIES = 2;
  private static final int COUNTS = 3;
  private static final int RETAINED = 4;
  private static final int BATCH_BYTES = 1 << 20;
  private static final int TASKS_PER_RUN = 4_096;
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
  /// @param row without a message
  /// @param shared whether others may have the same message in their queues
  /// @param message in stored form; null to read it from the log, which can be read only once it
  ///   has started
  public record PutQueued(
      long session, long number, QueueRow row, boolean shared, @Nullable Slice message)
      implements Task {}

  /// Notes that the PUBREC of a stored message came.
  public record MarkReleased(long session, long number) implements Task {}

  /// Removes a queue row; nothing happens if there is none.
  public record DropQueued(long session, long number) implements Task {}

  /// Writes the retained value of a topic.
  public record PutRetained(Slice topic, RetainedRow row) implements Task {}

  /// Removes the row of a deleted retained value.
  public record DropRetained(Slice topic) implements Task {}

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

  private final SortedStore store;
  private final Log log;
  private final Executor executor;
  private final Consumer<IOException> failure;
  private final Queue<Task> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong lost = new AtomicLong();
  private volatile boolean serving;
  private final Work work;
  private volatile boolean failed;

  /// Keeps things in `store`.
  ///
  /// @param executor runs one thing at a time, in order, on a thread that may block
  /// @param failure told when the store cannot be written
  public Keeper(SortedStore store, Log log, Executor executor, Consumer<IOException> failure) {
    this.store = store;
    this.log = log;
    this.executor = executor;
    this.failure = failure;
    this.work = new Work();
  }

  /// Takes a task. Any thread.
  public void submit(Task task) {
    tasks.add(task);
    if (waiting.getAndIncrement() == 0 && serving) {
      executor.execute(this::run);
    }
  }

  /// Recovery begins at `position`, which the store has. Before the first task.
  public void recoverFrom(long position) {
    work.position = position;
  }

  /// Carries out what waits, on the calling thread. Only at recovery, before [#serve]: nothing
  /// waits in memory while the whole log goes by.
  public void catchUp() {
    try {
      for (Task task = tasks.poll(); task != null; task = tasks.poll()) {
        waiting.decrementAndGet();
        work.carryOut(task);
      }
      work.write();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Recovery is over: tasks run on the executor from now on.
  public void serve() {
    serving = true;
    if (waiting.get() > 0) {
      executor.execute(this::run);
    }
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

  /// Gets retained rows.
  public interface RetainedVisitor {
    /// One row.
    void retained(Slice topic, RetainedRow row);
  }

  private void run() {
    if (failed) {
      return; // above all no checkpoint: the log still has it all
    }
    int done = 0;
    try {
      Task task = tasks.poll();
      while (task != null) {
        done++; // first: a task that fails is done with, too
        work.carryOut(task);
        task = done < TASKS_PER_RUN ? tasks.poll() : null;
      }
      work.write();
    } catch (IOException e) {
      LOG.error("store.failed error={}", e.toString(), e);
      failed = true;
      failure.accept(e);
    } catch (RuntimeException e) { // top of the keeper's loop
      LOG.error("store.failed error={}", e.toString(), e);
      failed = true;
      failure.accept(new IOException("the store's keeper failed", e));
    }
    if (waiting.addAndGet(-done) > 0 && !failed) {
      executor.execute(this::run);
    }
  }

  private static byte[] key(long number) {
    return ByteBuffer.allocate(8).putLong(number).array();
  }

  /// What runs on the executor.
  @OwnedBy("mover")
  private final class Work {
    private final WriteBatch batch = new WriteBatch();
    private final Map<Long, Integer> shares = new HashMap<>();
    private final PublishRecord record = new PublishRecord();
    private final MessageView view = new MessageView();
    private final Map<Slice, @Nullable QueueRow> unwritten = new HashMap<>(); // null: removed
    private final Log.Reader reader = log.reader();
    private long lastPosition = -1;
    private @Nullable Slice lastMessage;
    private long position; // of the last checkpoint: every write says it again

    void carryOut(Task task) throws IOException {
      switch (task) {
        case PutSession t -> batch.put(SESSIONS, key(t.row.number()), t.row.encode());
        case DropSession t -> dropSession(t.session);
        case PutQueued t -> putQueued(t);
        case MarkReleased t -> markReleased(t);
        case DropQueued t -> dropQueued(t.session, t.number);
        case PutRetained t -> batch.put(RETAINED, t.topic.toArray(), t.row.encode());
        case DropRetained t -> batch.delete(RETAINED, t.topic.toArray());
        case Fetch t -> fetch(t);
        case Checkpoint t -> checkpoint(t);
      }
      if (batch.bytes() > BATCH_BYTES) {
        write();
      }
    }

    void write() throws IOException {
      for (Map.Entry<Long, Integer> share : shares.entrySet()) {
        byte[] key = key(share.getKey());
        int count = count(key) + share.getValue();
        if (count > 0) {
          batch.put(COUNTS, key, ByteBuffer.allocate(4).putInt(count).array());
        } else {
          batch.delete(COUNTS, key);
          batch.delete(BODIES, key);
        }
      }
      shares.clear();
      unwritten.clear();
      if (!batch.isEmpty()) {
        store.write(batch, position);
        batch.clear();
      }
    }

    private void putQueued(PutQueued task) throws IOException {
      long at = task.row.position();
      Slice message = task.message;
      if (message == null && !task.row.released()) {
        message = message(at);
      }
      QueueRow old = row(task.session, task.number); // put again: the log was replayed
      if (old != null) {
        unshare(old);
      }
      QueueRow row;
      if (message == null) {
        row = task.row;
        if (!row.released()) { // the row stays, so that the session hears of it
          lost.incrementAndGet();
          LOG.error("message.lost session={} number={} position={}", task.session, task.number, at);
        }
      } else if (task.shared) {
        row = task.row.with(true, null);
        if (shares.merge(at, 1, Integer::sum) == 1) {
          batch.put(BODIES, key(at), message.toArray());
        }
      } else {
        row = task.row.with(false, message);
      }
      put(task.session, task.number, row);
    }

    private void put(long session, long number, QueueRow row) {
      byte[] key = QueueRow.key(session, number);
      unwritten.put(Slice.wrap(key), row);
      batch.put(QUEUES, key, row.encode());
    }

    private @Nullable QueueRow row(long session, long number) throws IOException {
      byte[] key = QueueRow.key(session, number);
      Slice name = Slice.wrap(key);
      if (unwritten.containsKey(name)) {
        return unwritten.get(name);
      }
      byte[] value = store.get(QUEUES, key);
      return value == null ? null : QueueRow.decode(value);
    }

    private void markReleased(MarkReleased task) throws IOException {
      QueueRow row = row(task.session, task.number);
      if (row == null || row.released()) {
        return;
      }
      unshare(row);
      put(
          task.session,
          task.number,
          new QueueRow(
              row.position(),
              row.qos(),
              row.retain(),
              true,
              false,
              row.bytes(),
              List.of(),
              row.group(),
              null));
    }

    private void dropQueued(long session, long number) throws IOException {
      QueueRow row = row(session, number);
      if (row == null) {
        return;
      }
      unshare(row);
      byte[] key = QueueRow.key(session, number);
      unwritten.put(Slice.wrap(key), null); // it must not be found again by a later drop
      batch.delete(QUEUES, key);
    }

    private void unshare(QueueRow row) {
      if (row.shared()) {
        shares.merge(row.position(), -1, Integer::sum);
      }
    }

    private void dropSession(long session) throws IOException {
      write();
      byte[] from = QueueRow.key(session, 0);
      byte[] to = QueueRow.key(session + 1, 0);
      store.scan(
          QUEUES,
          from,
          to,
          (key, value) -> {
            unshare(QueueRow.decode(value));
            return true;
          });
      batch.deleteRange(QUEUES, from, to);
      batch.delete(SESSIONS, key(session));
      write(); // its rows must not be found again by a later drop
    }

    private int count(byte[] key) throws IOException {
      byte[] value = store.get(COUNTS, key);
      return value == null ? 0 : ByteBuffer.wrap(value).getInt();
    }

    /// The message of the record at `at`, from the log or, once that is recycled, from `bodies`.
    private @Nullable Slice message(long at) throws IOException {
      if (at == lastPosition) {
        return lastMessage;
      }
      byte[] bytes = reader.read(at);
      Slice message;
      if (bytes != null && bytes[0] == Records.PUBLISH) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        record.read(buffer, 0);
        int from = record.messageAt();
        int to = view.read(buffer, from);
        message = Slice.copyOf(buffer, from, to);
      } else {
        message = wrapped(store.get(BODIES, key(at)));
      }
      lastPosition = at;
      lastMessage = message;
      return message;
    }

    private void fetch(Fetch task) throws IOException {
      write();
      List<Fetched> found = new ArrayList<>();
      long bytes = 0;
      long number = task.from;
      for (long at : task.positions) {
        if (found.size() >= task.maxMessages || bytes >= task.maxBytes) {
          task.done.accept(new FetchResult(number, found));
          return;
        }
        if (at == NOT_NEEDED) {
          number++;
          continue;
        }
        Slice message = log.firstPosition() <= at ? message(at) : null;
        if (message == null) {
          message = storedMessage(row(task.session, number));
        }
        if (message == null) {
          lost.incrementAndGet();
        } else {
          bytes += message.length();
        }
        found.add(new Fetched(number, null, message, message == null));
        number++;
      }
      if (number < task.to && found.size() < task.maxMessages) {
        number = scan(task, number, bytes, found);
      }
      task.done.accept(new FetchResult(number, found));
    }

    private long scan(Fetch task, long from, long bytesSoFar, List<Fetched> found)
        throws IOException {
      long[] state = {bytesSoFar, task.to};
      List<Fetched> rows = new ArrayList<>();
      store.scan(
          QUEUES,
          QueueRow.key(task.session, from),
          QueueRow.key(task.session, task.to),
          (key, value) -> {
            long number = ByteBuffer.wrap(key).getLong(8);
            if (found.size() + rows.size() >= task.maxMessages || state[0] >= task.maxBytes) {
              state[1] = number;
              return false;
            }
            rows.add(new Fetched(number, QueueRow.decode(value), null, false));
            state[0] += value.length;
            return true;
          });
      for (Fetched f : rows) {
        QueueRow row = f.row;
        Slice message = storedMessage(row);
        boolean missing = message == null && row != null && !row.released();
        if (missing && row.shared()) { // else it was counted when its row was written
          lost.incrementAndGet();
        }
        found.add(new Fetched(f.number, row, message, missing));
      }
      return state[1];
    }

    private @Nullable Slice storedMessage(@Nullable QueueRow row) throws IOException {
      if (row == null) {
        return null;
      }
      Slice message = row.message();
      if (message != null) {
        return message;
      }
      return row.shared() ? wrapped(store.get(BODIES, key(row.position()))) : null;
    }

    private static @Nullable Slice wrapped(byte @Nullable [] bytes) {
      return bytes == null ? null : Slice.wrap(bytes);
    }

    private void checkpoint(Checkpoint task) throws IOException {
      position = task.position;
      // The position must be kept even if no row has changed.
      write();
      store.write(batch, position);
      long kept = store.flush();
      log.recycleBefore(kept);
      task.done.accept(kept);
    }
  }
}
