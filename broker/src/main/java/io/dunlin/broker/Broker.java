package io.dunlin.broker;

import io.dunlin.base.Clock;
import io.dunlin.broker.auth.Logins;
import io.dunlin.broker.auth.Policy;
import io.dunlin.broker.config.AclConfig;
import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.broker.config.ListenerConfig;
import io.dunlin.broker.config.ReloadPlan;
import io.dunlin.broker.shard.Limits;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.spi.Plugins;
import io.dunlin.storage.RecoveryReport;
import io.dunlin.transport.NettyTransport;
import io.dunlin.transport.Transport;
import io.dunlin.transport.TransportConfig;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
  private static final long LAST_CHECKPOINT_MILLIS = 1_500;
  private static final long FILE_CHECK_MILLIS = 1_000;

  /// Connections above the limit that are read until their CONNECT, to be told so.
  private static final int SURPLUS_CONNECTIONS = 256;

  private volatile BrokerConfig config;
  private final Storage storage;
  private final Transport transport;
  private final BrokerCore core;
  private final ExecutorService storeThread;
  private final ExecutorService logins;
  private final Rounds background = new Rounds("background");
  private final Listeners listeners;
  private final Plugins plugins; // as given
  private final Logins builtIn;
  private Policy policy; // guarded by this
  private Access access; // guarded by this
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final AtomicBoolean closing = new AtomicBoolean();
  private final SysTopics sysTopics;
  private final Upkeep upkeep;
  private final BrokerMetrics metrics;
  private final Readiness readiness = new Readiness();
  private final Inspection inspection;
  private final AccessControl accessControl = new AccessControl(this);
  private final Watchdog watchdog;
  private final Rounds watches = new Rounds("watchdog");

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

  /// Starts a broker with plug-ins. A [io.dunlin.broker.spi.LoginCheck] decides instead of the
  /// password file and certificates, an [Access] instead of the rules of `acl`.
  ///
  /// @throws io.dunlin.broker.config.ConfigException when a file of users or rules cannot be used
  /// @throws io.dunlin.broker.config.InvalidConfig when nobody could connect to a listener
  public static Broker start(BrokerConfig config, Plugins plugins) throws IOException {
    Policy policy = policy(config, plugins);
    Listeners listeners = Listeners.read(config.listeners());
    try {
      return start(config, plugins, policy, listeners);
    } catch (IOException | RuntimeException e) {
      listeners.release();
      throw e;
    }
  }

  /// Looks whether [#start] could begin with a configuration: reads all files that it names, as the
  /// start does. Opens no door, and does not touch the data directory.
  ///
  /// @throws io.dunlin.broker.config.ConfigException when a file of users or rules cannot be used
  /// @throws io.dunlin.broker.config.InvalidConfig when nobody could connect to a listener
  /// @throws UnusableFile when a certificate, key, CA or revocation list cannot be used
  public static void check(BrokerConfig config) throws IOException {
    Policy _ = policy(config, Plugins.NONE);
    Listeners.read(config.listeners()).release();
  }

  private static Broker start(
      BrokerConfig config, Plugins plugins, Policy policy, Listeners listeners) throws IOException {
    int shards = config.shardCount(Runtime.getRuntime().availableProcessors());
    DataDirectory data = DataDirectory.open(config.data().directory());
    Storage storage = Storage.open(data, config, shards);
    try {
      return new Broker(config, plugins, policy, storage, shards, listeners);
    } catch (IOException | RuntimeException e) {
      storage.close();
      throw e;
    }
  }

  private static Policy policy(BrokerConfig config, Plugins plugins) throws IOException {
    if (plugins.loginCheck() == null) {
      config.checkLogins();
    }
    if (!plugins.access().equals(Access.OPEN) && !config.acl().equals(AclConfig.NONE)) {
      throw new IllegalArgumentException("both a plug-in and acl say who may do what");
    }
    return Policy.read(config);
  }

  private Broker(
      BrokerConfig config,
      Plugins plugins,
      Policy policy,
      Storage storage,
      int shards,
      Listeners listeners)
      throws IOException {
    this.config = config;
    this.listeners = listeners;
    this.policy = policy;
    this.access = policy.rules().isEmpty() ? plugins.access() : policy.access();
    SecureRandom random = new SecureRandom();
    this.builtIn = new Logins(policy, config.listeners(), random);
    this.plugins = plugins;
    this.storage = storage;
    this.transport =
        NettyTransport.start(
            TransportConfig.defaults()
                .withMechanism(wantedMechanism())
                .withLoops(shards)
                .withMaxConnections(config.connection().maxConnections() + SURPLUS_CONNECTIONS));
    this.storeThread =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().name("store").factory());
    this.logins = Executors.newVirtualThreadPerTaskExecutor();
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
            bounds(config),
            new Plugins(
                plugins.loginCheck() == null ? builtIn : plugins.loginCheck(),
                plugins.methods(),
                access),
            this::fail);
    this.watchdog = new Watchdog(Clock.SYSTEM, config.server().watchdogSeconds() * 1_000_000_000L);
    this.upkeep = new Upkeep(core, storage, () -> this.config.storage(), readiness);
    this.metrics =
        new BrokerMetrics(
            new BrokerMetrics.Sources(
                core,
                storage.log().counters(),
                transport.counters(),
                storage.disk(),
                readiness,
                watchdog::missed,
                listeners::tls,
                Clock.SYSTEM));
    this.inspection = new Inspection(core);
    this.sysTopics = new SysTopics(core, metrics, Clock.SYSTEM);
    try {
      begin();
    } catch (IOException | RuntimeException e) {
      closeParts();
      throw e;
    }
  }

  private static BrokerCore.Bounds bounds(BrokerConfig config) {
    return new BrokerCore.Bounds(
        Limits.of(config),
        (int) Math.min(Integer.MAX_VALUE, config.retained().maxMessages()),
        config.retained().maxBytes(),
        config.connection().connectTimeoutSeconds(),
        config.connection().connectInputBytes(),
        config.connection().maxConnections());
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
    LOG.info(
        "transport.started mechanism={} loops={}", transport.mechanism(), transport.loops().size());
    for (ListenerConfig listener : config.listeners()) {
      listeners.open(listener, transport, core.reception()::accept);
    }
    readiness.listening();
    upkeep.recovered(report.records());
    background.every(FILE_CHECK_MILLIS, "certificates", listeners::refresh);
    background.every(Upkeep.LOOK_MILLIS, "upkeep", upkeep::look);
    background.every(
        Upkeep.LOOK_MILLIS, "retained", () -> core.retained().expire(System.currentTimeMillis()));
    background.every(Upkeep.LOOK_MILLIS, "connected", metrics::noteConnected);
    int interval = config.sys().intervalSeconds();
    if (interval > 0) {
      background.every(SysTopics.LOOK_MILLIS, "$SYS subscribers", sysTopics::look);
      background.every(interval * 1_000L, "$SYS", sysTopics::publish);
    }
    watch();
  }

  private void watch() {
    transport.loops().forEach(loop -> watchdog.watchLoop("loop-" + loop.index(), loop::execute));
    watchdog.watchWorker("log", storage.log()::busySinceNanos, storage.log()::thread);
    watches.every(config.server().watchdogSeconds() * 250L, "watchdog", watchdog::look);
  }

  /// How often an event loop or the log's thread stood still for longer than
  /// `server.watchdog-seconds`. Any thread.
  public long stalls() {
    return watchdog.missed();
  }

  // -- reload ---------------------------------------------------------------------------------

  /// Goes on with another configuration, as far as that can be done without a restart: users,
  /// rules, limits, listeners that are new or gone. Files that it names are read again, also when
  /// nothing else has changed. Who may not be connected any more is disconnected; connections of a
  /// listener that is gone stay. Blocks until all shards have changed.
  ///
  /// @return what was applied, and what needs a restart
  /// @throws io.dunlin.broker.config.ConfigException when a file cannot be used
  /// @throws io.dunlin.broker.config.InvalidConfig when the values do not fit
  /// @throws IOException when a new listener cannot be opened; in all three cases nothing changes
  public synchronized Reloaded reload(BrokerConfig next) throws IOException {
    if (closing.get()) {
      throw new IOException("the broker is stopping");
    }
    Policy newPolicy = policy(next, plugins);
    ReloadPlan plan = ReloadPlan.of(config, next);
    List<String> applied = new ArrayList<>(plan.applied());
    Access newAccess = access;
    if (!newPolicy.rules().equals(policy.rules())) {
      newAccess = newPolicy.access();
      applied.add("rules");
    }
    changeDoors(plan, next);
    if (!Objects.equals(newPolicy.users(), policy.users())) {
      applied.add("users");
    }
    builtIn.replace(newPolicy, plan.effective().listeners());
    config = plan.effective();
    policy = newPolicy;
    access = newAccess;
    reconfigure(config, newAccess);
    metrics.changed();
    LOG.info("config.reloaded applied={} needsRestart={}", applied, plan.needsRestart());
    return new Reloaded(applied, plan.needsRestart());
  }

  /// The same with the configuration that is in force: reads the files of users and rules again.
  synchronized void reread() throws IOException {
    Reloaded _ = reload(config);
  }

  /// The users and rules that are in force.
  synchronized Policy policy() {
    return policy;
  }

  /// Whether a plug-in says who may do what.
  boolean hasAccessPlugin() {
    return !plugins.access().equals(Access.OPEN);
  }

  /// Opens and closes listeners; if one cannot be opened, all is as before. Whoever comes through a
  /// new one meets its logins, versions and limits at once.
  private void changeDoors(ReloadPlan plan, BrokerConfig next) throws IOException {
    if (plan.opened().isEmpty()) {
      plan.closed().forEach(listener -> listeners.close(listener.name()));
      return;
    }
    List<ListenerConfig> both = new ArrayList<>(config.listeners());
    both.removeAll(Listeners.inTheWay(plan.opened(), plan.closed()));
    both.addAll(plan.opened());
    try {
      for (ListenerConfig listener : plan.opened()) {
        listeners.read(listener, next.listeners().indexOf(listener));
        core.reception().listener(listener.name(), listener.limits());
      }
      builtIn.replace(policy, both);
      reconfigure(config.withListeners(both), access);
      listeners.change(plan.opened(), plan.closed(), transport, core.reception()::accept);
    } catch (IOException | RuntimeException e) {
      plan.opened().forEach(listener -> listeners.close(listener.name()));
      builtIn.replace(policy, config.listeners());
      reconfigure(config, access);
      throw e;
    }
  }

  private void reconfigure(BrokerConfig newConfig, Access newAccess) {
    CountDownLatch done = new CountDownLatch(transport.loops().size());
    transport.maxConnections(newConfig.connection().maxConnections() + SURPLUS_CONNECTIONS);
    core.reconfigure(bounds(newConfig), newAccess, done::countDown);
    try {
      if (!done.await(STOP_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("config.slow waitedSeconds={}", STOP_SECONDS); // they will have it later
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// What a reload has done.
  ///
  /// @param applied keys, listeners and files whose change counts now
  /// @param needsRestart keys whose change counts from the next start on
  public record Reloaded(List<String> applied, List<String> needsRestart) {
    /// Copies the lists.
    public Reloaded {
      applied = List.copyOf(applied);
      needsRestart = List.copyOf(needsRestart);
    }
  }

  /// Epoll where it is to be had, unless the system property `dunlin.io` is `nio`.
  private static TransportConfig.Mechanism wantedMechanism() {
    return "nio".equals(System.getProperty("dunlin.io"))
        ? TransportConfig.Mechanism.NIO
        : TransportConfig.Mechanism.AUTO;
  }

  /// Writes what is alive to the store and lets go of the log before. Returns at once.
  public void checkpoint() {
    upkeep.checkpoint();
  }

  /// Copies all state to `target`, a directory that is empty or not there, while it serves: what
  /// was acknowledged before the call is in the copy, and a broker can be started on it. Blocks
  /// while it writes.
  ///
  /// @throws java.nio.file.FileAlreadyExistsException when `target` has files in it
  /// @throws IOException when the disk refuses; what is in `target` then is no copy
  public void backup(Path target) throws IOException {
    storage.backup(target);
  }

  /// Its listeners, with the real ports, in the order of the configuration.
  public List<OpenListener> listeners() {
    return config.listeners().stream()
        .flatMap(listener -> listeners.open(listener.name()).stream())
        .toList();
  }

  /// Where it listens over IP, with the real ports.
  public List<InetSocketAddress> addresses() {
    return listeners().stream()
        .map(OpenListener::address)
        .filter(InetSocketAddress.class::isInstance)
        .map(InetSocketAddress.class::cast)
        .toList();
  }

  /// Which mechanism carries the bytes: "epoll", "nio".
  public String mechanism() {
    return transport.mechanism();
  }

  /// What it was started with.
  public BrokerConfig config() {
    return config;
  }

  /// Its data directory, while it is open.
  public DataDirectory data() {
    return storage.data();
  }

  /// Everything that it counts.
  public BrokerMetrics metrics() {
    return metrics;
  }

  /// Whether it should be sent clients.
  public Readiness readiness() {
    return readiness;
  }

  /// Looks into it.
  public Inspection inspection() {
    return inspection;
  }

  /// Changes its users and rules.
  public AccessControl accessControl() {
    return accessControl;
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
    readiness.failed();
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
    readiness.closing();
    LOG.info("broker.stopping");
    listeners.close();
    CountDownLatch done = new CountDownLatch(transport.loops().size());
    core.disconnectAll(done::countDown);
    try {
      if (!done.await(STOP_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("broker.stopping shards did not answer in {} s", STOP_SECONDS);
      } else if (readiness.healthy()) {
        upkeep.lastCheckpoint(LAST_CHECKPOINT_MILLIS);
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
    watches.stop();
    background.stop(); // not interrupted: that would close the file it works on
    core.stopStore();
    storeThread.shutdown();
    awaitEnd(storeThread, "store"); // it reads the log
    storage.closeLog(); // before the loops end: it hands them what it has committed
    background.awaitEnd(STOP_SECONDS);
    transport.close();
    listeners.release();
    storage.close();
  }

  private static void awaitEnd(ExecutorService executor, String name) {
    try {
      if (!executor.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("{}.stopping slowly", name);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
