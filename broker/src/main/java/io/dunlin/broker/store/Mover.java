package io.dunlin.broker.store;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.storage.Log;
import io.dunlin.storage.SortedStore;
import io.dunlin.storage.WriteBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out the keeper's tasks on the store's thread.
///
/// Every step can be tried again after a failure: a task changes nothing here before it has read
/// all that it needs, and a batch says what is, not what is added. What was written since the last
/// flush is remembered, so that the store can be closed, opened again without it, and brought back
/// to where it was.
@OwnedBy("mover")
final class Mover {
  private static final Logger LOG = LoggerFactory.getLogger(Mover.class);
  private static final int SESSIONS = 0;
  private static final int QUEUES = 1;
  private static final int BODIES = 2;
  private static final int COUNTS = 3;
  private static final int RETAINED = 4;
  static final int NUMBERS = 5;
  static final byte[] NUMBERS_KEY = {0}; // of the only row
  static final int MARKS = 6;
  private static final int BATCH_BYTES = 1 << 20;

  /// What may be written without a flush. RocksDB flushes by itself about as often.
  private static final long UNFLUSHED_BYTES = 8 << 20;

  /// Of how many rows at once a session that is dropped gives its shares back.
  static final int DROP_ROWS = 4_096;

  /// From how many rows on they are removed as a range. Every read of a store has to look at all
  /// ranges that were removed of late, so a short queue is removed row by row.
  static final int RANGE_ROWS = 1_000;

  /// After how many removed ranges a flush makes them cheap to look at.
  private static final int MAX_RANGES = 256;

  private static final byte[] REACH = {'r'};

  private static final int CHANGE_BYTES = 100; // of objects around a key and a value

  /// Of how many sessions a checkpoint gives the files back at once.
  private static final int MAX_RELEASES = 64;

  /// How often a record is tried to be read that the disk gives an error for.
  private static final int READ_TRIES = 5;

  private final SortedStore store;
  private final Log log;
  private final Log.Reader reader;
  private final AtomicLong lost;
  private final Map<Long, Integer> shares = new HashMap<>();
  private final PublishRecord record = new PublishRecord();
  private final MessageView view = new MessageView();
  private final Map<Slice, @Nullable QueueRow> unwritten = new HashMap<>(); // null: removed
  private final RowsBefore rowsBefore;
  private final List<WriteBatch> unflushed = new ArrayList<>();
  private final Set<Long> dropped = new LinkedHashSet<>(); // long queues, since the checkpoint
  private WriteBatch batch = new WriteBatch();
  private boolean writeFirst; // what the last task has changed must not be found by the next
  private long unflushedBytes;
  private int ranges; // that were removed since the last flush
  private boolean journals; // not before it serves: a recovery begins anew instead
  private int readFailures;
  private long lastPosition = -1;
  private @Nullable Slice lastMessage;

  /// No row that was put comes from a record at this position or behind. In each batch that moves
  /// it, so that what is flushed by itself, ahead of the last checkpoint, has its bound with it.
  private long reach;

  private long reachWritten;

  /// Whether opening the store has found no damage.
  private boolean trusted;

  /// Records below may have left rows before the start; of those at it or behind there are none but
  /// what was put since then. Of a store that does not say it, all may.
  private volatile long unsureBelow = Long.MAX_VALUE;

  /// Of the last checkpoint that is flushed: every write says it again.
  private volatile long position;

  /// @param lost counts messages that could not be read back
  Mover(SortedStore store, Log log, AtomicLong lost) {
    this.store = store;
    this.log = log;
    this.reader = log.reader();
    this.rowsBefore = new RowsBefore(store, QUEUES);
    this.lost = lost;
  }

  /// Recovery begins at `position`, which the store has.
  void beginAt(long position) throws IOException {
    this.position = position;
    trusted = store.damage().isEmpty();
    byte[] mark = trusted ? store.get(MARKS, REACH) : null;
    if (mark != null) {
      reach = Math.max(position, ByteBuffer.wrap(mark).getLong());
      unsureBelow = reach;
    } else if (trusted && isEmpty(SESSIONS) && isEmpty(QUEUES)) {
      unsureBelow = 0;
    } else {
      reach = Long.MAX_VALUE; // what is written first says that nobody knows
      return;
    }
    reachWritten = reach;
  }

