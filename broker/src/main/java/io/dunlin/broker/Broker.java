package io.dunlin.broker;

import io.dunlin.base.Clock;
import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.broker.shard.Limits;
import io.dunlin.broker.spi.Plugins;
import io.dunlin.broker.store.Keeper;
import io.dunlin.rocksdb.RocksSettings;
import io.dunlin.rocksdb.RocksStore;
import io.dunlin.storage.FileDisk;
import io.dunlin.storage.FileLog;
import io.dunlin.storage.LogConfig;
import io.dunlin.storage.RecoveryReport;
import io.dunlin.transport.NettyTransport;
import io.dunlin.transport.Transport;
import io.dunlin.transport.TransportConfig;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running broker: one process's listeners, shards, log and store. Thread-safe.
///
/// ```java
/// try (Broker broker = Broker.start(config)) {
///   broker.addresses().forEach(System.out::println);
///   broker.ended().join();
/// }
/// ```
public final class Broker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Broker.class);
  private static final long STOP_SECONDS = 3;
  private static final long CHECKPOINT_CHECK_MILLIS = 500;
  private static final long FILE_CHECK_MILLIS = 1_000;

  private final BrokerConfig config;
  private final DataDirectory data;
  private final FileLog log;
  private final RocksStore store;
  private final Transport transport;
  private final BrokerCore core;
  private final ExecutorService storeThread;
  private final ExecutorService logins;
  private final ScheduledExecutorService background;
  private final Listeners listeners;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final AtomicBoolean closing = new AtomicBoolean();
  private final AtomicBoolean checkpointing = new AtomicBoolean();
  private final SysTopics sysTopics;
  private final FileDisk disk;
  private boolean lowOnSpace; // the background thread's

  /// Starts a broker; it accepts connections when this returns.
  ///
  /// @throws DataDirectory.Unusable when the data directory cannot be used or another process has
  ///   it
  /// @throws BindException when an address cannot be listened on
  /// @throws UnusableFile when a certificate, key, CA or revocation list cannot be used
  /// @throws IOException when the disk or the system refuses
  public static Broker start(BrokerConfig config) throws IOException {
    return start(config, Plugins.NONE);
  }

  /// Starts a broker with plug-ins.
  public static Broker start(BrokerConfig config, Plugins plugins) throws IOException {
    Listeners listeners = Listeners.read(config.listeners());
    try {
      DataDirectory data = DataDirectory.open(config.data().directory());
      try {
        return new Broker(config, plugins, data, listeners);
      } catch (IOException | RuntimeException e) {
        data.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      listeners.release();
      throw e;
    }
  }

  private Broker(BrokerConfig config, Plugins plugins, DataDirectory data, Listeners listeners)
      throws IOException {
    this.config = config;
    this.data = data;
    this.listeners = listeners;
    int shards = config.shardCount(Runtime.getRuntime().availableProcessors());
    this.store =
        RocksStore.open(data.store(), RocksSettings.of(Keeper.FAMILIES.toArray(String[]::new)));
    store.report().damage().forEach(line -> LOG.error("store.damaged {}", line));
    this.disk = new FileDisk(data.log());
    this.log = FileLog.open(disk, logConfig(config, shards));
    this.transport =
        NettyTransport.start(
            TransportConfig.defaults()
                .withMechanism(wantedMechanism())
                .withLoops(shards)
                .withMaxConnections(config.connection().maxConnections()));
    this.storeThread =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().name("store").factory());
    this.logins = Executors.newVirtualThreadPerTaskExecutor();
    this.background =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("background").daemon().factory());
    SecureRandom random = new SecureRandom();
    this.core =
        new BrokerCore(
            new BrokerCore.Ground(
                transport.loops(),
                log,
                store,
                storeThread,
                logins,
                () -> clientId(random),
                random.nextLong()),
            new BrokerCore.Bounds(
                Limits.of(config),
                (int) Math.min(Integer.MAX_VALUE, config.retained().maxMessages()),
                config.retained().maxBytes(),
                config.connection().connectTimeoutSeconds(),
                config.connection().connectInputBytes(),
                listeners.versions()),
            plugins,
            this::fail);
    this.sysTopics = new SysTopics(core, Clock.SYSTEM);
    try {
      begin();
    } catch (IOException | RuntimeException e) {
      closeParts();
      throw e;
    }
  }

  private static LogConfig logConfig(BrokerConfig config, int shards) {
    LogConfig defaults = LogConfig.defaults(shards);
    int maxRecord = config.storage().segmentBytes() / 2; // a message and 18 bytes per recipient
    return defaults
        .withSizes(config.storage().segmentBytes(), defaults.batchBytes(), maxRecord)
        .withTimes(
            config.storage().commitDelayMicros() * 1_000L, defaults.lazyForceNanos(), Clock.SYSTEM);
  }

  private static String clientId(SecureRandom random) {
    byte[] bytes = new byte[10];
    random.nextBytes(bytes);
    return "auto" + HexFormat.of().formatHex(bytes).substring(0, 19);
  }

  private void begin() throws IOException {
    long before = System.nanoTime();
    RecoveryReport report = core.recover(store.position());
    report.damage().forEach(line -> LOG.error("log.damaged {}", line));
    core.serve(this::fail);
    log.startThread("log");
    LOG.info(
        "storage.recovered records={} discardedTailBytes={} millis={}",
        report.records(),
        report.discardedTailBytes(),
        (System.nanoTime() - before) / 1_000_000);
    LOG.info(
        "transport.started mechanism={} loops={}",
        transport.mechanism(),
        transport.loops().size());
    listeners.open(transport, core.reception()::accept);
    ScheduledFuture<?> _ =
        background.scheduleWithFixedDelay(
            listeners::refresh, FILE_CHECK_MILLIS, FILE_CHECK_MILLIS, TimeUnit.MILLISECONDS);
    ScheduledFuture<?> _ =
        background.scheduleWithFixedDelay(
            this::lookAround,
            CHECKPOINT_CHECK_MILLIS,
            CHECKPOINT_CHECK_MILLIS,
            TimeUnit.MILLISECONDS);
    int interval = config.server().sysIntervalSeconds();
    if (interval > 0) {
      ScheduledFuture<?> _ =
          background.scheduleWithFixedDelay(sysTopics::publish, 0, interval, TimeUnit.SECONDS);
    }
  }

  private void lookAround() {
    try {
      watchSpace();
      long due = lowOnSpace ? config.storage().segmentBytes() : config.storage().logMaxBytes() / 2;
      if (core.bytesSinceCheckpoint() > due) {
        checkpoint();
      }
    } catch (RuntimeException e) { // the next round tries again
      LOG.error("checkpoint.failed error={}", e.toString(), e);
    }
  }

  private void watchSpace() {
    boolean low = log.outOfSpace();
    try {
      low |= disk.usableBytes() < config.storage().diskReserveBytes();
    } catch (IOException e) {
      LOG.warn("disk.unknown error={}", e.toString());
    }
    if (low != lowOnSpace) {
      lowOnSpace = low;
      LOG.warn(
          low
              ? "disk.low publishes that must be kept are refused until there is space"
              : "disk.space publishes are kept again");
      core.lowOnSpace(low);
      if (low) {
        checkpoint(); // may free segments
      }
    }
  }

  /// Writes what is alive to the store and lets go of the log before. Returns at once.
  public void checkpoint() {
    if (checkpointing.compareAndSet(false, true)) {
      core.checkpoint(() -> checkpointing.set(false));
    }
  }

  /// Epoll where it is to be had, unless the system property `dunlin.io` is `nio`.
  private static TransportConfig.Mechanism wantedMechanism() {
    return "nio".equals(System.getProperty("dunlin.io"))
        ? TransportConfig.Mechanism.NIO
        : TransportConfig.Mechanism.AUTO;
  }

  /// Its listeners, with the real ports.
  public List<OpenListener> listeners() {
    return listeners.open();
  }

  /// Where it listens over IP, with the real ports.
  public List<InetSocketAddress> addresses() {
    return listeners.open().stream()
        .map(OpenListener::address)
        .filter(InetSocketAddress.class::isInstance)
        .map(InetSocketAddress.class::cast)
        .toList();
  }

  /// Which mechanism carries the bytes: "epoll", "nio".
  public String mechanism() {
    return transport.mechanism();
  }

  /// The inside, for metrics and tests.
  public BrokerCore core() {
    return core;
  }

  /// Completes when the broker has ended; exceptionally when it had to.
  public CompletableFuture<Void> ended() {
    return ended;
  }

  /// The disk cannot be trusted: nothing is acknowledged any more, everything ends.
  private void fail(IOException cause) {
    LOG.error("broker.failed error={}", cause.toString(), cause);
    Thread.ofPlatform()
        .name("stop")
        .start(() -> {
          ended.completeExceptionally(cause);
          close();
        });
  }

  /// Ends in good order: no new connections, MQTT 5.0 clients are told, everything appended is
  /// forced. Idempotent; blocks for at most a few seconds.
  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      ended.exceptionally(e -> null).join();
      return;
    }
    LOG.info("broker.stopping");
    listeners.close();
    background.shutdownNow();
    CountDownLatch done = new CountDownLatch(transport.loops().size());
    core.disconnectAll(done::countDown);
    try {
      if (!done.await(STOP_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("broker.stopping shards did not answer in {} s", STOP_SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    closeParts();
    LOG.info("broker.stopped");
    ended.complete(null);
  }

  private void closeParts() {
    logins.shutdownNow();
    background.shutdownNow();
    try {
      log.close(); // before the loops end: it hands them what it has committed
    } catch (IOException e) {
      LOG.error("log.failed at the end error={}", e.toString(), e);
    }
    storeThread.shutdown();
    try {
      if (!storeThread.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("store.stopping slowly");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    transport.close();
    listeners.release();
    store.close();
    try {
      data.close();
    } catch (IOException e) {
      LOG.warn("data.unlock error={}", e.toString());
    }
  }
}
