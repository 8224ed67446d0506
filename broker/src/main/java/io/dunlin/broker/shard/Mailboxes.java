package io.dunlin.broker.shard;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import io.dunlin.broker.store.MessageView;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// What one shard has for the others: messages are gathered in one buffer per target and handed
/// over once per turn. Bounded by the bytes of the buffers on their way to all targets together;
/// draining needs no room anywhere, so shards never wait for each other.
///
/// An entry: u32 length, i64 session and i64 subscription of a chosen member (0 for all who
/// subscribed), i64 [SharedGroup#id] of its group, message in stored form.
@OwnedBy("shard")
@HotPath(benchmark = "mqload p2p0 with two shards")
final class Mailboxes {
  static final int ENTRY_BYTES = 28;

  private static final int BUFFER_BYTES = 256 * 1024;

  /// How many buffers may be on their way, for each target and at least; a larger one, for a large
  /// message, counts as several.
  private static final int OUTSTANDING_PER_TARGET = 8;

  private static final int MIN_OUTSTANDING = 32;

  /// How many buffers are kept for the next turns; more, of a burst, are left to the collector.
  private static final int KEPT = 32;

  /// Takes the buffers.
  interface Receiver {
    /// Entries lie at `[0, end)`; the buffer is the receiver's until it calls `done`.
    void receive(ByteBuffer buffer, int end, Runnable done);
  }

  private final Runnable roomAgain;
  private final @Nullable Receiver[] receivers;
  private final @Nullable ByteBuffer[] filling;
  private final int[] ends;
  private final int maxOutstanding;
  private final AtomicInteger outstanding = new AtomicInteger();
  private final Queue<ByteBuffer> free = new ConcurrentLinkedQueue<>();
  private final AtomicInteger kept = new AtomicInteger(); // in `free`, or about to be

  /// @param roomAgain run, on any thread, when a mailbox that was full has room
  Mailboxes(int shards, Runnable roomAgain) {
    this.roomAgain = roomAgain;
    this.receivers = new @Nullable Receiver[shards];
    this.filling = new @Nullable ByteBuffer[shards];
    this.ends = new int[shards];
    this.maxOutstanding = Math.max(MIN_OUTSTANDING, OUTSTANDING_PER_TARGET * (shards - 1));
  }

  /// Says who gets what is for shard `index`.
  void connect(int index, Receiver receiver) {
    receivers[index] = receiver;
  }

  /// Whether another message finds room in every mailbox, however large it is.
  boolean haveRoom() {
    return outstanding.getOpaque() < maxOutstanding;
  }

  /// Memory of the buffers that are on their way, or kept. Any thread.
  long bytes() {
    return (long) BUFFER_BYTES * (outstanding.getOpaque() + kept.getOpaque());
  }

  /// Hands a message to all shards in `targets`, for everyone there who subscribed.
  void publish(long targets, MessageView message) {
    for (long left = targets; left != 0; left &= left - 1) {
      put(Long.numberOfTrailingZeros(left), message, 0, 0, 0);
    }
  }

  /// Hands a message to the shard of one chosen member of a group.
  void publishTo(StandingSubscription member, MessageView message) {
    SharedGroup group = member.group;
    long id = group == null ? 0 : group.id;
    put(member.session.shard, message, member.session.number, member.line, id);
  }

  /// Hands over what was gathered. At the end of each turn.
  void flush() {
    for (int i = 0; i < filling.length; i++) {
      if (ends[i] > 0) {
        send(i);
      }
    }
  }

  private void put(int target, MessageView message, long session, long subscription, long group) {
    int bytes = ENTRY_BYTES + message.storedBytes();
    ByteBuffer buffer = filling[target];
    if (buffer != null && buffer.capacity() - ends[target] < bytes) {
      send(target);
      buffer = null;
    }
    if (buffer == null) {
      buffer = bytes <= BUFFER_BYTES ? takeKept() : null;
      if (buffer == null) {
        buffer = ByteBuffer.allocateDirect(Math.max(bytes, BUFFER_BYTES));
      }
      filling[target] = buffer;
    }
    int at = ends[target];
    buffer.putInt(at, bytes);
    buffer.putLong(at + 4, session);
    buffer.putLong(at + 12, subscription);
    buffer.putLong(at + 20, group);
    ends[target] = message.write(buffer, at + ENTRY_BYTES);
  }

  private void send(int target) {
    ByteBuffer buffer = filling[target];
    Receiver receiver = receivers[target];
    if (buffer == null || receiver == null) {
      throw new IllegalStateException("no mailbox " + target);
    }
    int units = (buffer.capacity() + BUFFER_BYTES - 1) / BUFFER_BYTES;
    outstanding.addAndGet(units);
    filling[target] = null;
    int end = ends[target];
    ends[target] = 0;
    receiver.receive(
        buffer,
        end,
        () -> {
          keep(buffer);
          int before = outstanding.getAndAdd(-units);
          if (before >= maxOutstanding && before - units < maxOutstanding) {
            roomAgain.run();
          }
        });
  }

  private @Nullable ByteBuffer takeKept() {
    ByteBuffer buffer = free.poll();
    if (buffer != null) {
      kept.decrementAndGet();
    }
    return buffer;
  }

  private void keep(ByteBuffer buffer) {
    if (buffer.capacity() != BUFFER_BYTES) {
      return;
    }
    if (kept.incrementAndGet() <= KEPT) {
      free.add(buffer);
    } else {
      kept.decrementAndGet();
    }
  }
}