  private boolean isEmpty(int family) throws IOException {
    boolean[] found = {false};
    store.scan(
        family,
        new byte[0],
        null,
        (key, value) -> {
          found[0] = true;
          return false;
        });
    return !found[0];
  }

  /// Recovery has read the log up to `end`; what comes is behind it.
  void recoveredTo(long end) {
    reach = Math.min(reach, end); // no row is ahead of the log
    if (trusted) { // else what it holds may be older than it says
      unsureBelow = Math.min(unsureBelow, end);
    }
  }

  /// See the field. Any thread.
  long unsureBelow() {
    return unsureBelow;
  }

  /// That of the last checkpoint. Any thread.
  long position() {
    return position;
  }

  /// From now on the store can be opened again.
  void serve() {
    journals = true;
  }

  /// What a task has changed is written before the next one, or by [#write]: a task that fails has
  /// changed nothing.
  void carryOut(Keeper.Task task) throws IOException {
    if (writeFirst || batch.bytes() > BATCH_BYTES) {
      write();
    }
    if (unflushedBytes > UNFLUSHED_BYTES || ranges >= MAX_RANGES) {
      flush();
    }
    change(task);
  }

  private void change(Keeper.Task task) throws IOException {
    switch (task) {
      case Keeper.PutSession t -> putSession(t.row());
      case Keeper.DropSession t -> dropSession(t.session());
      case Keeper.PutQueued t -> putQueued(t);
      case Keeper.MarkReleased t -> markReleased(t);
      case Keeper.DropQueued t -> dropQueued(t.session(), t.number());
      case Keeper.DropQueuedRange t -> dropRange(t.session(), t.from(), t.to());
      case Keeper.PutRetained t -> batch.put(RETAINED, t.topic().toArray(), t.row().encode());
      case Keeper.DropRetained t -> batch.delete(RETAINED, t.topic().toArray());
      case Keeper.PutNumbers t -> batch.put(NUMBERS, NUMBERS_KEY, t.row().encode());
      case Keeper.Fetch t -> fetch(t);
      case Keeper.Checkpoint t -> checkpoint(t);
      case Keeper.Several t -> {
        for (Keeper.Task each : t.tasks()) {
          change(each);
        }
      }
      case Keeper.Await _ -> {} // the keeper has seen to it
    }
  }

  private void putSession(SessionRow row) {
    reach = Math.max(reach, row.position());
    batch.put(SESSIONS, key(row.number()), row.encode());
  }

  /// Writes what was gathered.
  void write() throws IOException {
    writeFirst = true; // should this fail
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
    shares.clear(); // the batch has absolute counts now
    if (!batch.isEmpty()) {
      if (reach != reachWritten) {
        batch.put(MARKS, REACH, key(reach));
      }
      log.sync(); // the store must not have more than the log
      store.write(batch, position);
      reachWritten = reach;
      remember();
    }
    unwritten.clear();
    writeFirst = false;
  }

  private void remember() {
    if (!journals) {
      batch.clear();
      return;
    }
    unflushed.add(batch);
    unflushedBytes += batch.bytes() + (long) CHANGE_BYTES * batch.changes().size();
    batch = new WriteBatch();
  }

  private long flush() throws IOException {
    long kept = store.flush();
    unflushed.clear();
    unflushedBytes = 0;
    ranges = 0;
    return kept;
  }

  /// The store was opened again: writes once more what was not flushed. The store may flush between
  /// two of the batches, so none may carry the position of a checkpoint that has all of them.
  void rewrite() throws IOException {
    rowsBefore.forget();
    for (WriteBatch each : unflushed) {
      store.write(each, position);
    }
  }

  private void putQueued(Keeper.PutQueued task) throws IOException {
    if (!isThere(task)) {
      putRow(task);
    }
    AtomicLong kept = task.kept();
    if (kept != null) {
      kept.set(task.number() + 1);
    }
  }

