package io.dunlin.storage;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The segment files: the ones that hold records, in order, and the spare ones.
///
/// Thread-safe. The log's thread opens the next segment, the maintenance makes spare ones and takes
/// back old ones, anybody reads. One lock guards the two lists: it is taken a few times a segment,
/// and by readers never.
final class Segments {
  private static final Logger LOG = LoggerFactory.getLogger(Segments.class);

  private static final long QUICK_BYTES = 8 << 20;

  private final Disk disk;
  private final LogConfig config;
  private final LogCounters counters;

  // Guarded by this; `live` is replaced, never changed.
  private volatile List<Segment> live = List.of();
  private final Deque<String> spares = new ArrayDeque<>();
  private long nextGeneration;
  private long nextSpare;
  private volatile boolean outOfSpace;

  Segments(Disk disk, LogConfig config, LogCounters counters) {
    this.disk = disk;
    this.config = config;
    this.counters = counters;
  }

  /// Takes over what recovery has found, and the spare segments.
  synchronized void recovered(List<Segment> segments, long nextGeneration) throws IOException {
    this.live = List.copyOf(segments);
    this.nextGeneration = nextGeneration;
    for (String name : disk.list()) {
      if (Segment.isSpare(name)) {
        nextSpare = Math.max(nextSpare, Long.parseLong(name.substring("spare-".length())) + 1);
        try (Disk.File file = disk.open(name)) {
          // Only a finished one has its whole length; others are left from a crash.
          if (file.size() == config.segmentBytes()) {
            spares.add(name);
          } else {
            disk.delete(name);
          }
        }
      }
    }
    count();
  }

  /// While recovery reads `segments`, their records can be looked up, too.
  synchronized void scanning(List<Segment> segments) {
    live = List.copyOf(segments);
  }

  /// The segments that hold records, oldest first. Immutable.
  List<Segment> live() {
    return live;
  }

  /// The segment in which `position` lies, or null when it is older than all.
  @Nullable Segment find(long position) {
    List<Segment> segments = live;
    int low = 0;
    int high = segments.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (segments.get(middle).firstPosition() <= position) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == 0 ? null : segments.get(low - 1);
  }

  /// Whether no spare segment could be made and at most the reserve is left.
  boolean outOfSpace() {
    return outOfSpace;
  }

  synchronized boolean hasSpare() {
    return !spares.isEmpty();
  }

  /// Makes a spare segment the newest one that holds records: its header is forced before it gets
  /// its name, and the name is forced before anything is written behind the header. Null when there
  /// is no spare.
  @Nullable Segment open(long firstPosition, long previousEnd, long sequence, int predecessor)
      throws IOException {
    String spare;
    long generation;
    synchronized (this) {
      spare = spares.poll();
      if (spare == null) {
        return null;
      }
      generation = nextGeneration++;
    }
    Disk.File file = disk.open(spare);
    LogFormat.SegmentHeader header =
        new LogFormat.SegmentHeader(
            LogFormat.VERSION, generation, firstPosition, previousEnd, sequence, predecessor);
    file.write(LogFormat.segmentHeader(header), 0);
    file.force();
    return publish(spare, file, header);
  }

  private Segment publish(String from, Disk.File file, LogFormat.SegmentHeader header)
      throws IOException {
    long bytes = file.size();
    file.close();
    String name = Segment.name(header.generation());
    disk.rename(from, name);
    disk.forceNames();
    Segment segment = Segment.of(header, disk.open(name), bytes - LogFormat.SEGMENT_HEADER_BYTES);
    synchronized (this) {
      List<Segment> segments = new ArrayList<>(live);
      segments.add(segment);
      live = List.copyOf(segments);
      count();
    }
    return segment;
  }

  /// Writes `batches` into a segment of their own, for recovery. All or nothing: the file gets its
  /// name when all is forced. Its generation is the next one.
  Segment rewrite(long bytes, LogFormat.SegmentHeader header, BatchWriter batches)
      throws IOException {
    synchronized (this) {
      assert header.generation() == nextGeneration : header + ", not " + nextGeneration;
      nextGeneration++;
    }
    long size = LogFormat.SEGMENT_HEADER_BYTES + bytes;
    String name = newSpareName();
    if (!make(name, size)) {
      synchronized (this) {
        name = spares.poll();
      }
      if (name == null || config.segmentBytes() < size) {
        throw new IOException(
            "no space for the " + size + " bytes that the log must write before it can start");
      }
    }
    Disk.File file = disk.open(name);
    file.write(LogFormat.segmentHeader(header), 0);
    batches.write(file, header.generation());
    file.force();
    return publish(name, file, header);
  }

