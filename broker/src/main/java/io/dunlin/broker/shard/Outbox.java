package io.dunlin.broker.shard;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import io.dunlin.transport.Connection;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What is to be sent on one connection. Empty, it holds nothing.
///
/// In the common case a turn's output is one contiguous piece of the read arena and goes out from
/// there without a copy. Anything else is copied into pooled buffers. One send per connection and
/// turn; what the socket does not take stays here until it does.
@OwnedBy("shard")
@HotPath(benchmark = "mqload fanin0")
final class Outbox {
  private static final int EARLY_FLUSH_BYTES = 256 * 1024;

  private final BufferPool pool;

  // a piece of the arena, valid until the end of the turn
  private @Nullable ByteBuffer arena;
  private int arenaFrom;
  private int arenaTo;

  // copied output: full buffers first, then the one being filled
  private @Nullable ArrayDeque<Piece> full;
  private @Nullable ByteBuffer current;
  private int currentFrom;
  private int currentTo;
  private long copiedBytes;
  private boolean blocked;

  private record Piece(ByteBuffer buffer, int from, int to) {}

  Outbox(BufferPool pool) {
    this.pool = pool;
  }

  /// Whether the socket has refused bytes, and will say when it takes more.
  boolean blocked() {
    return blocked;
  }

  /// Bytes that wait.
  long bytes() {
    return copiedBytes + arenaTo - arenaFrom;
  }

  boolean isEmpty() {
    return copiedBytes == 0 && arenaTo == arenaFrom;
  }

  /// Whether so much was gathered in this turn that it should go out now.
  boolean shouldFlush() {
    return !blocked && copiedBytes >= EARLY_FLUSH_BYTES;
  }

  /// Appends bytes that lie in the read arena; they must stay until the end of the turn.
  @SuppressWarnings("ReferenceEquality") // is it the very buffer of before?
  void appendArena(ByteBuffer source, int from, int to) {
    if (copiedBytes == 0 && !blocked) {
      if (arenaTo == arenaFrom) {
        arena = source;
        arenaFrom = from;
        arenaTo = to;
        return;
      }
      if (arena == source && arenaTo == from) {
        arenaTo = to;
        return;
      }
    }
    int bytes = to - from;
    ByteBuffer target = reserve(bytes);
    target.put(at(), source, from, bytes);
    commit(bytes);
  }

  /// Makes room for `bytes` more, to be written at [#at] and ended by [#commit].
  ByteBuffer reserve(int bytes) {
    if (arenaTo > arenaFrom) {
      copyArena();
    }
    ByteBuffer buffer = current;
    if (buffer == null || buffer.capacity() - currentTo < bytes) {
      buffer = nextBuffer(bytes);
    }
    return buffer;
  }

  /// Where in the reserved buffer to write.
  int at() {
    return currentTo;
  }

  /// Ends what was reserved at its real length.
  void commit(int bytes) {
    currentTo += bytes;
    copiedBytes += bytes;
  }

  /// Offers all to the socket. Returns whether everything went.
  boolean flush(Connection connection) {
    if (blocked) {
      return false;
    }
    if (arenaTo > arenaFrom) {
      ByteBuffer source = Objects.requireNonNull(arena);
      assert copiedBytes == 0;
      int sent = connection.send(source, arenaFrom, arenaTo);
      arenaFrom += sent;
      if (arenaFrom < arenaTo) {
        copyArena();
        blocked = true;
        return false;
      }
      arenaFrom = 0;
      arenaTo = 0;
      arena = null;
      return true;
    }
    return flushCopied(connection);
  }

  /// The socket takes bytes again.
  boolean onWritable(Connection connection) {
    blocked = false;
    return flush(connection);
  }

  /// Gives all buffers back.
  void clear() {
    arena = null;
    arenaFrom = 0;
    arenaTo = 0;
    if (full != null) {
      full.forEach(piece -> pool.give(piece.buffer));
      full = null;
    }
    releaseCurrent();
    copiedBytes = 0;
  }

  private boolean flushCopied(Connection connection) {
    while (full != null) {
      Piece piece = full.peekFirst();
      if (piece == null) {
        full = null;
        break;
      }
      int sent = connection.send(piece.buffer, piece.from, piece.to);
      copiedBytes -= sent;
      full.removeFirst();
      if (piece.from + sent < piece.to) {
        full.addFirst(new Piece(piece.buffer, piece.from + sent, piece.to));
        blocked = true;
        return false;
      }
      pool.give(piece.buffer);
    }
    ByteBuffer buffer = current;
    if (buffer == null) {
      return true;
    }
    if (currentTo > currentFrom) {
      int sent = connection.send(buffer, currentFrom, currentTo);
      copiedBytes -= sent;
      currentFrom += sent;
      if (currentFrom < currentTo) {
        blocked = true;
        return false;
      }
    }
    releaseCurrent();
    return true;
  }

  private void copyArena() {
    ByteBuffer source = Objects.requireNonNull(arena);
    int from = arenaFrom;
    int bytes = arenaTo - arenaFrom;
    arena = null;
    arenaFrom = 0;
    arenaTo = 0;
    ByteBuffer target = reserve(bytes);
    target.put(currentTo, source, from, bytes);
    commit(bytes);
  }

  private ByteBuffer nextBuffer(int bytes) {
    ByteBuffer old = current;
    if (old == null) {
      ByteBuffer first = bytes <= BufferPool.SMALL_BYTES ? pool.takeSmall() : pool.take(bytes);
      return begin(first, 0);
    }
    int left = currentTo - currentFrom;
    if (old.capacity() == BufferPool.SMALL_BYTES) {
      ByteBuffer bigger = pool.take(left + bytes); // one piece, one send
      bigger.put(0, old, currentFrom, left);
      pool.give(old);
      return begin(bigger, left);
    }
    if (left > 0) {
      if (full == null) {
        full = new ArrayDeque<>(4);
      }
      full.addLast(new Piece(old, currentFrom, currentTo));
    } else {
      pool.give(old);
    }
    return begin(pool.take(bytes), 0);
  }

  private ByteBuffer begin(ByteBuffer buffer, int to) {
    current = buffer;
    currentFrom = 0;
    currentTo = to;
    return buffer;
  }

  private void releaseCurrent() {
    if (current != null) {
      pool.give(current);
      current = null;
      currentFrom = 0;
      currentTo = 0;
    }
  }
}
