package io.dunlin.broker;

import io.dunlin.base.Clock;
import io.dunlin.broker.observe.Metric;
import io.dunlin.storage.FileDisk;
import io.dunlin.storage.LogCounters;
import io.dunlin.transport.LoopCounters;
import io.dunlin.transport.TlsContext;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Everything that a broker counts, under one name each: what the metrics endpoint, the `$SYS`
/// topics and `dunlin ctl stats` show. Thread-safe.
///
/// The values are fields of the shards, the loops and the log, which their owners write plainly and
/// which are read here; nothing is paid for them per message. What would have to be counted by
/// walking (queues, disk) is looked up when somebody asks, by [#refresh].
public final class BrokerMetrics {
  private static final long FRESH_NANOS = 1_000_000_000L;

  /// What the figures are about.
  ///
  /// @param tls what each listener with TLS has read from its files, by its name
  record Sources(
      BrokerCore core,
      LogCounters log,
      List<LoopCounters> loops,
      FileDisk disk,
      Readiness readiness,
      LongSupplier missedBeats,
      Supplier<Map<String, TlsContext>> tls,
      Clock clock) {
    Sources {
      loops = List.copyOf(loops);
    }
  }

  private final Sources sources;
  private final Map<String, Metric> byName = new LinkedHashMap<>();
  private final Looked looked = new Looked();
  private final List<Runnable> onChange = new CopyOnWriteArrayList<>();
  private long refreshedNanos; // guarded by this
  private CompletableFuture<Void> refresh = CompletableFuture.completedFuture(null); // same

  /// What had to be looked up, as of the last [#refresh].
  static final class Looked {
    volatile long storeBytes;
    volatile long storeRows;
    volatile long usableBytes;
    volatile int mostConnected;
  }

  BrokerMetrics(Sources sources) {
    this.sources = sources;
    this.refreshedNanos = sources.clock.nanos() - FRESH_NANOS;
    for (Metric metric : new MetricList(sources, looked).all()) {
      if (byName.put(metric.name(), metric) != null) {
        throw new IllegalStateException("two metrics are named " + metric.name());
      }
    }
  }

  /// All metrics, in the order of the reference page. The list never changes.
  public List<Metric> all() {
    return List.copyOf(byName.values());
  }

  /// The metric of that name.
  ///
  /// @throws IllegalArgumentException if there is none
  public Metric metric(String name) {
    Metric found = byName.get(name);
    if (found == null) {
      throw new IllegalArgumentException("no metric is named " + name);
    }
    return found;
  }

  /// Looks up what is not counted all the time, unless that was done within the last second.
  /// Returns at once but for a look at the disk; completes when all shards have answered, so a
  /// caller waits with a timeout of its own.
  public CompletableFuture<Void> refresh() {
    synchronized (this) { // two callers; the work is done outside
      long now = sources.clock.nanos();
      if (!refresh.isDone() || now - refreshedNanos < FRESH_NANOS) {
        return refresh;
      }
      refreshedNanos = now;
      refresh = sources.core.census();
    }
    looked.storeBytes = sources.core.storeBytes();
    looked.storeRows = sources.core.storeRows();
    try {
      looked.usableBytes = sources.disk.usableBytes();
    } catch (IOException e) { // the disk watch logs it
      looked.usableBytes = 0;
    }
    synchronized (this) {
      return refresh;
    }
  }

  /// Has this run whenever the series of a metric may have changed: listeners have come or gone.
  public void onChange(Runnable action) {
    onChange.add(action);
  }

  /// Listeners have come or gone.
  void changed() {
    onChange.forEach(Runnable::run);
  }

  /// Remembers how many clients are connected now, if they are more than ever. Now and then.
  void noteConnected() {
    int now = sources.core.counters().stream().mapToInt(c -> c.connections).sum();
    looked.mostConnected = Math.max(looked.mostConnected, now); // one thread calls this
  }
}