  /// Writes batches behind the header of a segment file.
  interface BatchWriter {
    void write(Disk.File file, long generation) throws IOException;
  }

  /// Makes one spare segment if some are missing. Returns whether more are missing and there may be
  /// space for them.
  boolean prepare() {
    synchronized (this) {
      if (spares.size() >= config.spareSegments()) {
        outOfSpace = false;
        return false;
      }
    }
    return prepare(config.segmentBytes());
  }

  /// Makes a smaller spare segment, so that a start need not wait for a whole one.
  void prepareQuickly() {
    prepare(Math.min(config.segmentBytes(), Math.max(QUICK_BYTES, 2L * config.batchBytes())));
  }

  private boolean prepare(long bytes) {
    String name = newSpareName();
    boolean made = make(name, bytes);
    synchronized (this) {
      if (made) {
        spares.add(name);
        outOfSpace = outOfSpace && spares.size() < config.spareSegments();
      } else {
        counters.spareFailed();
        if (!outOfSpace) {
          LOG.warn("log.outOfSpace segmentBytes={} spareSegments={}", bytes, spares.size());
        }
        outOfSpace = true;
      }
      count();
      return made && spares.size() < config.spareSegments();
    }
  }

  private synchronized String newSpareName() {
    return "spare-" + nextSpare++;
  }

  private boolean make(String name, long bytes) {
    try (Disk.File file = disk.open(name)) {
      file.resize(bytes);
      file.force();
    } catch (IOException e) {
      LOG.debug("log.spareFailed name={} bytes={}", name, bytes, e);
      deleteQuietly(name);
      return false;
    }
    return true;
  }

  private void deleteQuietly(String name) {
    try {
      disk.delete(name);
    } catch (IOException e) {
      LOG.warn("log.deleteFailed name={}", name, e);
    }
  }

  /// Whether [#recycle] would do something. Any thread.
  boolean canRecycle(long position) {
    List<Segment> segments = live;
    return segments.size() > 1 && segments.get(1).previousEnd() <= position;
  }

  /// Takes back the segments whose records all lie below `position`, but never the newest.
  void recycle(long position) {
    List<Segment> dropped = new ArrayList<>();
    synchronized (this) {
      int count = 0;
      while (count + 1 < live.size() && live.get(count + 1).previousEnd() <= position) {
        dropped.add(live.get(count++));
      }
      live = List.copyOf(live.subList(count, live.size()));
    }
    if (dropped.isEmpty()) {
      return;
    }
    try {
      List<String> reusable = new ArrayList<>();
      for (Segment segment : dropped) {
        Segment.closeQuietly(segment.file());
        if (segment.damaged()) {
          Segment.setAside(disk, segment.name());
        } else {
          reusable.add(segment.name());
        }
      }
      takeBack(reusable);
    } catch (IOException e) {
      // What still has its old name is found and taken back at the next start.
      LOG.warn("log.recycleFailed", e);
    }
  }

  /// Makes segment files whose records nobody needs spare ones, or deletes them.
  void takeBack(List<String> names) throws IOException {
    List<String> reusable = new ArrayList<>();
    for (String name : names) {
      if (wanted(reusable.size()) && size(name) == config.segmentBytes()) {
        String spare = newSpareName();
        disk.rename(name, spare);
        reusable.add(spare);
      } else {
        disk.delete(name);
      }
    }
    disk.forceNames(); // before a new header is written: a file of the old name would show it
    synchronized (this) {
      spares.addAll(reusable);
      outOfSpace = outOfSpace && spares.size() < config.spareSegments();
      count();
    }
  }

  private synchronized boolean wanted(int more) {
    return spares.size() + more < config.spareSegments();
  }

  private long size(String name) throws IOException {
    try (Disk.File file = disk.open(name)) {
      return file.size();
    }
  }

  private void count() {
    assert Thread.holdsLock(this);
    counters.segments(live.size(), spares.size());
  }

  synchronized void close() {
    live.forEach(segment -> Segment.closeQuietly(segment.file()));
  }
}
