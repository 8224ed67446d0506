package io.dunlin.storage;

import io.dunlin.base.HotPath;
import io.dunlin.storage.LogFormat.BatchHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// A log in segment files.
///
/// ## Who does what
///
/// Shards fill batches ([ShardAppender]). One thread, the log's, takes whatever batches are waiting
/// as one group, adds checksums, writes them, forces once and hands them out. While it does, the
/// next batches fill, so that groups grow with the load by themselves. Another thread makes spare
/// segments and takes back old ones ([Segments]). When a group is committed is for [CommitPace] to
/// say. Recovery is [LogRecovery], the bytes are [LogFormat].
///
/// Without [#startThread] there is no thread: the caller calls [#work] when [#nextWorkNanos] says
/// so, and spare segments are made in between. Nothing in `work` sleeps or waits.
///
/// ## What is never done
///
/// A group never spans two segments, so the header of a segment proves that all before was forced.
/// A failed write or force is never tried again: what it left on the disk is unknown, and so
/// nothing is committed any more. Only making a spare segment may fail for lack of space: then
/// batches wait, appenders run out of buffers, and all goes on when there is space again.
@HotPath(benchmark = "LogThroughput")
public final class FileLog implements Log {
  private static final long SPACE_RETRY_NANOS = 1_000_000_000L;

  private final LogConfig config;
  private final Disk disk;
  private final LogCounters counters = new LogCounters();
  private final Segments segments;
  private final List<ShardAppender> appenders = new ArrayList<>();
  private final CommitPace pace; // of the log's thread

  // any thread
  private volatile long committed;
  private volatile long announced; // committed, and handed to all listeners
  private final AtomicLong recycleBelow = new AtomicLong();
  private volatile boolean stopped = true;
  private volatile boolean waitsForSpace;
  private volatile @Nullable LogThread thread;
  private volatile @Nullable Segment active; // written by the log's thread
  private final AtomicLong forced = new AtomicLong(); // all below was
  private final AtomicBoolean failed = new AtomicBoolean();

  /// Copies being made; while there are any, nothing is recycled. Guarded by `pinLock`.
  private int pins;

  private final Object pinLock = new Object(); // held while segments are taken back

  /// Bytes of copies that each shard has not released yet.
  private final AtomicLongArray copiedBytes;

  // before the start
  private @Nullable LogRecovery recovery;

  // the log thread's
  private List<CommitListener> listeners = List.of();
  private @Nullable FailureListener failure;
  private final Deque<CommitBatch> waiting = new ArrayDeque<>();
  private final List<CommitBatch> written = new ArrayList<>();
  private final CRC32C crc = new CRC32C();
  private long nextPosition;
  private long previousEnd;
  private long nextSequence;
  private int predecessor;
  private long spaceRetryNanos;

  // the maintenance thread's, or of whoever calls `work`
  private long maintenanceRetryNanos = Long.MIN_VALUE;

  private FileLog(Disk disk, LogConfig config) {
    this.disk = disk;
    this.config = config;
    this.segments = new Segments(disk, config, counters);
    this.copiedBytes = new AtomicLongArray(config.shards());
    for (int shard = 0; shard < config.shards(); shard++) {
      appenders.add(new ShardAppender(this, shard));
    }
    this.pace = new CommitPace(config, counters, appenders);
  }

  /// A log on `disk`, which is its alone. It reads and writes nothing before [#recover] or
  /// [#start].
  public static FileLog open(Disk disk, LogConfig config) {
    return new FileLog(disk, config);
  }

  /// Its configuration.
  public LogConfig config() {
    return config;
  }

  /// What it has done so far. Any thread.
  public LogCounters counters() {
    return counters;
  }

  /// Whether there is no disk space for another spare segment: what remains, the reserve included,
  /// is for records that free space. Turns false by itself. Any thread.
  public boolean outOfSpace() {
    return segments.outOfSpace();
  }

