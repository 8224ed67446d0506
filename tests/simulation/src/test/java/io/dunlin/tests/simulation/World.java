package io.dunlin.tests.simulation;

import io.dunlin.base.Clock;
import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// Time, chance and what happens next: events in order of their time, all chance from one seed, and
/// a trace of what happened. Owned by one thread.
final class World implements Clock {
  private static final long START_NANOS = 1_000_000_000_000L;
  private static final long START_MILLIS = 1_750_000_000_000L;
  private static final int TAIL_LINES = Integer.getInteger("dunlin.simulation.tail", 120);

  static final long MICROSECOND = 1_000L;
  static final long MILLISECOND = 1_000_000L;
  static final long SECOND = 1_000_000_000L;

  /// Where all chance comes from.
  final Random random;

  final long seed;
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final ArrayDeque<String> tail = new ArrayDeque<>();
  private long now = START_NANOS;
  private long sequence;
  private long traceHash;
  private long traceLines;
  private @Nullable SimulationFailure failure;

  private record Event(long time, long sequence, Runnable action) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(time, other.time);
      return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
    }
  }

  World(long seed) {
    this.seed = seed;
    this.random = new Random(seed * 0x9E37_79B9_7F4A_7C15L + 1);
  }

  @Override
  public long nanos() {
    return now;
  }

  @Override
  public long epochMillis() {
    return START_MILLIS + now / MILLISECOND;
  }

  /// Runs `action` when `delayNanos` have passed.
  void after(long delayNanos, Runnable action) {
    events.add(new Event(now + Math.max(0, delayNanos), sequence++, action));
  }

  /// Runs what happens next, unless it lies behind `deadline`; false when there is nothing.
  boolean step(long deadline) {
    Event next = events.peek();
    if (next == null || next.time > deadline) {
      now = Math.max(now, deadline);
      return false;
    }
    events.poll();
    now = Math.max(now, next.time);
    next.action.run();
    if (failure != null) {
      throw failure;
    }
    return true;
  }

  /// A number that is higher than all given out before: the order of things at the same time.
  long moment() {
    return sequence++;
  }

  // -- chance ---------------------------------------------------------------------------------

  /// Whether something happens that does so once in `oneIn` times.
  boolean once(int oneIn) {
    return random.nextInt(oneIn) == 0;
  }

  /// Between `from` and `to`, both included.
  int between(int from, int to) {
    return from + random.nextInt(to - from + 1);
  }

  /// A duration up to `most`: mostly short, sometimes all of it.
  long delay(long most) {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextLong(most) + 1;
      case 1 -> random.nextLong(Math.max(1, most / 16)) + 1;
      default -> random.nextLong(Math.max(1, most / 128)) + 1;
    };
  }

  // -- what happened --------------------------------------------------------------------------

  /// Notes what happens.
  void trace(String line) {
    traceHash = traceHash * 0x1_0000_01B3L + line.hashCode() + now;
    traceLines++;
    tail.addLast(seconds() + " " + line);
    if (tail.size() > TAIL_LINES) {
      tail.removeFirst();
    }
  }

  private String seconds() {
    long micros = (now - START_NANOS) / MICROSECOND;
    String fraction = Long.toString(1_000_000 + micros % 1_000_000).substring(1);
    return micros / 1_000_000 + "." + fraction;
  }

  /// Two runs with the same hash have seen the same.
  long traceHash() {
    return traceHash;
  }

  long traceLines() {
    return traceLines;
  }

  /// Something is wrong: [#step] throws. For callers inside of the broker, which might catch it.
  void report(String what, @Nullable Throwable cause) {
    if (failure == null) {
      failure = failure(what, cause);
    }
  }

  /// Something is wrong.
  SimulationFailure failure(String what, @Nullable Throwable cause) {
    String text =
        """
        seed %d: %s
        again: ./verify -pl tests/simulation -Dtest=SimulationTest -Dseed=%d
        the last of %d events, in seconds:
          %s\
        """
            .formatted(seed, what, seed, traceLines, String.join("\n  ", tail));
    return new SimulationFailure(text, cause);
  }
}
