package io.dunlin.broker.observe;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.routing.TopicMatcher;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A running trace: what shards tell about one client, or about topics. Bounded: when nobody reads,
/// events are dropped and counted; shards never wait. Thread-safe.
public final class Trace implements AutoCloseable {
  /// How many events wait to be read, at most.
  public static final int CAPACITY = 8_192;

  private final @Nullable String clientId;
  private final @Nullable Slice filter;
  private final Runnable onClose;
  private final BlockingQueue<TraceEvent> events = new ArrayBlockingQueue<>(CAPACITY);
  private final AtomicLong dropped = new AtomicLong();

  /// A trace of a client, of topics, or, with both, of what fits both.
  ///
  /// @param onClose ends it where it runs
  public Trace(@Nullable String clientId, @Nullable TopicFilter filter, Runnable onClose) {
    if (clientId == null && filter == null) {
      throw new IllegalArgumentException("a trace of everything");
    }
    this.clientId = clientId;
    this.filter = filter == null ? null : filter.isShared() ? filter.filter() : filter.bytes();
    this.onClose = onClose;
  }

  /// Whether it may want to hear of what concerns this client.
  public boolean wantsClient(String client) {
    return clientId == null || clientId.equals(client);
  }

  /// Whether it may want to hear of what concerns this topic.
  ///
  /// @param topic null for what concerns none
  public boolean wantsTopic(@Nullable Slice topic) {
    return filter == null || topic != null && TopicMatcher.matches(filter, topic);
  }

  /// Takes an event, or drops and counts it. Any thread.
  public void add(TraceEvent event) {
    if (!events.offer(event)) {
      dropped.incrementAndGet();
    }
  }

  /// The next event, or null when none comes in time.
  public @Nullable TraceEvent next(long timeoutMillis) throws InterruptedException {
    return events.poll(timeoutMillis, TimeUnit.MILLISECONDS);
  }

  /// How many events were dropped since the last call.
  public long takeDropped() {
    return dropped.getAndSet(0);
  }

  /// Ends it. Returns at once.
  @Override
  public void close() {
    onClose.run();
  }
}