  /// {@inheritDoc}
  ///
  /// @throws IOException when the directory cannot be listed or was written by a newer release;
  ///   never because of what is in the files
  @Override
  public RecoveryReport recover(long fromPosition, RecordVisitor visitor) throws IOException {
    if (recovery != null || !stopped) {
      throw new IllegalStateException("recovered already");
    }
    LogRecovery scan = new LogRecovery(disk, segments);
    RecoveryReport report = scan.run(fromPosition, visitor);
    recovery = scan;
    return report;
  }

  /// {@inheritDoc}
  ///
  /// Before it returns, the records above the last position that is proven to be forced are written
  /// again, at the positions at which recovery visited them, and forced.
  @Override
  public void start(List<CommitListener> listeners, FailureListener failure) throws IOException {
    if (listeners.size() != config.shards()) {
      throw new IllegalArgumentException(
          listeners.size() + " listeners for " + config.shards() + " shards");
    }
    if (recovery == null) {
      recover(0, (_, _, _, _) -> {});
    }
    this.listeners = List.copyOf(listeners);
    this.failure = failure;
    LogRecovery.Continuation next = Objects.requireNonNull(recovery).finish(segments);
    nextPosition = next.position();
    previousEnd = next.previousEnd();
    nextSequence = next.sequence();
    predecessor = next.predecessor();
    committed = nextPosition;
    announced = nextPosition;
    forced.set(nextPosition);
    if (!segments.hasSpare()) {
      segments.prepareQuickly();
    }
    openSegment();
    pace.begin(config.clock().nanos());
    stopped = false;
  }

  /// The log's thread, if it has one. Any thread.
  public @Nullable Thread thread() {
    LogThread running = thread;
    return running == null ? null : running.thread();
  }

  /// When the present round of the log's thread began, by the log's clock; 0 while it rests. Any
  /// thread.
  public long busySinceNanos() {
    LogThread running = thread;
    return running == null ? 0 : running.busySinceNanos();
  }

  /// Starts the log's thread, which calls [#work] from now on, and the one that makes segments.
  /// After [#start].
  public void startThread(String name) {
    if (stopped || thread != null) {
      throw new IllegalStateException("not started, or has a thread");
    }
    LogThread started = new LogThread(this, name);
    thread = started;
    started.start();
  }

  @Override
  public Appender appender(int shard) {
    return appenders.get(shard);
  }

  @Override
  public long committedPosition() {
    return announced;
  }

  @Override
  public long firstPosition() {
    List<Segment> live = segments.live();
    return live.isEmpty() ? committed : live.getFirst().firstPosition();
  }

  @Override
  public Reader reader() {
    return new LogReader(segments);
  }

  /// {@inheritDoc}
  ///
  /// Takes back whole segments, later.
  @Override
  public void recycleBefore(long position) {
    long below = recycleBelow.accumulateAndGet(Math.min(position, committed), Math::max);
    LogThread running = thread;
    if (running != null && segments.canRecycle(below)) {
      running.wakeMaintenance();
    }
  }

  /// Keeps all that is readable now from being recycled until the pin is closed. Any thread.
  public Pin pin() {
    synchronized (pinLock) {
      pins++;
    }
    return new Pin();
  }

  /// Holds segments; see [#pin].
  public final class Pin implements AutoCloseable {
    private boolean closed;

    private Pin() {}

    /// Copies the log from `from` on, up to what is committed now, to another directory, from which
    /// it can be recovered. Blocks on the disk; records are taken meanwhile.
    ///
    /// @return behind the last record of the copy
    public long copyTo(Disk target, long from) throws IOException {
      long end = announced;
      new LogCopy(segments.live()).run(target, from, end);
      return end;
    }

    @Override
    public void close() {
      synchronized (pinLock) {
        if (!closed) {
          closed = true;
          pins--;
        }
      }
      recycleBefore(0); // what was held up
    }
  }

  /// Whether nothing is taken: not started yet, failed, or closed.
  boolean stopped() {
    return stopped;
  }

  /// Whether batches wait for a segment. Any thread.
  boolean waitsForSpace() {
    return waitsForSpace;
  }

  /// Any thread: there is work. `hurry`: even if the log's thread waits for a moment that it has
  /// chosen.
  void wake(boolean hurry) {
    LogThread running = thread;
    if (running != null) {
      running.wake(hurry);
    }
  }

