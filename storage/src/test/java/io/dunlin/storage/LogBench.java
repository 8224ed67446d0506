package io.dunlin.storage;

import io.dunlin.storage.fixture.SimDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// A log on a disk, without a thread, and all that it has committed, for tests.
final class LogBench {
  static final int SEGMENT_BYTES = 16 << 10;
  static final long DELAY_NANOS = 1_000_000;
  static final long LAZY_NANOS = 50_000_000;

  final SimDisk disk;
  final TestClock clock = new TestClock();
  final LogConfig config;
  final List<Entry> committed = new ArrayList<>();
  final List<Entry> recovered = new ArrayList<>();
  final List<IOException> failures = new ArrayList<>();
  final List<List<Log.Batch>> held = new ArrayList<>();
  int roomCalls;
  boolean releases = true;
  FileLog log;
  Log.Reader reader;
  RecoveryReport report = new RecoveryReport(0, 0, List.of(), 0, 0);

  /// A record and where it lies.
  record Entry(long position, String text) {}

  LogBench(SimDisk disk, int shards) {
    this(disk, shards, config -> config);
  }

  LogBench(SimDisk disk, int shards, UnaryOperator<LogConfig> change) {
    this.disk = disk;
    this.config =
        change.apply(
            LogConfig.defaults(shards)
                .withSizes(SEGMENT_BYTES, 1 << 10, 6 << 10)
                .withTimes(DELAY_NANOS, LAZY_NANOS, clock));
    this.log = FileLog.open(disk, config);
    reader = log.reader();
    for (int i = 0; i < shards; i++) {
      held.add(new ArrayList<>());
    }
  }

  /// Opens the log again, as after a crash, and recovers it; does not start it.
  LogBench recover(long from) throws IOException {
    log = FileLog.open(disk, config);
    reader = log.reader();
    recovered.clear();
    committed.clear();
    held.forEach(List::clear);
    report =
        log.recover(
            from,
            (position, buffer, start, end) ->
                recovered.add(new Entry(position, text(buffer, start, end))));
    return this;
  }

  LogBench start() throws IOException {
    List<Log.CommitListener> listeners = new ArrayList<>();
    for (int shard = 0; shard < config.shards(); shard++) {
      listeners.add(new Listener(shard));
    }
    log.start(listeners, failures::add);
    return this;
  }

  LogBench restart() throws IOException {
    return recover(0).start();
  }

  void append(int shard, String text, boolean urgent) {
    append(shard, text, 0, urgent);
  }

  void append(int shard, String text, long mask, boolean urgent) {
    Log.Appender appender = log.appender(shard);
    byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    appender.begin(bytes.length).put(appender.at(), bytes);
    appender.end(bytes.length, mask, urgent);
  }

  /// Appends one record and commits it; returns its position.
  long commit(String text) {
    append(0, text, true);
    log.appender(0).flush();
    settle();
    return committed.getLast().position();
  }

  /// Works, and moves the clock, until there is nothing to do.
  void settle() {
    log.work();
    long next = log.nextWorkNanos();
    while (next != Long.MAX_VALUE && !log.waitsForSpace()) {
      clock.advanceTo(next);
      log.work();
      next = log.nextWorkNanos();
    }
  }

  List<String> committedTexts() {
    return committed.stream().map(Entry::text).toList();
  }

  List<String> recoveredTexts() {
    return recovered.stream().map(Entry::text).toList();
  }

  static String text(ByteBuffer buffer, int from, int to) {
    byte[] bytes = new byte[to - from];
    buffer.get(from, bytes);
    return new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
  }

  private final class Listener implements Log.CommitListener {
    private final int shard;

    Listener(int shard) {
      this.shard = shard;
    }

    @Override
    public void committed(Log.Batch batch) {
      if (batch.origin() == shard) {
        for (int i = 0; i < batch.count(); i++) {
          committed.add(
              new Entry(batch.position(i), text(batch.buffer(), batch.from(i), batch.to(i))));
        }
      }
      if (releases) {
        batch.release();
      } else {
        held.get(shard).add(batch);
      }
    }

    @Override
    public void roomAgain() {
      roomCalls++;
    }
  }
}
