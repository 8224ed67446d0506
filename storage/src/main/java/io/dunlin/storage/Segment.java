package io.dunlin.storage;

import java.io.IOException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One segment file of the log that holds records. Immutable; its file is thread-safe.
///
/// @param firstPosition position of its first batch
/// @param previousEnd position behind the last batch of the segment before
/// @param sequence number of its first batch, or -1 when its header is damaged
/// @param predecessor checksum of the last batch before
/// @param capacity bytes for batches
/// @param damaged whether it is kept, when its records are not needed any more, for somebody to
///   look at
record Segment(
    long generation,
    Disk.File file,
    long firstPosition,
    long previousEnd,
    long sequence,
    int predecessor,
    long capacity,
    boolean damaged) {
  private static final Pattern LIVE = Pattern.compile("log-([0-9a-f]{16})");
  private static final Pattern SET_ASIDE = Pattern.compile("log-([0-9a-f]{16})\\.damaged-\\d+");
  private static final Pattern SPARE = Pattern.compile("spare-\\d+");

  static Segment of(LogFormat.SegmentHeader header, Disk.File file, long capacity) {
    return new Segment(
        header.generation(),
        file,
        header.firstPosition(),
        header.previousEnd(),
        header.sequence(),
        header.predecessor(),
        capacity,
        false);
  }

  /// A segment whose header is damaged.
  static Segment headless(long generation, Disk.File file, long firstPosition, long capacity) {
    return new Segment(generation, file, firstPosition, firstPosition, -1, 0, capacity, true);
  }

  String name() {
    return name(generation);
  }

  long offset(long position) {
    return LogFormat.SEGMENT_HEADER_BYTES + position - firstPosition;
  }

  long fileBytes() {
    return LogFormat.SEGMENT_HEADER_BYTES + capacity;
  }

  Segment asDamaged() {
    return new Segment(
        generation, file, firstPosition, previousEnd, sequence, predecessor, capacity, true);
  }

  static String name(long generation) {
    return String.format(Locale.ROOT, "log-%016x", generation);
  }

  /// The generation in the name of a segment file that holds records, or -1 for another file.
  static long generation(String name) {
    return generation(LIVE, name);
  }

  /// The generation in the name of a segment file that was set aside, or -1 for another file.
  static long setAsideGeneration(String name) {
    return generation(SET_ASIDE, name);
  }

  static boolean isSpare(String name) {
    return SPARE.matcher(name).matches();
  }

  private static long generation(Pattern pattern, String name) {
    Matcher matcher = pattern.matcher(name);
    return matcher.matches() ? Long.parseUnsignedLong(matcher.group(1), 16) : -1;
  }

  /// Keeps a file that cannot be read under a name that the log does not read. Keeps the newest
  /// few: a disk that goes on failing must not be filled with them.
  static void setAside(Disk disk, String name) throws IOException {
    java.util.List<String> files = disk.list();
    java.util.List<String> old =
        files.stream().filter(file -> setAsideGeneration(file) >= 0).toList();
    for (String file : old.subList(0, Math.max(0, old.size() - KEPT_DAMAGED + 1))) {
      disk.delete(file);
    }
    int number = 1;
    while (files.contains(name + ".damaged-" + number)) {
      number++;
    }
    disk.rename(name, name + ".damaged-" + number);
  }

  private static final int KEPT_DAMAGED = 8;

  static void closeQuietly(Disk.@Nullable File file) {
    if (file != null) {
      try {
        file.close();
      } catch (IOException _) {
        // Nothing in it waits to be written: what counts was forced.
      }
    }
  }
}