  /// When [#work] has something to do next, by the configured clock: now or in the past, in the
  /// future, or `Long.MAX_VALUE` when only another flush or release changes that. For whoever calls
  /// `work`.
  public long nextWorkNanos() {
    return nextWorkNanos(config.clock().nanos());
  }

  private long nextWorkNanos(long now) {
    if (failed.get() || stopped) {
      return CommitPace.NEVER;
    }
    if (!waiting.isEmpty()) {
      return segments.hasSpare() ? now : spaceRetryNanos;
    }
    return pace.dueNanos(now);
  }

  /// Whether it is a small group waiting for more that makes [#nextWorkNanos] lie in the future.
  /// The log's thread.
  boolean delaysCommit() {
    return waiting.isEmpty() && pace.urgent();
  }

  @Override
  public int work() {
    if (failed.get() || stopped) {
      return 0;
    }
    if (thread == null) {
      while (maintain()) {
        // one spare segment at a time
      }
    }
    tellRoom();
    long now = config.clock().nanos();
    if (nextWorkNanos(now) > now) {
      pace.askForBatches(now);
      return 0;
    }
    if (waiting.isEmpty() && pace.putsOff(now)) {
      return 0;
    }
    int batches = commitAll();
    tellRoom();
    return batches;
  }

  private void tellRoom() {
    for (int i = 0; i < appenders.size(); i++) {
      if (appenders.get(i).roomAgain()) {
        listeners.get(i).roomAgain();
      }
    }
  }

  private int commitAll() {
    long records = pace.takeAll(waiting);
    int batches = 0;
    try {
      while (!waiting.isEmpty()) {
        CommitBatch batch = waiting.getFirst();
        if (!fits(batch)) {
          batches += commit();
          if (!openSegment()) {
            break;
          }
          continue;
        }
        write(batch);
        written.add(waiting.removeFirst());
      }
      batches += commit();
    } catch (IOException e) {
      fail(e);
      return batches;
    }
    pace.learn(records);
    return batches;
  }

  private boolean fits(CommitBatch batch) {
    Segment segment = active;
    return segment != null
        && nextPosition - segment.firstPosition() + LogFormat.aligned(batch.end)
            <= segment.capacity();
  }

  /// Makes the next segment the active one. False when there is none yet.
  private boolean openSegment() throws IOException {
    forceActive(); // its header says so
    Segment segment = segments.open(nextPosition, previousEnd, nextSequence, predecessor);
    waitsForSpace = segment == null;
    if (segment == null) {
      spaceRetryNanos = config.clock().nanos() + SPACE_RETRY_NANOS;
      return false;
    }
    active = segment;
    LogThread running = thread;
    if (running != null) {
      running.wakeMaintenance();
    }
    return true;
  }

  private void write(CommitBatch batch) throws IOException {
    Segment segment = Objects.requireNonNull(active);
    batch.position = nextPosition;
    int length = (int) LogFormat.aligned(batch.end);
    predecessor =
        LogFormat.seal(
            batch.written,
            batch.end,
            segment.generation(),
            new BatchHeader(
                0, nextPosition, nextSequence, forced.get(), predecessor, length, batch.count),
            crc);
    segment.file().write(batch.written.limit(length).position(0), segment.offset(nextPosition));
    nextPosition += length;
    nextSequence++;
  }

  /// Forces what was written and hands it out.
  private int commit() throws IOException {
    if (written.isEmpty()) {
      return 0;
    }
    long begun = config.clock().nanos();
    if (config.forcesGroups()) {
      forceActive();
    }
    long now = config.clock().nanos();
    counters.forced(nextPosition - written.getFirst().position, now - begun);
    previousEnd = nextPosition;
    committed = nextPosition;
    pace.committed(now);
    int batches = written.size();
    for (int i = 0; i < batches; i++) {
      handOut(written.get(i));
    }
    announced = committed;
    written.clear();
    return batches;
  }

