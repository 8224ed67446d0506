package io.dunlin.broker.connect;

import io.dunlin.broker.shard.Hello;
import io.dunlin.broker.shard.Shard;
import io.dunlin.broker.spi.Plugins;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.transport.Connection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/// Receives new connections and sends each, once its CONNECT is accepted, to the shard of its
/// client identifier. Thread-safe.
public final class Reception {
  private final List<Shard> shards;
  private final List<io.dunlin.transport.Loop> loops;
  private final Plugins plugins;
  private final Executor logins;
  private final Supplier<String> clientIds;
  private final int connectTimeoutSeconds;
  private final int maxInputBytes;
  private final Map<String, List<MqttVersion>> versions;
  private final AtomicInteger waiting = new AtomicInteger();
  private final Map<ReasonCode, Integer> refused = new EnumMap<>(ReasonCode.class);

  /// @param logins where login checks run; they may block there
  /// @param clientIds makes client identifiers that nobody has
  /// @param versions what is spoken at a listener, by its name; all where it has none
  public Reception(
      List<Shard> shards,
      List<io.dunlin.transport.Loop> loops,
      Plugins plugins,
      Executor logins,
      Supplier<String> clientIds,
      int connectTimeoutSeconds,
      int maxInputBytes,
      Map<String, List<MqttVersion>> versions) {
    this.shards = List.copyOf(shards);
    this.loops = List.copyOf(loops);
    this.plugins = plugins;
    this.logins = logins;
    this.clientIds = clientIds;
    this.connectTimeoutSeconds = connectTimeoutSeconds;
    this.maxInputBytes = maxInputBytes;
    this.versions = Map.copyOf(versions);
  }

  /// Takes a new connection. On its loop.
  public void accept(Connection connection) {
    waiting.incrementAndGet();
    new Greeter(this, connection).start();
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

  Plugins plugins() {
    return plugins;
  }

  Executor logins() {
    return logins;
  }

  long connectTimeoutNanos() {
    return connectTimeoutSeconds * 1_000_000_000L;
  }

  int maxInputBytes() {
    return maxInputBytes;
  }

  boolean speaks(String listener, MqttVersion version) {
    List<MqttVersion> spoken = versions.get(listener);
    return spoken == null || spoken.contains(version);
  }

  String assignClientId() {
    return clientIds.get();
  }

  void moveToShard(Connection connection, Hello hello) {
    int index = Shard.shardOf(hello.clientId(), shards.size());
    connection.moveTo(loops.get(index), moved -> shards.get(index).open(moved, hello));
  }

  void count(ReasonCode reason) {
    synchronized (refused) {
      refused.merge(reason, 1, Integer::sum);
    }
  }

  void left() {
    waiting.decrementAndGet();
  }
}