  /// Whether its row was flushed before the start, ahead of the checkpoint.
  private boolean isThere(Keeper.PutQueued task) throws IOException {
    long at = task.row().position();
    if (task.again() || at >= unsureBelow || task.row().released() || !trusted) {
      return false;
    }
    if (unwritten.containsKey(Slice.wrap(QueueRow.key(task.session(), task.number())))) {
      return false; // changed just now
    }
    Long before = rowsBefore.position(task.session(), task.number());
    return before != null && before == at;
  }

  private boolean mayBeThere(Keeper.PutQueued task) throws IOException {
    return task.again()
        || task.row().position() < unsureBelow
            && rowsBefore.position(task.session(), task.number()) != null;
  }

  private void putRow(Keeper.PutQueued task) throws IOException {
    long at = task.row().position();
    Slice message = task.row().released() ? null : message(at);
    QueueRow old =
        mayBeThere(task)
            ? row(task.session(), task.number())
            : unwritten.get(Slice.wrap(QueueRow.key(task.session(), task.number())));
    if (message == null && !task.row().released()) {
      message = storedMessage(old);
    }
    reach = Math.max(reach, at + 1);
    if (old != null) {
      unshare(old);
    }
    QueueRow row;
    if (message == null) {
      row = task.row();
      if (!row.released()) { // the row stays, so that the session hears of it
        lost.incrementAndGet();
        LOG.error(
            "message.lost session={} number={} position={}", task.session(), task.number(), at);
      }
    } else if (task.shared()) {
      row = task.row().with(true, null);
      if (shares.merge(at, 1, Integer::sum) == 1) {
        batch.put(BODIES, key(at), message.toArray());
      }
    } else {
      row = task.row().with(false, message);
    }
    put(task.session(), task.number(), row);
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

  private void markReleased(Keeper.MarkReleased task) throws IOException {
    QueueRow row = row(task.session(), task.number());
    if (row == null || row.released()) {
      return;
    }
    unshare(row);
    put(
        task.session(),
        task.number(),
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
    rowsBefore.dropped(session, number);
    byte[] key = QueueRow.key(session, number);
    unwritten.put(Slice.wrap(key), null); // it must not be found again by a later drop
    batch.delete(QUEUES, key);
  }

  private void unshare(QueueRow row) {
    if (row.shared()) {
      shares.merge(row.position(), -1, Integer::sum);
    }
  }

  /// The session's row goes last: until then a replay drops the session again.
  private void dropSession(long session) throws IOException {
    dropRows(QueueRow.key(session, 0), QueueRow.key(session + 1, 0));
    batch.delete(SESSIONS, key(session));
  }

  private void dropRange(long session, long first, long end) throws IOException {
    dropRows(QueueRow.key(session, first), QueueRow.key(session, end));
  }

  /// Removes the queue rows in `[from, to)` with their shares.
  private void dropRows(byte[] from, byte[] to) throws IOException {
    if (!unwritten.isEmpty() || !shares.isEmpty()) {
      write(); // so that a scan sees it
    }
    rowsBefore.forget();
    byte[] next = dropSome(from, to);
    while (next != null) {
      write();
      next = dropSome(next, to);
    }
  }

  /// Returns how far it came, or null.
  private byte @Nullable [] dropSome(byte[] from, byte[] to) throws IOException {
    Map<Long, Integer> given = new HashMap<>(); // back, when all is read
    List<byte[]> keys = new ArrayList<>(); // as long as they are few
    byte[][] reached = {to};
    int[] rows = {0};
    store.scan(
        QUEUES,
        from,
        to,
        (key, value) -> {
          if (rows[0]++ == DROP_ROWS) {
            reached[0] = key;
            return false;
          }
          if (keys.size() < RANGE_ROWS) {
            keys.add(key);
          }
          QueueRow row = QueueRow.decode(value);
          if (row.shared()) {
            given.merge(row.position(), -1, Integer::sum);
          }
          return true;
        });
    if (rows[0] == 0) {
      return null;
    }
    given.forEach((at, count) -> shares.merge(at, count, Integer::sum));
    if (rows[0] < RANGE_ROWS) {
      keys.forEach(key -> batch.delete(QUEUES, key));
    } else {
      batch.deleteRange(QUEUES, from, reached[0]);
      ranges++;
      long session = ByteBuffer.wrap(from).getLong();
      boolean ended = ByteBuffer.wrap(to).getLong() != session; // else it has other rows
      if (ended && dropped.size() < MAX_RELEASES) { // of others a compaction frees the space later
        dropped.add(session);
      }
    }
    writeFirst = true;
    return rows[0] > DROP_ROWS ? reached[0] : null;
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
    byte[] bytes = read(at);
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

  /// The record at `at`, or null. What the disk gives an error for again and again is damage.
  private byte @Nullable [] read(long at) throws IOException {
    try {
      byte[] bytes = reader.read(at);
      readFailures = 0;
      return bytes;
    } catch (IOException e) {
      if (++readFailures < READ_TRIES) {
        throw new IOException("read the log at position " + at, e);
      }
      readFailures = 0;
      LOG.error("log.damaged position={} error={}", at, e.toString(), e);
      return null;
    }
  }

  private void fetch(Keeper.Fetch task) throws IOException {
    List<Keeper.Fetched> found = new ArrayList<>();
    long bytes = 0;
    long number = task.from();
    for (long at : task.positions()) {
      if (found.size() >= task.maxMessages() || bytes >= task.maxBytes()) {
        finish(task, number, found);
        return;
      }
      if (at == Keeper.NOT_NEEDED) {
        number++;
        continue;
      }
      Slice message = log.firstPosition() <= at ? message(at) : null;
      if (message == null) {
        write();
        message = storedMessage(row(task.session(), number));
      }
      bytes += message == null ? 0 : message.length();
      found.add(new Keeper.Fetched(number, null, message, message == null));
      number++;
    }
    if (number < task.to() && found.size() < task.maxMessages()) {
      number = scan(task, number, bytes, found);
    }
    finish(task, number, found);
  }

  /// Counts what is lost once, however often the task was tried.
  private void finish(Keeper.Fetch task, long number, List<Keeper.Fetched> found) {
    for (Keeper.Fetched f : found) {
      QueueRow row = f.row();
      if (f.lost() && (row == null || row.shared())) { // else it was counted with its row
        lost.incrementAndGet();
      }
    }
    task.done().accept(new Keeper.FetchResult(number, found));
  }

  private long scan(Keeper.Fetch task, long from, long bytesSoFar, List<Keeper.Fetched> found)
      throws IOException {
    long[] state = {bytesSoFar, task.to()};
    List<Keeper.Fetched> rows = new ArrayList<>();
    write();
    store.scan(
        QUEUES,
        QueueRow.key(task.session(), from),
        QueueRow.key(task.session(), task.to()),
        (key, value) -> {
          long number = ByteBuffer.wrap(key).getLong(8);
          if (found.size() + rows.size() >= task.maxMessages() || state[0] >= task.maxBytes()) {
            state[1] = number;
            return false;
          }
          rows.add(new Keeper.Fetched(number, QueueRow.decode(value), null, false));
          state[0] += value.length;
          return true;
        });
    for (Keeper.Fetched f : rows) {
      QueueRow row = f.row();
      Slice message = storedMessage(row);
      boolean missing = message == null && row != null && !row.released();
      found.add(new Keeper.Fetched(f.number(), row, message, missing));
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

  private void checkpoint(Keeper.Checkpoint task) throws IOException {
    write();
    // The position must be kept even if no row has changed.
    log.sync();
    store.write(batch, task.position());
    long kept = flush();
    position = task.position();
    log.recycleBefore(kept);
    for (long session : dropped) { // gone for good now: so may be their files
      store.releaseRange(QUEUES, QueueRow.key(session, 0), QueueRow.key(session + 1, 0));
    }
    dropped.clear();
    task.done().accept(kept);
  }

  private static byte[] key(long number) {
    return ByteBuffer.allocate(8).putLong(number).array();
  }
}
