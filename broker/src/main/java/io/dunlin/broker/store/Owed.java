package io.dunlin.broker.store;

import io.dunlin.base.OwnedBy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// What replayed records have left to be done in the store: a few bytes each, so that a broker can
/// serve before it is done.
///
/// Each session has a line of its own: what is done for one waits for no other. The bytes of the
/// messages stay in the log, which keeps them up to the next checkpoint; and that comes after all
/// of this.
@OwnedBy("mover")
final class Owed {
  private static final int LINE_BYTES = 200; // of the objects around a line
  private static final int LEAST_BYTES = 16;
  private static final int MOST_BYTES = 64; // of a task without identifiers

  private static final int PUT = 0;
  private static final int DROP = 1;
  private static final int RELEASE = 2;
  private static final int DROP_SESSION = 3;

  private static final int QOS_SHIFT = 2;
  private static final int RETAIN = 1 << 4;
  private static final int SHARED = 1 << 5;
  private static final int MORE = 1 << 6; // a group, identifiers

  private final Map<Long, Line> lines = new LinkedHashMap<>();
  private long bytes;

  /// Notes a task of a replay.
  void add(Keeper.Task task) {
    switch (task) {
      case Keeper.PutQueued t -> line(t.session()).put(t);
      case Keeper.DropQueued t -> line(t.session()).change(DROP, t.number());
      case Keeper.MarkReleased t -> line(t.session()).change(RELEASE, t.number());
      case Keeper.DropSession t -> {
        remove(t.session()); // it need not come before it goes
        line(t.session()).end();
      }
      case Keeper.DropQueuedRange t -> line(t.session()).range(t);
      default -> throw new IllegalArgumentException("not of a replay: " + task);
    }
  }

  private Line line(long session) {
    Line line = lines.get(session);
    if (line == null) {
      line = new Line(session);
      lines.put(session, line);
      bytes += LINE_BYTES + LEAST_BYTES;
    }
    return line;
  }

  boolean isEmpty() {
    return lines.isEmpty();
  }

  /// How many sessions have a task.
  int sessions() {
    return lines.size();
  }

  boolean has(long session) {
    return lines.containsKey(session);
  }

  /// Some session with a task. There is one.
  long session() {
    return lines.keySet().iterator().next();
  }

  /// How much memory it takes, roughly.
  long bytes() {
    return bytes;
  }

  /// The next task of a session that has one. It stays until [#done].
  Keeper.Task next(long session) {
    Line line = lines.get(session);
    if (line == null) {
      throw new IllegalArgumentException("nothing for session " + session);
    }
    return line.next();
  }

  /// What [#next] gave is carried out.
  void done(long session) {
    Line line = lines.get(session);
    if (line != null && line.done()) {
      remove(session);
    }
  }

  private void remove(long session) {
    Line line = lines.remove(session);
    if (line != null) {
      bytes -= LINE_BYTES + line.buffer.length;
    }
  }

  /// The tasks of one session, in order; numbers and positions as differences to the ones before.
  private final class Line {
    private final long session;
    private byte[] buffer = new byte[LEAST_BYTES];
    private int end;
    private long lastNumber;
    private long lastPosition;
    private @Nullable AtomicLong kept; // the same for all rows of the queue

    // where reading has come to, and will be when the present task is done
    private int at;
    private long number;
    private long position;
    private int nextAt;
    private long nextNumber;
    private long nextPosition;

    Line(long session) {
      this.session = session;
    }

    void put(Keeper.PutQueued task) {
      QueueRow row = task.row();
      boolean more = row.group() != 0 || !row.identifiers().isEmpty();
      room(MOST_BYTES + 5 * row.identifiers().size());
      buffer[end++] =
          (byte)
              (PUT
                  | row.qos() << QOS_SHIFT
                  | (row.retain() ? RETAIN : 0)
                  | (task.shared() ? SHARED : 0)
                  | (more ? MORE : 0));
      writeNumber(task.number());
      write(zigzag(row.position() - lastPosition));
      lastPosition = row.position();
      kept = task.kept();
      write(row.bytes());
      if (more) {
        write(row.group());
        write(row.identifiers().size());
        row.identifiers().forEach(this::write);
      }
    }

    void change(int type, long of) {
      room(MOST_BYTES);
      buffer[end++] = (byte) type;
      writeNumber(of);
    }

    void range(Keeper.DropQueuedRange task) {
      room(MOST_BYTES);
      buffer[end++] = DROP_SESSION | MORE;
      writeNumber(task.from());
      writeNumber(task.to());
    }

    void end() {
      buffer[end++] = DROP_SESSION;
    }

    Keeper.Task next() {
      nextAt = at;
      nextNumber = number;
      nextPosition = position;
      int head = buffer[nextAt++];
      int type = head & 3;
      if (head == DROP_SESSION) {
        return new Keeper.DropSession(session);
      }
      nextNumber += unzigzag(read());
      return switch (type) {
        case PUT -> readPut(head);
        case DROP_SESSION -> {
          long first = nextNumber;
          nextNumber += unzigzag(read());
          yield new Keeper.DropQueuedRange(session, first, nextNumber);
        }
        case DROP -> new Keeper.DropQueued(session, nextNumber);
        default -> new Keeper.MarkReleased(session, nextNumber);
      };
    }

    private Keeper.Task readPut(int head) {
      nextPosition += unzigzag(read());
      int size = (int) read();
      long group = 0;
      List<Integer> identifiers = List.of();
      if ((head & MORE) != 0) {
        group = read();
        identifiers = new ArrayList<>();
        for (long left = read(); left > 0; left--) {
          identifiers.add((int) read());
        }
      }
      QueueRow row =
          new QueueRow(
              nextPosition,
              head >> QOS_SHIFT & 3,
              (head & RETAIN) != 0,
              false,
              false,
              size,
              identifiers,
              group,
              null);
      return new Keeper.PutQueued(session, nextNumber, row, (head & SHARED) != 0, false, kept);
    }

    /// Goes on; whether that was the last.
    boolean done() {
      at = nextAt;
      number = nextNumber;
      position = nextPosition;
      return at == end;
    }

    private void room(int needed) {
      if (end + needed > buffer.length) {
        int grown = Math.max(end + needed, buffer.length + (buffer.length >> 1));
        bytes += grown - buffer.length;
        buffer = Arrays.copyOf(buffer, grown);
      }
    }

    private void writeNumber(long of) {
      write(zigzag(of - lastNumber));
      lastNumber = of;
    }

    private void write(long value) {
      long rest = value;
      while ((rest & ~0x7FL) != 0) {
        buffer[end++] = (byte) (rest | 0x80);
        rest >>>= 7;
      }
      buffer[end++] = (byte) rest;
    }

    private long read() {
      long value = 0;
      for (int shift = 0; ; shift += 7) {
        byte b = buffer[nextAt++];
        value |= (long) (b & 0x7F) << shift;
        if (b >= 0) {
          return value;
        }
      }
    }
  }

  private static long zigzag(long value) {
    return value << 1 ^ value >> 63;
  }

  private static long unzigzag(long value) {
    return value >>> 1 ^ -(value & 1);
  }
}
