package io.dunlin.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.storage.fixture.SimDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class FileLogTest {
  private final SimDisk disk = new SimDisk(1);
  private final LogBench bench = new LogBench(disk, 2);

  @Test
  void committedRecordsAreHandedOutInOrder() throws IOException {
    bench.restart();
    bench.append(0, "a", true);
    bench.append(0, "b", true);
    bench.log.appender(0).flush();
    bench.settle();
    assertThat(bench.committedTexts()).containsExactly("a", "b");
    assertThat(bench.log.committedPosition()).isGreaterThan(bench.committed.getLast().position());
  }

  @Test
  void nothingIsCommittedBeforeTheForce() throws IOException {
    bench.restart();
    bench.append(0, "a", true);
    bench.settle();
    assertThat(bench.committed).isEmpty();
    disk.failForces();
    bench.log.appender(0).flush();
    bench.settle();
    assertThat(bench.committed).isEmpty();
  }

  @Test
  void logWithoutForcesCommitsWhatIsWrittenAndKeepsItOnceSynced() throws IOException {
    LogBench lazy = new LogBench(disk, 2, LogConfig::withoutForces);
    lazy.restart();
    lazy.commit("a"); // after that all spare segments are made
    long forces = disk.forces();
    lazy.commit("b");
    assertThat(lazy.committedTexts()).containsExactly("a", "b");
    assertThat(disk.forces()).isEqualTo(forces);

    lazy.log.sync();
    assertThat(disk.forces()).isEqualTo(forces + 1);
    lazy.log.sync();
    assertThat(disk.forces()).as("nothing is new").isEqualTo(forces + 1);
    lazy.commit("lost, perhaps");
    disk.crash();
    lazy.restart();
    assertThat(lazy.recoveredTexts()).startsWith("a", "b");
    assertThat(lazy.report.damage()).isEmpty();
  }

  @Test
  void failedSyncEndsTheLog() throws IOException {
    LogBench lazy = new LogBench(disk, 2, LogConfig::withoutForces);
    lazy.restart();
    lazy.commit("a");
    disk.failForces();
    assertThatThrownBy(lazy.log::sync).isInstanceOf(IOException.class);
    assertThat(lazy.failures).hasSize(1);
    assertThat(lazy.log.appender(0).hasRoom(1)).isFalse();
  }

  @Test
  void pinnedSegmentsAreKeptAndCopied() throws IOException {
    bench.restart();
    String filler = "x".repeat(700);
    for (int i = 0; i < 60; i++) {
      bench.commit(i + filler);
    }
    long from = bench.committed.get(25).position();
    LogBench copy = new LogBench(new SimDisk(2), 2);
    try (FileLog.Pin pin = bench.log.pin()) {
      long first = bench.log.firstPosition();
      bench.log.recycleBefore(bench.log.committedPosition());
      bench.commit("between");
      assertThat(bench.log.firstPosition()).isEqualTo(first);
      assertThat(pin.copyTo(copy.disk, from)).isEqualTo(bench.log.committedPosition());
    }
    bench.commit("after");
    assertThat(bench.log.firstPosition()).isGreaterThan(from);

    copy.recover(from);
    assertThat(copy.recoveredTexts()).hasSize(36).endsWith("between");
    assertThat(copy.recovered.getFirst().position()).isEqualTo(from);
    assertThat(copy.report.damage()).isEmpty();
    copy.start();
    copy.commit("goes on");
  }

  @Test
  void committedRecordsAreRecoveredAtTheirPositionsAfterAPowerCut() throws IOException {
    bench.restart();
    long a = bench.commit("a");
    long b = bench.commit("b");
    disk.crash();
    bench.restart();
    assertThat(bench.recovered)
        .containsExactly(new LogBench.Entry(a, "a"), new LogBench.Entry(b, "b"));
    assertThat(bench.report.damage()).isEmpty();
  }

  @Test
  void recoveredRecordsAreReadAtTheirPositions() throws IOException {
    bench.restart();
    long a = bench.commit("a");
    disk.crash();
    bench.restart();
    disk.crash();
    bench.restart();
    assertThat(bench.log.reader().read(a)).isEqualTo("a".getBytes(UTF_8));
    assertThat(bench.log.reader().read(a + 1)).isNull();
  }

  @Test
  void positionsAreNeverUsedTwice() throws IOException {
    bench.restart();
    long a = bench.commit("a");
    disk.crash();
    bench.restart();
    assertThat(bench.commit("b")).isGreaterThan(a);
    bench.log.close();
    bench.restart();
    assertThat(bench.commit("c")).isGreaterThan(bench.recovered.getLast().position());
  }

  @Test
  void recordLongerThanABatchIsCommitted() throws IOException {
    bench.restart();
    String text = "x".repeat(5000);
    bench.append(0, "before", true);
    bench.append(0, text, true);
    bench.append(0, "after", true);
    bench.log.appender(0).flush();
    bench.settle();
    assertThat(bench.committedTexts()).containsExactly("before", text, "after");
    disk.crash();
    bench.restart();
    assertThat(bench.recoveredTexts()).containsExactly("before", text, "after");
    assertThat(bench.log.reader().read(bench.recovered.get(1).position()))
        .isEqualTo(text.getBytes(UTF_8));
  }

  @Test
  void secondLongRecordWaitsForTheBufferOfTheFirst() throws IOException {
    bench.restart();
    bench.append(0, "x".repeat(3000), true);
    bench.log.appender(0).flush();
    assertThat(bench.log.appender(0).hasRoom(4000)).isFalse();
    assertThat(bench.log.appender(0).hasRoom(100)).isTrue();
    assertThat(bench.log.appender(0).hasRoom(4000)).isFalse();
    bench.settle();
    assertThat(bench.roomCalls).isEqualTo(1);
    assertThat(bench.log.appender(0).hasRoom(4000)).isTrue();
  }

  @Test
  void recordThatNobodyWaitsForIsForcedAfterTheLazyTime() throws IOException {
    bench.restart();
    bench.append(0, "a", false);
    bench.log.appender(0).flush();
    assertThat(bench.log.work()).isZero();
    assertThat(bench.log.nextWorkNanos()).isEqualTo(bench.clock.nanos() + LogBench.LAZY_NANOS);
    bench.clock.advance(LogBench.LAZY_NANOS);
    assertThat(bench.log.work()).isEqualTo(1);
    assertThat(bench.committedTexts()).containsExactly("a");
  }

  @Test
  void lonePublisherNeverWaits() throws IOException {
    bench.restart();
    for (int i = 0; i < 10; i++) {
      bench.append(0, "a" + i, true);
      bench.log.appender(0).flush();
      assertThat(bench.log.work()).as("batch %d", i).isEqualTo(1);
    }
  }

  @Test
  void smallGroupWaitsForWhatWasInFlight() throws IOException {
    bench.restart();
    for (int i = 0; i < 8; i++) {
      bench.append(0, "a" + i, true);
    }
    bench.log.appender(0).flush();
    bench.log.work();
    bench.append(0, "b", true);
    bench.log.appender(0).flush();
    assertThat(bench.log.work()).isZero();
    assertThat(bench.log.nextWorkNanos()).isEqualTo(bench.clock.nanos() + LogBench.DELAY_NANOS);
    for (int i = 0; i < 5; i++) {
      bench.append(0, "c" + i, true);
    }
    bench.log.appender(0).flush();
    assertThat(bench.log.work()).isEqualTo(1);
  }

  @Test
  void batchGrowsUntilTheLogTakesIt() throws IOException {
    bench.restart();
    for (int i = 0; i < 20; i++) {
      bench.append(0, "a" + i, true);
      bench.log.appender(0).flush();
    }
    bench.settle();
    assertThat(bench.committed).hasSize(20);
    assertThat(bench.log.counters().batchesCommitted()).isEqualTo(1);
    assertThat(bench.log.counters().forces()).isEqualTo(1);
  }

  @Test
  void groupOfTwoShardsIsForcedOnce() throws IOException {
    bench.restart();
    bench.append(0, "a", true);
    bench.append(1, "b", true);
    bench.log.appender(0).flush();
    bench.log.appender(1).flush();
    bench.settle();
    assertThat(bench.committedTexts()).containsExactly("a", "b");
    assertThat(bench.log.counters().forces()).isEqualTo(1);
  }

  @Test
  void batchGoesToTheShardsItConcerns() throws IOException {
    bench.restart();
    bench.releases = false;
    bench.append(0, "own", 1, true);
    bench.log.appender(0).flush();
    bench.settle();
    bench.append(0, "other", 2, true);
    bench.log.appender(0).flush();
    bench.settle();
    assertThat(bench.held.get(0)).hasSize(2);
    assertThat(bench.held.get(1)).hasSize(1);
    assertThat(bench.held.get(1).getFirst().shardMask(0)).isEqualTo(2);
  }

  @Test
  void appenderHasNoRoomUntilItsBatchesAreReleased() throws IOException {
    bench.restart();
    bench.releases = false;
    while (bench.log.appender(0).hasRoom(900)) {
      bench.append(0, "x".repeat(900), true);
      bench.log.appender(0).flush();
      bench.settle();
    }
    assertThat(bench.committed).hasSize(4);
    assertThat(bench.roomCalls).isZero();
    bench.held.getFirst().removeFirst().release();
    bench.settle();
    assertThat(bench.roomCalls).isEqualTo(1);
    assertThat(bench.log.appender(0).hasRoom(900)).isTrue();
  }

  @Test
  void laggingShardGetsCopiesAndKeepsNoMoreThanHalfOfTheBuffers() throws IOException {
    bench.restart();
    bench.releases = false;
    for (int i = 0; i < 5; i++) {
      bench.append(0, "mine" + i, 1, true);
      bench.append(0, "yours" + i, 2, true);
      bench.log.appender(0).flush();
      bench.settle();
      bench.held.get(0).forEach(Log.Batch::release);
      bench.held.get(0).clear();
    }
    assertThat(bench.held.get(1)).hasSize(5);
    assertThat(bench.log.counters().batchesCopied()).isEqualTo(3);
    Log.Batch copy = bench.held.get(1).getLast();
    assertThat(copy.count()).isEqualTo(1);
    assertThat(LogBench.text(copy.buffer(), copy.from(0), copy.to(0))).isEqualTo("yours4");
    assertThat(bench.log.reader().read(copy.position(0))).isEqualTo("yours4".getBytes(UTF_8));
    bench.held.get(1).forEach(Log.Batch::release);
  }

  @Test
  void failedForceIsTheEnd() throws IOException {
    bench.restart();
    disk.failForces();
    bench.append(0, "a", true);
    bench.log.appender(0).flush();
    bench.settle();
    bench.settle();
    assertThat(bench.failures).hasSize(1);
    assertThat(bench.committed).isEmpty();
    assertThat(bench.log.appender(0).hasRoom(1)).isFalse();
  }

  @Test
  void fullDiskStopsTheLogOnlyWhenTheReserveIsUsedUp() throws IOException {
    bench.restart();
    bench.commit("first");
    bench.log.work();
    bench.log.work();
    assertThat(bench.log.outOfSpace()).isFalse();
    disk.capacity(0);
    int commits = 0;
    while (bench.log.appender(0).hasRoom(900)) {
      bench.append(0, "x".repeat(900), true);
      bench.log.appender(0).flush();
      bench.settle();
      commits++;
    }
    assertThat(bench.log.outOfSpace()).isTrue();
    assertThat(commits).isGreaterThan(2 * LogBench.SEGMENT_BYTES / 1024);
    assertThat(bench.failures).isEmpty();
    disk.capacity(Long.MAX_VALUE);
    bench.clock.advance(2_000_000_000L);
    bench.log.appender(0).flush();
    bench.settle();
    assertThat(bench.committed.size()).isEqualTo(1 + commits);
    assertThat(bench.roomCalls).isEqualTo(1);
    bench.settle();
    assertThat(bench.log.outOfSpace()).isFalse();
  }

  @Test
  void recycledSegmentsAreUsedAgainAndTheirRecordsAreGone() throws IOException {
    bench.restart();
    long first = bench.commit("first");
    for (int i = 0; i < 200; i++) {
      bench.commit("x".repeat(900));
      bench.log.recycleBefore(bench.log.committedPosition());
      bench.settle();
    }
    assertThat(bench.log.reader().read(first)).isNull();
    assertThat(bench.log.firstPosition()).isGreaterThan(first);
    assertThat(disk.list().size()).isLessThan(6);
    long last = bench.committed.getLast().position();
    disk.crash();
    bench.recover(last).start();
    assertThat(bench.report.damage()).isEmpty();
    assertThat(bench.recovered).containsExactly(new LogBench.Entry(last, "x".repeat(900)));
  }

  @Test
  void recoveryBeginsAtThePositionAsked() throws IOException {
    bench.restart();
    bench.commit("a");
    long b = bench.commit("b");
    disk.crash();
    bench.recover(b);
    assertThat(bench.recoveredTexts()).containsExactly("b");
  }

  @Test
  void restartsWithoutRecordsDoNotFillTheDisk() throws IOException {
    bench.restart();
    bench.commit("a");
    for (int i = 0; i < 10; i++) {
      disk.crash();
      bench.restart();
    }
    assertThat(disk.list().size()).isLessThan(7);
    assertThat(bench.recoveredTexts()).containsExactly("a");
  }

  @Test
  void orderlyCloseLeavesNoTail() throws IOException {
    bench.restart();
    bench.append(0, "a", false);
    bench.log.appender(0).flush();
    bench.log.close();
    bench.recover(0);
    assertThat(bench.recoveredTexts()).containsExactly("a");
    assertThat(bench.report.discardedTailBytes()).isZero();
    String newest = disk.list().stream().filter(name -> name.startsWith("log-")).toList().getLast();
    disk.flipBit(newest, LogFormat.SEGMENT_HEADER_BYTES + LogFormat.BATCH_HEADER_BYTES + 8, 0);
    bench.recover(0);
    assertThat(bench.report.damage()).hasSize(1);
  }

  @Test
  void damagedRecordIsReportedAndTheOthersAreRecovered() throws IOException {
    bench.restart();
    bench.append(0, "one", true);
    bench.append(0, "two", true);
    bench.append(0, "three", true);
    bench.log.appender(0).flush();
    bench.settle();
    bench.commit("four");
    bench.log.close();
    disk.flipBit(bench.disk.list().getFirst(), offsetOf("two"), 3);
    bench.recover(0);
    assertThat(bench.recoveredTexts()).containsExactly("one", "three", "four");
    assertThat(bench.report.damage()).hasSize(1);
    assertThat(bench.report.damage().getFirst()).contains("1 of 3 records lost");
    assertThat(bench.report.damagedParts()).isEqualTo(1);
  }

  @Test
  void bytesOfADamagedRecordAreShown() throws IOException {
    bench.restart();
    for (String text : List.of("one", "two", "three")) {
      bench.append(0, text, true);
    }
    bench.log.appender(0).flush();
    bench.settle();
    bench.commit("four");
    bench.log.close();
    disk.flipBit(disk.list().getFirst(), offsetOf("two"), 3);
    disk.flipBit(disk.list().getFirst(), offsetOf("three"), 0);
    disk.flipBit(disk.list().getFirst(), offsetOf("four"), 0);
    List<Integer> damaged = new ArrayList<>();
    FileLog log = FileLog.open(disk, bench.log.config());
    log.recover(
        0,
        new Log.RecordVisitor() {
          @Override
          public void record(long position, ByteBuffer buffer, int from, int to) {}

          @Override
          public void damaged(long position, ByteBuffer buffer, int from, int to) {
            damaged.add(to - from);
          }
        });
    assertThat(damaged).as("two neighbours cannot be told apart").containsExactly(4);
  }

  @Test
  void recordsAreReadWhileTheLogIsRecovered() throws IOException {
    bench.restart();
    String filler = "x".repeat(700);
    for (int i = 0; i < 30; i++) {
      bench.commit(i + filler);
    }
    disk.crash();
    FileLog log = FileLog.open(disk, bench.log.config());
    Log.Reader reader = log.reader();
    List<String> read = new ArrayList<>();
    log.recover(
        0,
        (position, buffer, from, to) -> {
          try {
            read.add(new String(Objects.requireNonNull(reader.read(position)), UTF_8));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    assertThat(read).hasSize(30).startsWith("0" + filler).endsWith("29" + filler);
  }

  @Test
  void recordsOfABatchWithADamagedHeaderAreFound() throws IOException {
    bench.restart();
    bench.append(0, "one", true);
    bench.append(0, "two", true);
    bench.log.appender(0).flush();
    bench.settle();
    bench.commit("three");
    bench.log.close();
    disk.flipBit(disk.list().getFirst(), LogFormat.SEGMENT_HEADER_BYTES + 20, 0);
    bench.recover(0);
    assertThat(bench.recoveredTexts()).containsExactly("one", "two", "three");
    assertThat(bench.report.damage()).hasSize(1);
  }

  @Test
  void damagedSegmentHeaderLosesNothing() throws IOException {
    bench.restart();
    bench.commit("one");
    bench.commit("two");
    bench.log.close();
    disk.flipBit(disk.list().getFirst(), 30, 0);
    bench.recover(0);
    assertThat(bench.recoveredTexts()).containsExactly("one", "two");
    assertThat(bench.report.damage()).isNotEmpty();
  }

  @Test
  void unreadableSegmentIsSetAsideAndTheLogStarts() throws IOException {
    bench.restart();
    long one = bench.commit("one");
    bench.log.close();
    String name = disk.list().getFirst();
    try (Disk.File file = disk.open(name)) {
      file.write(java.nio.ByteBuffer.allocate(LogBench.SEGMENT_BYTES), 0);
    }
    bench.recover(one + 1).start();
    assertThat(bench.report.damage()).hasSize(1);
    assertThat(disk.list()).contains(name + ".damaged-1");
    assertThat(bench.commit("two")).isGreaterThan(one);
  }

  @Test
  void damagedSegmentIsKeptAsideWhenItIsRecycled() throws IOException {
    bench.restart();
    bench.append(0, "one", true);
    bench.log.appender(0).flush();
    bench.settle();
    bench.log.close();
    String name = disk.list().getFirst();
    disk.flipBit(name, offsetOf("one"), 0);
    bench.restart();
    bench.commit("two");
    bench.log.recycleBefore(bench.log.committedPosition());
    bench.settle();
    assertThat(disk.list()).contains(name + ".damaged-1").doesNotContain(name);
  }

  @Test
  void missingBeginningIsReported() throws IOException {
    bench.restart();
    bench.commit("one");
    bench.log.close();
    bench.restart();
    bench.commit("two");
    bench.log.close();
    disk.delete(disk.list().getFirst());
    bench.recover(0);
    assertThat(bench.recoveredTexts()).containsExactly("two");
    assertThat(bench.report.damage()).hasSize(1);
    assertThat(bench.report.damage().getFirst()).contains("are missing");
  }

  @Test
  void newerFormatIsRefused() throws IOException {
    try (Disk.File file = disk.open(Segment.name(7))) {
      file.resize(LogBench.SEGMENT_BYTES);
      file.write(
          LogFormat.segmentHeader(
              new LogFormat.SegmentHeader(LogFormat.VERSION + 1, 7, 0, 0, 0, 0)),
          0);
    }
    assertThatThrownBy(() -> bench.recover(0))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("newer release");
  }

  @Test
  void sequenceNumbersCountPerAppender() throws IOException {
    bench.restart();
    List<Long> sequences = new java.util.ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Log.Appender appender = bench.log.appender(1);
      appender.begin(10).put(appender.at(), (byte) 'x');
      sequences.add(appender.end(1, 0, true));
    }
    assertThat(sequences).containsExactly(1L, 2L, 3L);
  }

  /// Where in the first file a text lies.
  private long offsetOf(String text) {
    String bytes =
        new String(
            disk.bytes(disk.list().getFirst()), java.nio.charset.StandardCharsets.ISO_8859_1);
    return bytes.indexOf(text);
  }
}
