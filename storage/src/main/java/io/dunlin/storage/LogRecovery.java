package io.dunlin.storage;

import io.dunlin.base.OwnedBy;
import io.dunlin.storage.LogFormat.BatchHeader;
import io.dunlin.storage.LogFormat.SegmentHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32C;

/// Reads what a crash, or an orderly end, has left.
///
/// Every header, of a segment or a batch, names a position below which all was forced when it was
/// written. The highest of these, the *proven position*, divides the log. Below it nothing may be
/// missing: a hole there is damage, it is reported, and reading goes on behind it. Above it lies
/// the *tail*: at most the last group, which may have been forced (and acknowledged) or not. It is
/// kept up to its first hole.
///
/// A scanned segment is never written again. [#rewriteTail] copies the tail into a segment of a new
/// generation that begins at the proven position; the records keep their positions, and the old
/// segment counts only up to there. New records begin behind all that any scanned segment could
/// have held, so that no position is used twice.
@OwnedBy("caller")
final class LogRecovery {
  private static final int MAX_DAMAGE_LINES = 1000;

  private final Disk disk;
  private final Segments readable;

  // what was found
  private final List<Segment> segments = new ArrayList<>();
  private final List<String> superseded = new ArrayList<>();
  private final List<String> damage = new ArrayList<>();
  private long damageNotListed;
  private long records;
  private long nextGeneration = 1;
  private long unreadableBytes;
  private boolean unreadableNewest;

  // the tail
  private long tailFrom;
  private long tailEnd;
  private long tailBatchSequence;
  private int tailPredecessor;
  private long discardedBytes;
  private long nextPosition;

  // the chain of batches while scanning
  private boolean chainKnown;
  private long chainSequence;
  private int chainChecksum;

  /// @param readable where records can be read by position while they are visited
  LogRecovery(Disk disk, Segments readable) {
    this.disk = disk;
    this.readable = readable;
  }

  /// Scans all; see [Log#recover].
  ///
  /// @throws IOException when the directory cannot be read, or a newer release has written it
  RecoveryReport run(long fromPosition, Log.RecordVisitor visitor) throws IOException {
    openSegments();
    dropSuperseded();
    findTail();
    reportMissingStart(fromPosition);
    readable.scanning(segments);
    try {
      for (int i = 0; i < segments.size(); i++) {
        scan(i, fromPosition, visitor);
      }
    } finally {
      readable.scanning(List.of());
    }
    nextPosition = Math.max(nextPosition, Math.max(fromPosition, tailEnd)) + unreadableBytes;
    long damagedParts = damage.size() + damageNotListed;
    if (damageNotListed > 0) {
      damage.add("and " + damageNotListed + " more damaged parts");
    }
    return new RecoveryReport(records, tailEnd, damage, damagedParts, discardedBytes);
  }

  private void openSegments() throws IOException {
    List<String> names = disk.list();
    for (String name : names) {
      long generation = Math.max(Segment.generation(name), Segment.setAsideGeneration(name));
      nextGeneration = Math.max(nextGeneration, generation + 1);
    }
    for (String name : names) {
      if (Segment.generation(name) >= 0) {
        openSegment(name);
      }
    }
    // What was set aside may have been newer than all that is left; its positions were used.
    long newest = segments.isEmpty() ? -1 : segments.getLast().generation();
    for (String name : disk.list()) {
      if (Segment.setAsideGeneration(name) > newest) {
        try (Disk.File file = disk.open(name)) {
          unreadableBytes += file.size();
          unreadableNewest = true;
        }
      }
    }
  }

  private void openSegment(String name) throws IOException {
    long generation = Segment.generation(name);
    Disk.File file = disk.open(name);
    long capacity = file.size() - LogFormat.SEGMENT_HEADER_BYTES;
    SegmentHeader header = capacity > 0 ? readHeader(file) : null;
    if (header != null && header.generation() == generation) {
      if (header.version() > LogFormat.VERSION) {
        file.close();
        throw new IOException(
            name
                + " was written by a newer release (format "
                + header.version()
                + "); this one reads formats up to "
                + LogFormat.VERSION);
      }
      segments.add(Segment.of(header, file, capacity));
      return;
    }
    long first = -1;
    if (capacity > 0) {
      Segment unplaced = Segment.headless(generation, file, 0, capacity);
      first = new SegmentScanner(unplaced).findFirstPosition();
    }
    if (first < 0) {
      file.close();
      report(name + ": its header is damaged and no batch is readable; set aside");
      Segment.setAside(disk, name);
      disk.forceNames();
    } else {
      report(name + ": its header is damaged");
      segments.add(Segment.headless(generation, file, first, capacity));
    }
  }

