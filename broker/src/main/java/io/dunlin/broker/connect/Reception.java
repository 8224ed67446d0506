package io.dunlin.broker.connect;

import io.dunlin.base.TimerWheel;
import io.dunlin.broker.config.ListenerLimits;
import io.dunlin.broker.shard.Admission;
import io.dunlin.broker.shard.Hello;
import io.dunlin.broker.shard.Inspector;
import io.dunlin.broker.shard.Mount;
import io.dunlin.broker.shard.Shard;
import io.dunlin.broker.spi.Plugins;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.Will;
import io.dunlin.transport.Connection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Receives new connections and sends each, once its CONNECT is accepted, to the shard of its
/// client identifier. Thread-safe.
public final class Reception {
  private final List<Shard> shards;
  private final List<io.dunlin.transport.Loop> loops;
  private final Plugins plugins;
  private final Executor logins;
  private final Supplier<String> clientIds;
  private final Admission admission;
  private volatile String serverReference;
  private volatile int connectTimeoutSeconds;
  private volatile int maxInputBytes;
  private final Map<String, ListenerRules> listeners = new ConcurrentHashMap<>();
  private volatile boolean stopping;
  private final AtomicInteger waiting = new AtomicInteger();
  private final Map<ReasonCode, Integer> refused = new EnumMap<>(ReasonCode.class);

  /// @param logins where login checks run; they may block there
  /// @param clientIds makes client identifiers that nobody has
  /// @param serverReference where clients are sent that come when the broker stops; may be empty
  public Reception(
      List<Shard> shards,
      List<io.dunlin.transport.Loop> loops,
      Plugins plugins,
      Executor logins,
      Supplier<String> clientIds,
      int connectTimeoutSeconds,
      int maxInputBytes,
      Admission admission,
      String serverReference) {
    this.shards = List.copyOf(shards);
    this.loops = List.copyOf(loops);
    this.plugins = plugins;
    this.logins = logins;
    this.clientIds = clientIds;
    this.connectTimeoutSeconds = connectTimeoutSeconds;
    this.maxInputBytes = maxInputBytes;
    this.admission = admission;
    this.serverReference = serverReference;
  }

  /// Takes a new connection. On its loop.
  public void accept(Connection connection) {
    waiting.incrementAndGet();
    new Greeter(this, connection, !admission.enter()).start();
  }

  /// From now on every CONNECT is refused. Any thread.
  public void stop() {
    stopping = true;
  }

  /// Goes on with other limits, for connections that come from now on.
  public void reconfigure(
      int newConnectTimeoutSeconds, int newMaxInputBytes, String newServerReference) {
    serverReference = newServerReference;
    connectTimeoutSeconds = newConnectTimeoutSeconds;
    maxInputBytes = newMaxInputBytes;
  }

  /// What is spoken at a listener, and where its clients have the root of their topics.
  private record ListenerRules(List<MqttVersion> versions, Mount mount) {}

  /// Sets the rules of a listener, before it is opened: a connection that came without them would
  /// be one of the whole tree. One that has none speaks all versions. Any thread.
  public void listener(String name, ListenerLimits limits) {
    var _ =
        listeners.put(
            name, new ListenerRules(limits.mqttVersions(), Mount.of(limits.mountPoint())));
  }

  boolean speaks(String listener, MqttVersion version) {
    ListenerRules rules = listeners.get(listener);
    return rules == null || rules.versions.contains(version);
  }

  Mount mount(String listener) {
    ListenerRules rules = listeners.get(listener);
    return rules == null ? Mount.NONE : rules.mount;
  }

  /// How many connections have not sent an accepted CONNECT yet.
  public int waiting() {
    return waiting.get();
  }

  /// How many connections were refused before they had a session, by reason.
  public Map<ReasonCode, Integer> refused() {
    synchronized (refused) { // counts of refusals only; nothing else is locked under it
      return new EnumMap<>(refused.isEmpty() ? new EnumMap<>(ReasonCode.class) : refused);
    }
  }

  boolean stopping() {
    return stopping;
  }

  String serverReference() {
    return serverReference;
  }

  /// How many connections there may be.
  public Admission admission() {
    return admission;
  }

  Plugins plugins() {
    return plugins;
  }

  Executor logins() {
    return logins;
  }

  /// Sets the deadline of a connection, on its loop.
  void watch(Connection connection, TimerWheel.Timer deadline) {
    shardOf(connection).set(deadline, connectTimeoutSeconds * 1_000_000_000L);
  }

  /// Whether the topic of a will has more levels than are allowed. On the loop of the connection.
  boolean isTooDeep(Connection connection, @Nullable Will will) {
    return will != null && shardOf(connection).isTooDeep(will.topic());
  }

  private Shard shardOf(Connection connection) {
    return shards.get(connection.loop().index());
  }

  int maxInputBytes() {
    return maxInputBytes;
  }

  String assignClientId() {
    return clientIds.get();
  }

  void moveToShard(Connection connection, Hello hello) {
    int index = Shard.shardOf(hello.clientId(), shards.size());
    connection.moveTo(loops.get(index), moved -> shards.get(index).open(moved, hello));
  }

  /// A CONNECT has come. On its loop.
  void connecting(Connection connection, String clientId, Connect connect) {
    inspectorOf(connection).connecting(clientId, connect, connection.listener());
  }

  private Inspector inspectorOf(Connection connection) {
    return shardOf(connection).inspector();
  }

  /// A connection is refused. On its loop.
  void refused(Connection connection, String clientId, ReasonCode reason, @Nullable String detail) {
    synchronized (refused) {
      refused.merge(reason, 1, Integer::sum);
    }
    inspectorOf(connection).refused(clientId, connection.remoteAddress(), reason, detail);
  }

  /// A connection waits no more. On its loop.
  void left(Connection connection, TimerWheel.Timer deadline) {
    shardOf(connection).cancel(deadline);
    waiting.decrementAndGet();
  }
}
