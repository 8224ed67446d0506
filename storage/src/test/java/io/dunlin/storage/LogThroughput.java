package io.dunlin.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/// Prints how many records a second one shard commits with so many in flight, and the CPU seconds
/// for a million: `LogThroughput <directory> <in flight> <seconds>`. Records take 124 bytes on
/// disk.
final class LogThroughput implements Log.CommitListener {
  private static final int RECORD_BYTES = 116;

  private final ConcurrentLinkedQueue<Log.Batch> inbox = new ConcurrentLinkedQueue<>();
  private final Thread shard = Thread.currentThread();
  private volatile boolean parked;

  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[0]);
    int inFlight = Integer.parseInt(args[1]);
    long seconds = Long.parseLong(args[2]);
    FileLog log = FileLog.open(new FileDisk(directory), LogConfig.defaults(1));
    LogThroughput bench = new LogThroughput();
    log.start(
        List.of(bench),
        cause -> {
          throw new IllegalStateException(cause);
        });
    log.startThread("log");
    bench.run(log, inFlight, 1);
    System.gc();
    long forces = log.counters().forces();
    long cpu = cpuNanos();
    long allocated = heapBytes();
    long begun = System.nanoTime();
    long records = bench.run(log, inFlight, seconds);
    double took = (System.nanoTime() - begun) / 1e9;
    double cpuSeconds = (cpuNanos() - cpu) / 1e9;
    long allocatedHere = heapBytes() - allocated;
    System.out.printf(
        "in flight %d: %.0f records/s, %.3f CPU s/M, %.0f records a force, %.2f heap bytes a record%n",
        inFlight,
        records / took,
        cpuSeconds / records * 1e6,
        (double) records / (log.counters().forces() - forces),
        (double) allocatedHere / records);
    log.close();
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }

  private static long cpuNanos() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
  }

  /// Grows with every allocation until there is a collection: give it a large young generation.
  private static long heapBytes() {
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private long run(FileLog log, int inFlight, long seconds) {
    byte[] payload = new byte[RECORD_BYTES];
    Log.Appender appender = log.appender(0);
    long appended = 0;
    long done = 0;
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    while (System.nanoTime() < end || done < appended) {
      boolean more = System.nanoTime() < end;
      while (more && appended - done < inFlight && appender.hasRoom(RECORD_BYTES)) {
        ByteBuffer buffer = appender.begin(RECORD_BYTES);
        buffer.put(appender.at(), payload).putLong(appender.at(), appended);
        appender.end(RECORD_BYTES, 1, true);
        appended++;
      }
      appender.flush();
      done += take();
      log.recycleBefore(log.committedPosition());
    }
    return done;
  }

  /// Waits for a batch and takes all there are.
  private long take() {
    parked = true;
    while (inbox.isEmpty()) {
      LockSupport.park(this);
    }
    parked = false;
    long records = 0;
    Log.Batch batch;
    while ((batch = inbox.poll()) != null) {
      for (int i = 0; i < batch.count(); i++) {
        records += batch.buffer().getLong(batch.from(i)) >= 0 ? 1 : 0;
      }
      batch.release();
    }
    return records;
  }

  @Override
  public void committed(Log.Batch batch) {
    inbox.add(batch);
    if (parked) {
      LockSupport.unpark(shard);
    }
  }

  @Override
  public void roomAgain() {}
}
