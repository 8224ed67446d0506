package io.dunlin.client;

import io.dunlin.mqtt.Publish;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Messages that came and wait for the handler. Bounded by number and bytes: at the bound who reads
/// the connection waits; one message always fits. Thread-safe, by its lock.
final class Inbox {
  /// A message, or only the duty to acknowledge one that the handler has had.
  ///
  /// @param connection on which it came, and on which alone it may be acknowledged
  /// @param duplicate whether the handler has it already
  record Delivery(Connection connection, Publish publish, boolean duplicate) {
    int bytes() {
      return publish.payload().length();
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition notEmpty = lock.newCondition();
  private final Condition notFull = lock.newCondition();
  private final ArrayDeque<Delivery> deliveries = new ArrayDeque<>();
  private final int maxMessages;
  private final long maxBytes;
  private long bytes;
  private boolean closed;

  Inbox(int maxMessages, long maxBytes) {
    this.maxMessages = maxMessages;
    this.maxBytes = maxBytes;
  }

  /// Waits for room, and adds; drops it when the inbox is closed.
  void put(Delivery delivery) {
    lock.lock();
    try {
      while (!closed
          && !deliveries.isEmpty()
          && (deliveries.size() >= maxMessages || bytes + delivery.bytes() > maxBytes)) {
        notFull.awaitUninterruptibly();
      }
      if (!closed) {
        deliveries.add(delivery);
        bytes += delivery.bytes();
        notEmpty.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Waits for the next; null when there will be none.
  @Nullable Delivery take() {
    lock.lock();
    try {
      while (!closed && deliveries.isEmpty()) {
        notEmpty.awaitUninterruptibly();
      }
      @Nullable Delivery next = deliveries.poll();
      if (next == null) {
        return null;
      }
      bytes -= next.bytes();
      notFull.signal();
      return next;
    } finally {
      lock.unlock();
    }
  }

  /// Forgets those that the server will send again.
  void removeIf(Predicate<Delivery> again) {
    lock.lock();
    try {
      deliveries.removeIf(again);
      bytes = deliveries.stream().mapToLong(Delivery::bytes).sum();
      notFull.signal();
    } finally {
      lock.unlock();
    }
  }

  /// Takes no more, and lets all who wait go.
  ///
  /// @param keep whether what waits is still handled; if not, the server has it, if it matters
  void close(boolean keep) {
    lock.lock();
    try {
      closed = true;
      if (!keep) {
        deliveries.clear();
      }
      notEmpty.signalAll();
      notFull.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
