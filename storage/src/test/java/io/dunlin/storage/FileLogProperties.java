package io.dunlin.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.storage.LogBench.Entry;
import io.dunlin.storage.fixture.SimDisk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What holds for a log whatever happens to it, tried with many seeds. The seed is in the message
/// of a failure; `-Ddunlin.seeds=…` tries more of them.
class FileLogProperties {
  private static final int SEEDS = Integer.getInteger("dunlin.seeds", 1500);

  @Test
  void whatWasCommittedSurvivesAnyCrashes() {
    for (int seed = 0; seed < SEEDS; seed++) {
      try {
        new CrashRun(seed).run();
      } catch (IOException | RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  @Test
  void flippedBitsLoseOnlyWhatTheyHitAndAreReported() {
    for (int seed = 0; seed < SEEDS; seed++) {
      try {
        new DamageRun(seed).flipBits();
      } catch (IOException | RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  @Test
  void recoveryInventsNothingFromGarbageAndNeverRefuses() {
    for (int seed = 0; seed < SEEDS; seed++) {
      try {
        new DamageRun(seed).overwrite();
      } catch (IOException | RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  /// Appends, commits, recycles, crashes and recovers at random, beside a list of what must be
  /// there.
  private static final class CrashRun {
    private final Random random;
    private final SimDisk disk;
    private final LogBench bench;
    private final int shards;

    /// Handed out, or recovered by a log that started: these are never lost.
    private final List<Entry> certain = new ArrayList<>();

    /// Appended by each shard since the last start.
    private final List<List<String>> appended = new ArrayList<>();

    private int nextRecord;
    private long recycledBelow;
    private long highestPosition;

    CrashRun(int seed) {
      this.random = new Random(seed);
      this.disk = new SimDisk(seed);
      this.shards = 1 + random.nextInt(3);
      this.bench = new LogBench(disk, shards);
    }

    void run() throws IOException {
      int lives = 1 + random.nextInt(5);
      for (int life = 0; life < lives; life++) {
        begin();
        live();
        end();
      }
      begin();
    }

    /// Recovers and starts; the power may fail meanwhile, several times.
    private void begin() throws IOException {
      boolean started = false;
      while (!started) {
        boolean fails = random.nextInt(4) == 0;
        if (fails) {
          disk.powerOffAfter(random.nextInt(12));
        }
        try {
          bench.recover(recycledBelow);
          checkRecovered();
          bench.start();
          started = true;
        } catch (IOException e) {
          if (!disk.powerIsOff()) {
            throw e;
          }
          disk.crash();
        }
      }
      certain.clear();
      certain.addAll(bench.recovered);
      appended.clear();
      for (int shard = 0; shard < shards; shard++) {
        appended.add(new ArrayList<>());
      }
      if (!disk.powerIsOff() && random.nextBoolean()) {
        disk.powerOffAfter(random.nextInt(60));
      }
    }

    private void checkRecovered() {
      assertThat(bench.report.damage()).as("damage").isEmpty();
      List<Entry> expected = certain.stream().filter(e -> e.position() >= recycledBelow).toList();
      assertThat(bench.recovered).hasSizeGreaterThanOrEqualTo(expected.size());
      assertThat(bench.recovered.subList(0, expected.size())).isEqualTo(expected);
      List<Entry> more = bench.recovered.subList(expected.size(), bench.recovered.size());
      Map<Integer, Integer> next = new HashMap<>();
      Set<String> committed = new HashSet<>(certain.stream().map(Entry::text).toList());
      long last = expected.isEmpty() ? -1 : expected.getLast().position();
      for (Entry entry : more) {
        assertThat(entry.position()).isGreaterThan(last);
        last = entry.position();
        int shard = entry.text().charAt(0) - '0';
        List<String> possible =
            appended.get(shard).stream().filter(text -> !committed.contains(text)).toList();
        int index = next.merge(shard, 1, Integer::sum) - 1;
        assertThat(possible).as("appended by shard %d", shard).hasSizeGreaterThan(index);
        assertThat(entry.text()).isEqualTo(possible.get(index));
      }
      highestPosition = Math.max(highestPosition, last);
    }

    private void live() throws IOException {
      int steps = random.nextInt(60);
      for (int i = 0; i < steps && bench.failures.isEmpty(); i++) {
        step();
        takeCommitted();
      }
    }

    private void step() throws IOException {
      int shard = random.nextInt(shards);
      Log.Appender appender = bench.log.appender(shard);
      switch (random.nextInt(10)) {
        case 0, 1, 2, 3 -> append(shard);
        case 4, 5 -> appender.flush();
        case 6 -> bench.log.work();
        case 7 -> bench.settle();
        case 8 -> bench.clock.advance(random.nextLong(2 * LogBench.LAZY_NANOS));
        default -> {
          if (random.nextInt(4) == 0) {
            recycle();
          } else {
            readBack();
          }
        }
      }
    }

    private void append(int shard) {
      String text = shard + ":" + nextRecord++ + ":" + "x".repeat(randomLength());
      if (bench.log.appender(shard).hasRoom(text.length())) {
        bench.append(shard, text, random.nextLong(1L << shards), random.nextBoolean());
        appended.get(shard).add(text);
      }
    }

    private int randomLength() {
      return switch (random.nextInt(12)) {
        case 0 -> random.nextInt(5000);
        case 1, 2, 3 -> random.nextInt(900);
        default -> random.nextInt(60);
      };
    }

    private void takeCommitted() {
      for (Entry entry : bench.committed) {
        assertThat(entry.position()).isGreaterThan(highestPosition);
        highestPosition = entry.position();
        certain.add(entry);
      }
      bench.committed.clear();
    }

    private void recycle() {
      if (!certain.isEmpty()) {
        Entry entry = certain.get(random.nextInt(certain.size()));
        recycledBelow = Math.max(recycledBelow, entry.position());
        bench.log.recycleBefore(recycledBelow);
      }
    }

    private void readBack() throws IOException {
      if (certain.isEmpty() || disk.powerIsOff()) {
        return;
      }
      Entry entry = certain.get(random.nextInt(certain.size()));
      byte[] bytes = bench.reader.read(entry.position());
      if (bytes == null) {
        assertThat(entry.position()).isLessThan(recycledBelow);
      } else {
        assertThat(new String(bytes, UTF_8)).isEqualTo(entry.text());
      }
    }

    private void end() throws IOException {
      if (bench.failures.isEmpty() && !disk.powerIsOff() && random.nextInt(4) == 0) {
        for (int shard = 0; shard < shards; shard++) {
          bench.log.appender(shard).flush();
        }
        bench.log.close();
        takeCommitted();
      }
      if (bench.failures.isEmpty() && !disk.powerIsOff() && random.nextInt(3) == 0) {
        disk.kill();
      } else {
        disk.crash();
      }
      bench.failures.clear();
    }
  }

  /// Writes a log, damages its files, and recovers it.
  private static final class DamageRun {
    private final Random random;
    private final SimDisk disk;
    private final LogBench bench;
    private final List<Entry> written = new ArrayList<>();
    private final List<Long> groups = new ArrayList<>();

    DamageRun(int seed) throws IOException {
      this.random = new Random(seed);
      this.disk = new SimDisk(seed);
      this.bench = new LogBench(disk, 1);
      int lives = 1 + random.nextInt(3);
      for (int life = 0; life < lives; life++) {
        bench.restart();
        int groups = random.nextInt(20);
        for (int i = 0; i < groups; i++) {
          writeGroup();
        }
        written.addAll(bench.committed);
        if (random.nextBoolean()) {
          bench.log.close();
        }
        disk.kill();
      }
    }

    private void writeGroup() {
      long group = bench.log.committedPosition();
      groups.add(group);
      int records = 1 + random.nextInt(8);
      for (int i = 0; i < records; i++) {
        int length = random.nextInt(10) == 0 ? random.nextInt(4000) : random.nextInt(100);
        String text = group + ":" + i + ":" + "x".repeat(length);
        if (bench.log.appender(0).hasRoom(text.length())) {
          bench.append(0, text, true);
        }
      }
      bench.log.appender(0).flush();
      bench.settle();
    }

    private List<String> files() {
      return disk.list().stream().filter(name -> name.startsWith("log-")).toList();
    }

    void flipBits() throws IOException {
      Set<Entry> hit = new HashSet<>();
      boolean tailHit = false;
      long lastGroup = groups.isEmpty() ? 0 : groups.getLast();
      Map<String, Long> firsts = new HashMap<>();
      files().forEach(name -> firsts.put(name, first(disk.bytes(name))));
      int flips = 1 + random.nextInt(4);
      for (int i = 0; i < flips; i++) {
        String name = files().get(random.nextInt(files().size()));
        byte[] bytes = disk.bytes(name);
        int offset = random.nextInt(4) == 0 ? random.nextInt(64) : random.nextInt(usedBytes(bytes));
        long position = firsts.getOrDefault(name, 0L) + offset - LogFormat.SEGMENT_HEADER_BYTES;
        tailHit |= position >= lastGroup;
        if (offset >= LogFormat.SEGMENT_HEADER_BYTES) {
          written.stream().filter(entry -> covers(entry, position)).forEach(hit::add);
        }
        disk.flipBit(name, offset, random.nextInt(8));
      }
      bench.recover(0);
      assertThat(bench.recovered).isSubsetOf(written).isSortedAccordingTo(this::byPosition);
      List<Entry> missing = new ArrayList<>(written);
      missing.removeAll(bench.recovered);
      // A group is proven by the next one: flips in the last few may cost all of them.
      long tail =
          groups.isEmpty() || !tailHit
              ? Long.MAX_VALUE
              : groups.get(Math.max(0, groups.size() - flips));
      assertThat(missing)
          .as("hit %s, last group at %d, %s", hit, lastGroup, bench.report)
          .allMatch(entry -> hit.contains(entry) || entry.position() >= tail);
      if (missing.stream().anyMatch(entry -> entry.position() < tail)) {
        assertThat(bench.report.damage()).isNotEmpty();
      }
      startsAgain();
    }

    private int byPosition(Entry a, Entry b) {
      return Long.compare(a.position(), b.position());
    }

    private static boolean covers(Entry entry, long position) {
      long end = entry.position() + LogFormat.FRAME_BYTES + entry.text().length();
      return position >= entry.position() && position < end;
    }

    private static long first(byte[] bytes) {
      LogFormat.SegmentHeader header =
          LogFormat.parseSegmentHeader(java.nio.ByteBuffer.wrap(bytes));
      return java.util.Objects.requireNonNull(header).firstPosition();
    }

    private static int usedBytes(byte[] bytes) {
      int used = bytes.length;
      while (used > 1 && bytes[used - 1] == 0) {
        used--;
      }
      return used;
    }

    void overwrite() throws IOException {
      int parts = 1 + random.nextInt(4);
      for (int i = 0; i < parts; i++) {
        String name = files().get(random.nextInt(files().size()));
        byte[] garbage = new byte[1 + random.nextInt(6000)];
        if (random.nextBoolean()) {
          random.nextBytes(garbage);
        }
        try (Disk.File file = disk.open(name)) {
          file.write(java.nio.ByteBuffer.wrap(garbage), random.nextInt(LogBench.SEGMENT_BYTES));
          if (random.nextInt(5) == 0) {
            file.resize(random.nextInt(LogBench.SEGMENT_BYTES));
          }
        }
      }
      bench.recover(0);
      assertThat(bench.recovered).isSubsetOf(written).isSortedAccordingTo(this::byPosition);
      startsAgain();
    }

    /// What was recovered stays, and new records are found beside it.
    private void startsAgain() throws IOException {
      List<Entry> before = List.copyOf(bench.recovered);
      bench.start();
      bench.commit("new");
      Entry added = bench.committed.getLast();
      disk.crash();
      bench.recover(0);
      assertThat(bench.recovered).containsAll(before).contains(added);
    }
  }
}
