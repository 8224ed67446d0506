package io.dunlin.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Clock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The log with its own threads, on a real disk.
@Timeout(60)
class FileLogThreadTest {
  private static final int RECORDS = 20_000;
  private static final int RECORD_BYTES = 24;

  @TempDir Path directory;

  private final LogConfig config =
      LogConfig.defaults(2)
          .withSizes(256 << 10, 8 << 10, 64 << 10)
          .withTimes(200_000, 2_000_000, Clock.SYSTEM);

  @Test
  void twoShardsGetAllRecordsInLogOrderAndTheyAreRecovered() throws Exception {
    FileLog log = FileLog.open(new FileDisk(directory), config);
    List<Shard> shards = List.of(new Shard(log, 0), new Shard(log, 1));
    List<IOException> failures = new ArrayList<>();
    log.start(List.copyOf(shards), failures::add);
    log.startThread("log");
    List<Thread> threads = shards.stream().map(Thread::new).toList();
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    log.close();
    assertThat(failures).isEmpty();
    assertThat(shards.get(0).problem).isEmpty();
    assertThat(shards.get(1).problem).isEmpty();
    assertThat(shards.get(0).received).isEqualTo(shards.get(1).received);
    assertThat(shards.get(0).received).hasSize(2 * RECORDS);

    List<Long> recovered = new ArrayList<>();
    FileLog again = FileLog.open(new FileDisk(directory), config);
    RecoveryReport report =
        again.recover(0, (_, buffer, from, _) -> recovered.add(buffer.getLong(from)));
    again.close();
    assertThat(report.damage()).isEmpty();
    assertThat(recovered).isEqualTo(shards.get(0).received);
  }

  @Test
  void recordThatNobodyWaitsForIsCommittedByItself() throws Exception {
    FileLog log = FileLog.open(new FileDisk(directory), config);
    CountDownLatch committed = new CountDownLatch(1);
    Log.CommitListener listener =
        new Log.CommitListener() {
          @Override
          public void committed(Log.Batch batch) {
            batch.release();
            committed.countDown();
          }

          @Override
          public void roomAgain() {}
        };
    log.start(List.of(listener, listener), _ -> {});
    log.startThread("log");
    Log.Appender appender = log.appender(0);
    appender.begin(8).putLong(appender.at(), 1);
    appender.end(8, 0, false);
    appender.flush();
    assertThat(committed.await(30, TimeUnit.SECONDS)).isTrue();
    log.close();
  }

  /// Appends records for both shards as fast as there is room, and notes what it gets.
  private static final class Shard implements Runnable, Log.CommitListener {
    private final FileLog log;
    private final int number;
    private final LinkedBlockingQueue<Log.Batch> inbox = new LinkedBlockingQueue<>();
    private final List<Long> received = new ArrayList<>();
    private String problem = "";

    Shard(FileLog log, int number) {
      this.log = log;
      this.number = number;
    }

    @Override
    public void run() {
      try {
        Log.Appender appender = log.appender(number);
        int next = 0;
        while (received.size() < 2 * RECORDS) {
          int turn = 0;
          while (next < RECORDS && turn++ < 50 && appender.hasRoom(RECORD_BYTES)) {
            var buffer = appender.begin(RECORD_BYTES);
            buffer.putLong(appender.at(), ((long) number << 32) | next);
            boolean urgent = next % 3 == 0 || next == RECORDS - 1;
            appender.end(RECORD_BYTES, 3, urgent);
            next++;
          }
          appender.flush();
          boolean mayGoOn = next < RECORDS && appender.hasRoom(RECORD_BYTES);
          appender.flush();
          Log.Batch batch = mayGoOn ? inbox.poll() : inbox.poll(10, TimeUnit.MILLISECONDS);
          while (batch != null) {
            read(batch);
            batch = inbox.poll();
          }
        }
      } catch (InterruptedException | RuntimeException | AssertionError e) {
        problem = e.toString();
      }
    }

    private void read(Log.Batch batch) {
      for (int i = 0; i < batch.count(); i++) {
        received.add(batch.buffer().getLong(batch.from(i)));
      }
      batch.release();
    }

    @Override
    public void committed(Log.Batch batch) {
      inbox.add(batch);
    }

    @Override
    public void roomAgain() {}
  }
}