  private static @org.jspecify.annotations.Nullable SegmentHeader readHeader(Disk.File file) {
    ByteBuffer block = ByteBuffer.allocate(LogFormat.SEGMENT_HEADER_BYTES);
    try {
      file.read(block, 0);
    } catch (IOException _) {
      return null; // an unreadable sector: damage
    }
    return LogFormat.parseSegmentHeader(block.flip());
  }

  /// A rewritten tail begins where the segment before it has its own: that one ends there.
  private void dropSuperseded() {
    List<Segment> kept = new ArrayList<>();
    long limit = Long.MAX_VALUE;
    for (Segment segment : segments.reversed()) {
      if (segment.firstPosition() < limit) {
        kept.add(segment);
        limit = segment.firstPosition();
      } else {
        superseded.add(segment.name());
        Segment.closeQuietly(segment.file());
      }
      nextPosition = Math.max(nextPosition, segment.firstPosition() + segment.capacity());
    }
    Collections.reverse(kept);
    segments.clear();
    segments.addAll(kept);
  }

  /// The proven position: the newest segment's header, and its batches' headers, hold it.
  private void findTail() {
    if (segments.isEmpty()) {
      tailFrom = 0;
      tailEnd = 0;
      return;
    }
    Segment last = segments.getLast();
    SegmentScanner scanner = new SegmentScanner(last);
    long proven = last.firstPosition();
    long position = last.firstPosition();
    long end = position;
    while (true) {
      BatchHeader header = scanner.batchAt(position);
      if (header == null) {
        header = scanner.findBatch(position, scanner.end());
      }
      if (header == null) {
        break;
      }
      proven = Math.max(proven, Math.min(header.forcedPosition(), header.position()));
      position = header.end();
      if (header.count() > 0) {
        end = position;
      }
    }
    end = Math.max(end, proven);
    tailFrom = proven;
    tailEnd = proven;
    discardedBytes = end - proven;
    if (unreadableNewest) {
      // A newer segment was there, though nothing of it is left: so this one was forced wholly.
      tailFrom = end;
      tailEnd = end;
      discardedBytes = 0;
    }
  }

  private void reportMissingStart(long fromPosition) {
    if (!segments.isEmpty() && segments.getFirst().previousEnd() > fromPosition) {
      report(
          String.format(
              Locale.ROOT,
              "positions %d to %d are missing: the log begins with %s",
              fromPosition,
              segments.getFirst().firstPosition(),
              segments.getFirst().name()));
    }
  }

  /// Where the records of segment `index` end, for certain; that of the newest is not known.
  private long provenEnd(int index) {
    return index + 1 < segments.size()
        ? Math.min(segments.get(index + 1).previousEnd(), segments.get(index + 1).firstPosition())
        : tailFrom;
  }

  private void scan(int index, long fromPosition, Log.RecordVisitor visitor) {
    boolean newest = index + 1 == segments.size();
    long provenEnd = provenEnd(index);
    if (!newest && provenEnd <= fromPosition) {
      return;
    }
    Segment segment = segments.get(index);
    Scan scan = new Scan(segment, fromPosition, visitor);
    chainKnown = segment.sequence() >= 0;
    chainSequence = chainKnown ? segment.sequence() : chainSequence;
    chainChecksum = segment.predecessor();
    boolean intact = scan.proven(provenEnd);
    if (newest) {
      tailPredecessor = chainKnown ? chainChecksum : 0;
      tailBatchSequence = chainSequence;
      scan.tail();
      discardedBytes = Math.max(0, tailFrom + discardedBytes - tailEnd);
    }
    if (!intact) {
      segments.set(index, segment.asDamaged());
    }
  }

  private void report(String line) {
    if (damage.size() < MAX_DAMAGE_LINES) {
      damage.add(line);
    } else {
      damageNotListed++;
    }
  }

  /// One pass over one segment.
  private final class Scan {
    private final Segment segment;
    private final SegmentScanner scanner;
    private final long fromPosition;
    private final Log.RecordVisitor visitor;
    private boolean intact = true;

