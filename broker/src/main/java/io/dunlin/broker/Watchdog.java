package io.dunlin.broker;

import io.dunlin.base.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sees to it that threads which must never stand still come round. A beat that is missed for the
/// limit is counted, and one line in the log has the stack of the thread that does not come; when
/// it comes again, another line says so.
///
/// A loop's beat is a task that it is given each time that [#look] is called; the log's thread
/// tells since when it has been busy. So nothing is paid per message.
///
/// [#look] is called by one thread, several times per limit; the rest is thread-safe.
final class Watchdog {
  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
  private static final int STACK_FRAMES = 24;

  private final Clock clock;
  private final long limitNanos;
  private final List<Watched> watched = new ArrayList<>();
  private final AtomicLong missed = new AtomicLong();
  private long lastLook;

  Watchdog(Clock clock, long limitNanos) {
    this.clock = clock;
    this.limitNanos = limitNanos;
    this.lastLook = clock.nanos();
  }

  /// One thread.
  private abstract static class Watched {
    final String name;
    boolean reported;

    Watched(String name) {
      this.name = name;
    }

    /// Since when it owes a beat; 0: it does not.
    abstract long owesSinceNanos();

    abstract @Nullable Thread thread();

    /// Asks for the next beat, if the last one came.
    abstract void ask(long nowNanos);

    /// Begins anew: the whole process stood still, not this thread.
    abstract void forgive(long nowNanos);
  }

  private static final class WatchedLoop extends Watched implements Runnable {
    private final Executor loop;
    private volatile long askedNanos;
    private volatile boolean owes;
    private volatile @Nullable Thread thread;

    WatchedLoop(String name, Executor loop) {
      super(name);
      this.loop = loop;
    }

    @Override
    public void run() {
      thread = Thread.currentThread();
      owes = false;
    }

    @Override
    long owesSinceNanos() {
      return owes ? askedNanos : 0;
    }

    @Override
    @Nullable Thread thread() {
      return thread;
    }

    @Override
    void ask(long nowNanos) {
      if (!owes) {
        askedNanos = nowNanos;
        owes = true;
        loop.execute(this);
      }
    }

    @Override
    void forgive(long nowNanos) {
      askedNanos = nowNanos;
    }
  }

  private static final class WatchedWorker extends Watched {
    private final LongSupplier busySinceNanos;
    private final Supplier<@Nullable Thread> thread;
    private long forgivenNanos;

    WatchedWorker(String name, LongSupplier busySinceNanos, Supplier<@Nullable Thread> thread) {
      super(name);
      this.busySinceNanos = busySinceNanos;
      this.thread = thread;
    }

    @Override
    long owesSinceNanos() {
      long since = busySinceNanos.getAsLong();
      return since == 0 ? 0 : Math.max(since, forgivenNanos);
    }

    @Override
    @Nullable Thread thread() {
      return thread.get();
    }

    @Override
    void ask(long nowNanos) {}

    @Override
    void forgive(long nowNanos) {
      forgivenNanos = nowNanos;
    }
  }

  /// Watches a thread that runs what it is given. Before the first [#look].
  void watchLoop(String name, Executor loop) {
    watched.add(new WatchedLoop(name, loop));
  }

  /// Watches a thread that works in rounds. Before the first [#look].
  ///
  /// @param busySinceNanos when its present round began; 0 while it rests
  void watchWorker(String name, LongSupplier busySinceNanos, Supplier<@Nullable Thread> thread) {
    watched.add(new WatchedWorker(name, busySinceNanos, thread));
  }

  /// How often a beat was missed. Any thread.
  long missed() {
    return missed.get();
  }

  /// Looks at all threads once.
  void look() {
    long now = clock.nanos();
    boolean stoodStill = now - lastLook > limitNanos; // as the whole process did, probably
    lastLook = now;
    for (Watched w : watched) {
      if (stoodStill) {
        w.forgive(now);
      }
      long since = w.owesSinceNanos();
      boolean late = since != 0 && now - since > limitNanos;
      if (late && !w.reported) {
        missed.incrementAndGet();
        LOG.warn(
            "thread.stalled thread={} millis={} stack={}",
            w.name,
            (now - since) / 1_000_000,
            stack(w.thread()));
      } else if (!late && w.reported) {
        LOG.warn("thread.resumed thread={}", w.name);
      }
      w.reported = late;
      w.ask(now);
    }
  }

  private static String stack(@Nullable Thread thread) {
    if (thread == null) {
      return "unknown";
    }
    StringBuilder text = new StringBuilder();
    StackTraceElement[] frames = thread.getStackTrace();
    for (int i = 0; i < Math.min(frames.length, STACK_FRAMES); i++) {
      text.append(i == 0 ? "" : " < ").append(frames[i]);
    }
    return text.toString();
  }
}
