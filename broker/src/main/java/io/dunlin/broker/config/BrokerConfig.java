package io.dunlin.broker.config;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// Everything that can be set about a broker. Immutable, and valid: each value is in its range, and
/// they fit together.
///
/// An embedding program begins with [#defaults] or [#of] and changes parts with the `with` methods:
///
/// ```java
/// BrokerConfig config = BrokerConfig.of(Map.of("data.directory", "/tmp/x", "listeners.0.port", "0"));
/// ```
///
/// @param data where state lives
/// @param listeners the doors, at least one
/// @param connection limits of connections
/// @param session limits of sessions
/// @param message limits of packets and messages
/// @param retained limits of retained messages
/// @param storage the log's shape
/// @param server what the broker tells about itself
/// @param users who is known
/// @param acl who may do what
/// @param admin metrics and health over HTTP
/// @param log what is logged
/// @param sys the `$SYS` topics
/// @param shards [#SHARDS]; see [#shardCount]
public record BrokerConfig(
    DataConfig data,
    List<ListenerConfig> listeners,
    ConnectionLimits connection,
    SessionLimits session,
    MessageLimits message,
    RetainedLimits retained,
    StorageConfig storage,
    ServerConfig server,
    UsersConfig users,
    AclConfig acl,
    AdminConfig admin,
    LogConfig log,
    SysConfig sys,
    int shards) {
  /// How many threads share the work.
  public static final Key<Integer> SHARDS =
      Key.integer(
          "shards",
          Unit.SHARDS,
          0,
          0,
          64,
          "Event loop threads, each with its part of the sessions. 0: one for every two"
              + " processors, at least one.");

  /// Every key there is, in the order of the reference page.
  public static final List<Key<?>> KEYS =
      Stream.of(
              DataConfig.KEYS,
              ListenerConfig.KEYS,
              ConnectionLimits.KEYS,
              SessionLimits.KEYS,
              MessageLimits.KEYS,
              RetainedLimits.KEYS,
              StorageConfig.KEYS,
              ServerConfig.KEYS,
              UsersConfig.KEYS,
              AclConfig.KEYS,
              AdminConfig.KEYS,
              LogConfig.KEYS,
              SysConfig.KEYS,
              List.<Key<?>>of(SHARDS))
          .<Key<?>>flatMap(List::stream)
          .toList();

  /// Checks that the parts fit together.
  ///
  /// @throws InvalidConfig if they do not
  public BrokerConfig {
    listeners = List.copyOf(listeners);
    SHARDS.check(shards);
    checkListeners(listeners);
    int packet = message.maxPacketBytes();
    checkAtLeast(
        ConnectionLimits.OUTBOX_MAX_BYTES,
        connection.outboxMaxBytes(),
        packet,
        "message.max-packet-bytes (" + packet + ")");
    checkAtLeast(
        StorageConfig.SEGMENT_BYTES,
        storage.segmentBytes(),
        2L * packet,
        "twice message.max-packet-bytes (" + packet + ")");
    checkAtLeast(
        StorageConfig.LOG_MAX_BYTES,
        storage.logMaxBytes(),
        4L * storage.segmentBytes(),
        "four times storage.segment-bytes (" + storage.segmentBytes() + ")");
  }

  /// What a broker does that was told nothing: loopback, port 1883, state in the user's own place.
  public static BrokerConfig defaults() {
    return of(Map.of());
  }

  /// The defaults, changed by keys as they stand in the file: `listeners.0.port`.
  ///
  /// @throws IllegalArgumentException listing all keys and values that are wrong
  public static BrokerConfig of(Map<String, String> settings) {
    try {
      return new ConfigReader().embedding(settings).read().config();
    } catch (ConfigException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /// How many shards there are on a machine with so many processors.
  public int shardCount(int processors) {
    return shards == 0 ? Math.max(1, processors / 2) : shards;
  }

  /// The same with other data settings.
  public BrokerConfig withData(DataConfig other) {
    return new BrokerConfig(
        other,
        listeners,
        connection,
        session,
        message,
        retained,
        storage,
        server,
        users,
        acl,
        admin,
        log,
        sys,
        shards);
  }

  /// The same with other listeners.
  public BrokerConfig withListeners(List<ListenerConfig> others) {
    return new BrokerConfig(
        data,
        others,
        connection,
        session,
        message,
        retained,
        storage,
        server,
        users,
        acl,
        admin,
        log,
        sys,
        shards);
  }

  /// The same with other users and rules.
  public BrokerConfig withAccess(UsersConfig otherUsers, AclConfig otherAcl) {
    return new BrokerConfig(
        data,
        listeners,
        connection,
        session,
        message,
        retained,
        storage,
        server,
        otherUsers,
        otherAcl,
        admin,
        log,
        sys,
        shards);
  }

  /// Refuses listeners that nobody could connect to, by the logins that the configuration has.
  ///
  /// @throws InvalidConfig naming the listener and the remedy
  public void checkLogins() {
    for (int i = 0; i < listeners.size(); i++) {
      String complaint = listeners.get(i).nobodyCanConnect(users.hasPasswordFile());
      if (!complaint.isEmpty()) {
        throw new InvalidConfig("listeners." + i + ".anonymous", complaint);
      }
    }
  }

  static BrokerConfig from(Values values, int listenerCount, AclRules rules) {
    List<ListenerConfig> listeners = new ArrayList<>();
    DataConfig data = DataConfig.from(values);
    boolean passwords = values.hasText(UsersConfig.PASSWORD_FILE);
    for (int i = 0; i < listenerCount; i++) {
      try {
        listeners.add(ListenerConfig.from(values, i, passwords));
      } catch (InvalidConfig e) {
        values.item(i).refuse(e);
      }
    }
    return new BrokerConfig(
        data,
        listeners,
        ConnectionLimits.from(values),
        SessionLimits.from(values),
        MessageLimits.from(values),
        RetainedLimits.from(values),
        StorageConfig.from(values),
        ServerConfig.from(values),
        UsersConfig.from(values),
        AclConfig.from(values, rules),
        AdminConfig.from(values),
        LogConfig.from(values),
        SysConfig.from(values),
        values.get(SHARDS));
  }

  private static void checkListeners(List<ListenerConfig> listeners) {
    if (listeners.isEmpty()) {
      throw new InvalidConfig("listeners", "a broker needs at least one listener");
    }
    Set<String> names = new HashSet<>();
    Set<InetSocketAddress> addresses = new HashSet<>();
    Set<Path> sockets = new HashSet<>();
    for (int i = 0; i < listeners.size(); i++) {
      ListenerConfig listener = listeners.get(i);
      if (!names.add(listener.name())) {
        throw new InvalidConfig(
            "listeners." + i + ".name", "two listeners are named '" + listener.name() + "'");
      }
      Path socket = listener.unix().path().toAbsolutePath().normalize();
      if (listener.type() == ListenerType.UNIX && !sockets.add(socket)) {
        throw new InvalidConfig(
            "listeners." + i + ".unix.path", "two listeners have the Unix socket " + socket);
      }
      for (InetSocketAddress address : listener.addresses()) {
        if (address.getPort() != 0 && !addresses.add(address)) {
          throw new InvalidConfig(
              "listeners." + i + ".port",
              "two listeners have the address " + ListenerConfig.show(address));
        }
      }
    }
  }

  private static void checkAtLeast(Key<?> key, long value, long least, String leastInWords) {
    if (value < least) {
      throw new InvalidConfig(
          key.path(), value + " is too small; it must be at least " + leastInWords);
    }
  }
}