    Scan(Segment segment, long fromPosition, Log.RecordVisitor visitor) {
      this.segment = segment;
      this.scanner = new SegmentScanner(segment);
      this.fromPosition = fromPosition;
      this.visitor = visitor;
    }

    /// Reads up to `end`, over all holes. Returns whether there was none.
    boolean proven(long end) {
      long stop = Math.min(end, scanner.end());
      long position = segment.firstPosition();
      while (position < stop) {
        BatchHeader header = scanner.batchAt(position);
        if (header != null && header.end() <= stop) {
          checkChain(header);
          provenRecords(header);
          follow(header);
          position = header.end();
        } else {
          position = hole(position, stop);
        }
      }
      if (stop < end) {
        damaged(stop, end, "the file is too short");
      }
      return intact;
    }

    private void provenRecords(BatchHeader header) {
      long position = header.position() + LogFormat.BATCH_HEADER_BYTES;
      for (int i = 0; i < header.count(); i++) {
        int length = scanner.recordAt(position, header.end());
        if (length == 0) {
          int found = salvage(position, header.end());
          int lost = header.count() - i - found;
          damaged(position, header.end(), lost + " of " + header.count() + " records lost");
          return;
        }
        visit(position, length);
        position += LogFormat.FRAME_BYTES + length;
      }
    }

    /// Between batches: the header of one, at least, is damaged. Returns where the next begins.
    private long hole(long position, long stop) {
      BatchHeader next = scanner.findBatch(position + LogFormat.ALIGNMENT, stop);
      long end = next == null ? stop : next.position();
      int found = salvage(position, end);
      damaged(position, end, "no batch header, " + found + " records found without");
      chainKnown = false;
      return end;
    }

    /// Visits the records in `[from, to)` whose frames can be found. Returns how many.
    private int salvage(long from, long to) {
      int found = 0;
      long gap = from;
      long position = scanner.findRecord(gap, to);
      while (position < to) {
        visitDamaged(gap, position, position);
        int length = scanner.recordAt(position, to);
        visit(position, length);
        found++;
        gap = position + LogFormat.FRAME_BYTES + length;
        position = scanner.findRecord(gap, to);
      }
      visitDamaged(gap, to - LogFormat.ALIGNMENT + 1, to);
      return found;
    }

    /// Visits the one damaged record that fills the gap behind `from`, if its length says that it
    /// ends in `[leastEnd, end]`.
    private void visitDamaged(long from, long leastEnd, long end) {
      long room = end - from - LogFormat.FRAME_BYTES;
      if (from < fromPosition || room < 1) {
        return;
      }
      int length = scanner.window(from, LogFormat.FRAME_BYTES).getInt(scanner.index(from));
      if (length < 1 || length > room || from + LogFormat.FRAME_BYTES + length < leastEnd) {
        return;
      }
      ByteBuffer buffer = scanner.window(from, LogFormat.FRAME_BYTES + length);
      int at = scanner.index(from) + LogFormat.FRAME_BYTES;
      visitor.damaged(from, buffer, at, at + length);
    }

    private void checkChain(BatchHeader header) {
      if (chainKnown && !continuesChain(header)) {
        damaged(
            header.position(),
            header.end(),
            "batch " + header.sequence() + " does not continue batch " + (chainSequence - 1));
      }
    }

    private boolean continuesChain(BatchHeader header) {
      return !chainKnown
          || (header.sequence() == chainSequence && header.predecessor() == chainChecksum);
    }

    private void follow(BatchHeader header) {
      chainKnown = true;
      chainSequence = header.sequence() + 1;
      chainChecksum = header.checksum();
    }

    /// Reads from the proven position up to the first hole.
    void tail() {
      long position = tailFrom;
      while (true) {
        BatchHeader header = scanner.batchAt(position);
        if (header == null || !continuesChain(header)) {
          return;
        }
        if (position == tailFrom) {
          tailBatchSequence = header.sequence();
        }
        if (!tailRecords(header)) {
          return;
        }
        follow(header);
        position = header.end();
        if (header.count() > 0) {
          tailEnd = position;
        }
      }
    }

    private boolean tailRecords(BatchHeader header) {
      long position = header.position() + LogFormat.BATCH_HEADER_BYTES;
      for (int i = 0; i < header.count(); i++) {
        int length = scanner.recordAt(position, header.end());
        if (length == 0) {
          return false;
        }
        visit(position, length);
        position += LogFormat.FRAME_BYTES + length;
        tailEnd = position;
      }
      return true;
    }