  /// Forces all that was written.
  private void forceActive() throws IOException {
    Segment segment = active;
    if (segment != null && forced.get() < nextPosition) {
      segment.file().force();
      forced.accumulateAndGet(nextPosition, Math::max);
    }
  }

  /// {@inheritDoc}
  @Override
  public void sync() throws IOException {
    long end = announced; // before the segment is looked up: when a later one opens, this is forced
    Segment segment = active;
    if (forced.get() >= end || segment == null || stopped) {
      return;
    }
    try {
      segment.file().force();
    } catch (IOException e) {
      fail(e);
      throw e;
    }
    forced.accumulateAndGet(end, Math::max);
  }

  private void handOut(CommitBatch batch) {
    ShardAppender origin = batch.appender;
    long targets = batch.shards | (1L << origin.shard());
    counters.committed(batch.count);
    batch.share(Long.bitCount(targets));
    while (targets != 0) {
      int shard = Long.numberOfTrailingZeros(targets);
      targets &= targets - 1;
      if (origin.lags(shard) && mayCopy(shard)) {
        listeners.get(shard).committed(copy(batch, shard));
        batch.releaseOne();
      } else {
        origin.hold(shard);
        listeners.get(shard).committed(batch.handle(shard));
      }
    }
  }

  /// Whether a lagging shard may get copies instead of keeping buffers from others. It may up to
  /// what an appender's buffers hold together; beyond that it slows the others down.
  private boolean mayCopy(int shard) {
    return copiedBytes.get(shard) < (long) config.batchBytes() * config.batchesPerShard();
  }

  private Batch copy(CommitBatch batch, int shard) {
    int bytes = batch.end;
    copiedBytes.addAndGet(shard, bytes);
    counters.copied();
    return batch.copyFor(shard, () -> copiedBytes.addAndGet(shard, -bytes));
  }

  /// Makes a spare segment if one is missing, and takes back old segments. Returns whether there is
  /// more to do at once. The maintenance thread, or whoever calls `work`.
  boolean maintain() {
    synchronized (pinLock) {
      if (pins == 0) {
        segments.recycle(recycleBelow.get());
      }
    }
    boolean retry = !segments.outOfSpace() || config.clock().nanos() >= maintenanceRetryNanos;
    if (!retry) {
      return false;
    }
    boolean more = segments.prepare();
    if (!more && segments.outOfSpace()) {
      maintenanceRetryNanos = config.clock().nanos() + SPACE_RETRY_NANOS;
    }
    return more;
  }

  /// The log is dead. Any thread.
  void fail(IOException cause) {
    if (failed.compareAndSet(false, true)) {
      stopped = true;
      Objects.requireNonNull(failure).logFailed(cause);
    }
  }

  /// {@inheritDoc}
  ///
  /// The shards have flushed and are gone. Batches for which there is no space are not written.
  @Override
  public void close() throws IOException {
    LogThread running = thread;
    if (running != null) {
      running.stop(); // it does what remains
    } else {
      finish();
    }
    if (active == null && recovery != null) {
      recovery.close();
    }
    segments.close();
  }

  /// Commits what is left and proves it, so that the next start finds no tail. The log's thread.
  void finish() {
    pace.hurry();
    while (work() > 0) {
      // until all is forced, or there is no space
    }
    try {
      if (!failed.get() && !stopped) {
        prove();
      }
    } catch (IOException e) {
      fail(e);
    }
    stopped = true;
  }

  /// Writes an empty batch, whose header says that all before was forced.
  private void prove() throws IOException {
    Segment segment = active;
    int length = LogFormat.BATCH_HEADER_BYTES;
    forceActive();
    if (segment == null
        || !waiting.isEmpty()
        || nextPosition == segment.firstPosition()
        || nextPosition - segment.firstPosition() + length > segment.capacity()) {
      return;
    }
    ByteBuffer header = ByteBuffer.allocateDirect(length);
    LogFormat.seal(
        header,
        length,
        segment.generation(),
        new BatchHeader(0, nextPosition, nextSequence, forced.get(), predecessor, length, 0),
        crc);
    segment.file().write(header, segment.offset(nextPosition));
    segment.file().force();
  }
}
