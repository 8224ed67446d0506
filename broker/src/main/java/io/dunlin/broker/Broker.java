package io.dunlin.broker;

import io.dunlin.base.Clock;
import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.broker.config.ListenerConfig;
import io.dunlin.broker.shard.Limits;
import io.dunlin.broker.spi.Plugins;
import io.dunlin.storage.RecoveryReport;
import io.dunlin.transport.NettyTransport;
import io.dunlin.transport.Transport;
import io.dunlin.transport.TransportConfig;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
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

  private final BrokerConfig config;
  private final Storage storage;
  private final Transport transport;
  private final BrokerCore core;
  private final ExecutorService storeThread;
  private final ExecutorService logins;
  private final ScheduledExecutorService background;
  private final List<Transport.Listener> listeners = new ArrayList<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final AtomicBoolean closing = new AtomicBoolean();
  private final SysTopics sysTopics;
  private final Upkeep upkeep;

  /// Starts a broker; it accepts connections when this returns.
  ///
  /// @throws DataDirectory.Unusable when the data directory cannot be used or another process has
  ///   it
  /// @throws BindException when an address cannot be listened on
  /// @throws IOException when the disk or the system refuses
  public static Broker start(BrokerConfig config) throws IOException {
    return start(config, Plugins.NONE);
  }

  /// Starts a broker with plug-ins.
  public static Broker start(BrokerConfig config, Plugins plugins) throws IOException {
    int shards = config.shardCount(Runtime.getRuntime().availableProcessors());
    DataDirectory data = DataDirectory.open(config.data().directory());
    Storage storage = Storage.open(data, config, shards);
    try {
      return new Broker(config, plugins, storage, shards);
    } catch (IOException | RuntimeException e) {
      storage.close();
      throw e;
    }
  }

  private Broker(BrokerConfig config, Plugins plugins, Storage storage, int shards)
      throws IOException {
    this.config = config;
    this.storage = storage;
    this.transport =
        NettyTransport.start(
            TransportConfig.defaults()
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
                storage.log(),
                storage.store(),
                storeThread,
                logins,
                () -> clientId(random),
                random.nextLong()),
            new BrokerCore.Bounds(
                Limits.of(config),
                (int) Math.min(Integer.MAX_VALUE, config.retained().maxMessages()),
                config.retained().maxBytes(),
                config.connection().connectTimeoutSeconds(),
                config.connection().connectInputBytes()),
            plugins,
            this::fail);
    this.upkeep = new Upkeep(core, storage, config.storage());
    this.sysTopics = new SysTopics(core, Clock.SYSTEM);
    try {
      begin();
    } catch (IOException | RuntimeException e) {
      closeParts();
      throw e;
    }
  }

  private static String clientId(SecureRandom random) {
    byte[] bytes = new byte[10];
    random.nextBytes(bytes);
    return "auto" + HexFormat.of().formatHex(bytes).substring(0, 19);
  }

  private void begin() throws IOException {
    long before = System.nanoTime();
    RecoveryReport report = core.recover(storage.store().position());
    report.damage().forEach(line -> LOG.error("log.damaged {}", line));
    core.serve(this::fail);
    storage.log().startThread("log");
    LOG.info(
        "storage.recovered records={} discardedTailBytes={} millis={}",
        report.records(),
        report.discardedTailBytes(),
        (System.nanoTime() - before) / 1_000_000);
    for (ListenerConfig listener : config.listeners()) {
      listen(listener);
    }
    ScheduledFuture<?> _ =
        background.scheduleWithFixedDelay(
            upkeep::look, Upkeep.LOOK_MILLIS, Upkeep.LOOK_MILLIS, TimeUnit.MILLISECONDS);
    int interval = config.server().sysIntervalSeconds();
    if (interval > 0) {
      ScheduledFuture<?> _ =
          background.scheduleWithFixedDelay(sysTopics::publish, 0, interval, TimeUnit.SECONDS);
    }
  }

  private void listen(ListenerConfig listener) throws IOException {
    int port = listener.port();
    int opened = 0;
    for (InetSocketAddress address : listener.addresses()) {
      InetSocketAddress wanted = new InetSocketAddress(address.getAddress(), port);
      try {
        Transport.Listener open =
            transport.listen(listener.name(), wanted, core.reception()::accept);
        listeners.add(open);
        port = open.address().getPort(); // port 0: the second address gets the first one's
        opened++;
      } catch (IOException e) {
        boolean noIpv6 = opened > 0 && isLoopback6(address);
        if (!noIpv6 || e instanceof BindException bind && inUse(bind)) {
          throw e instanceof BindException ? e : bindException(wanted, e);
        }
        LOG.warn("listener.skipped address={} error={}", wanted, e.getMessage());
      }
    }
  }

  private static boolean isLoopback6(InetSocketAddress address) {
    return address.getAddress() instanceof Inet6Address six && six.isLoopbackAddress();
  }

  private static boolean inUse(BindException e) {
    return String.valueOf(e.getMessage()).contains("in use");
  }

  private static BindException bindException(InetSocketAddress address, IOException cause) {
    BindException e = new BindException(ListenerConfig.show(address) + ": " + cause.getMessage());
    e.initCause(cause);
    return e;
  }

  /// Writes what is alive to the store and lets go of the log before. Returns at once.
  public void checkpoint() {
    upkeep.checkpoint();
  }

  /// Copies all state to `target`, a directory that is empty or not there, while it serves: what was
  /// acknowledged before the call is in the copy, and a broker can be started on it. Blocks while it
  /// writes.
  ///
  /// @throws java.nio.file.FileAlreadyExistsException when `target` has files in it
  /// @throws IOException when the disk refuses; what is in `target` then is no copy
  public void backup(Path target) throws IOException {
    storage.backup(target);
  }

  /// Where it listens, with the real ports.
  public List<InetSocketAddress> addresses() {
    return listeners.stream().map(Transport.Listener::address).toList();
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
    listeners.forEach(Transport.Listener::close);
    background.shutdown();
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
    background.shutdown(); // not interrupted: that would close the file it works on
    storage.closeLog(); // before the loops end: it hands them what it has committed
    storeThread.shutdown();
    try {
      if (!background.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("background.stopping slowly");
      }
      if (!storeThread.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("store.stopping slowly");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    transport.close();
    storage.close();
  }
}