    private void visit(long position, int length) {
      if (position >= fromPosition) {
        records++;
        ByteBuffer buffer = scanner.window(position, LogFormat.FRAME_BYTES + length);
        int from = scanner.index(position) + LogFormat.FRAME_BYTES;
        visitor.record(position, buffer, from, from + length);
      }
    }

    private void damaged(long from, long to, String what) {
      intact = false;
      report(
          String.format(
              Locale.ROOT,
              "%s: offset %d, %d bytes (positions %d to %d): %s",
              segment.name(),
              segment.offset(from),
              to - from,
              from,
              to,
              what));
    }
  }

  /// Hands the segments over, writes the tail into one of a new generation, and forgets what that
  /// replaces.
  ///
  /// @return where the log goes on
  Continuation finish(Segments target) throws IOException {
    long previousEnd = tailFrom;
    Segment newest = segments.isEmpty() ? null : segments.getLast();
    if (newest != null && tailFrom == newest.firstPosition()) {
      previousEnd = newest.previousEnd(); // positions between the two were never used
      if (tailEnd == tailFrom && !newest.damaged()) {
        // Nothing is in it: restarts without traffic must not fill the disk.
        segments.removeLast();
        Segment.closeQuietly(newest.file());
        superseded.add(newest.name());
      }
    }
    target.recovered(segments, nextGeneration);
    Continuation next =
        tailEnd > tailFrom
            ? rewriteTail(target, previousEnd)
            : new Continuation(nextPosition, previousEnd, tailBatchSequence, tailPredecessor);
    target.takeBack(superseded);
    return next;
  }

  void close() {
    segments.forEach(segment -> Segment.closeQuietly(segment.file()));
  }

  /// Where the log goes on.
  ///
  /// @param position of the next batch
  /// @param previousEnd where the last batch before ends
  /// @param sequence of the next batch
  /// @param predecessor checksum of the last batch before
  record Continuation(long position, long previousEnd, long sequence, int predecessor) {}

  private Continuation rewriteTail(Segments target, long previousEnd) throws IOException {
    SegmentScanner scanner = new SegmentScanner(segments.getLast());
    long bytes = LogFormat.aligned(tailEnd - tailFrom);
    TailCopy copy = new TailCopy(scanner);
    SegmentHeader header =
        new SegmentHeader(
            LogFormat.VERSION,
            nextGeneration,
            tailFrom,
            previousEnd,
            tailBatchSequence,
            tailPredecessor);
    target.rewrite(bytes, header, copy);
    return new Continuation(nextPosition, tailFrom + bytes, copy.sequence, copy.predecessor);
  }

  /// Copies the tail's batches under a new generation.
  private final class TailCopy implements Segments.BatchWriter {
    private final SegmentScanner scanner;
    private final CRC32C crc = new CRC32C();
    private long sequence = tailBatchSequence;
    private int predecessor = tailPredecessor;

    TailCopy(SegmentScanner scanner) {
      this.scanner = scanner;
    }

    @Override
    public void write(Disk.File file, long generation) throws IOException {
      long position = tailFrom;
      while (position < tailEnd) {
        BatchHeader header = scanner.batchAt(position);
        if (header == null) {
          throw new IOException("the batch at position " + position + " has become unreadable");
        }
        position = copy(header, file, generation);
      }
    }

    private long copy(BatchHeader header, Disk.File file, long generation) throws IOException {
      int end = LogFormat.BATCH_HEADER_BYTES;
      int count = 0;
      ByteBuffer source = scanner.window(header.position(), header.length());
      int at = scanner.index(header.position());
      while (count < header.count() && header.position() + end < tailEnd) {
        end += LogFormat.FRAME_BYTES + source.getInt(at + end);
        count++;
      }
      int length = (int) LogFormat.aligned(end);
      ByteBuffer batch = ByteBuffer.allocateDirect(length).put(0, source, at, end);
      predecessor =
          LogFormat.seal(
              batch,
              end,
              generation,
              new BatchHeader(0, header.position(), sequence, tailFrom, predecessor, 0, count),
              crc);
      sequence++;
      file.write(batch, LogFormat.SEGMENT_HEADER_BYTES + header.position() - tailFrom);
      return header.position() + length;
    }
  }
}
