package io.dunlin.broker.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/// What becomes of a running broker's configuration when another is given to it: each key says
/// whether it can change live. Immutable.
///
/// @param effective what the broker goes on with: the new values, but for those of `needsRestart`
/// @param applied what changes now, by key or by listener
/// @param needsRestart keys whose new values count from the next start on
/// @param opened listeners that are new
/// @param closed listeners that are gone
public record ReloadPlan(
    BrokerConfig effective,
    List<String> applied,
    List<String> needsRestart,
    List<ListenerConfig> opened,
    List<ListenerConfig> closed) {
  private record Item(Key<?> key, boolean live, Function<BrokerConfig, Object> value) {}

  private static final List<Item> ITEMS =
      List.of(
          atStart(DataConfig.DIRECTORY, c -> c.data().directory()),
          atStart(DataConfig.DURABILITY, c -> c.data().durability()),
          live(ConnectionLimits.MAX_CONNECTIONS, c -> c.connection().maxConnections()),
          live(
              ConnectionLimits.CONNECT_TIMEOUT_SECONDS,
              c -> c.connection().connectTimeoutSeconds()),
          live(ConnectionLimits.CONNECT_INPUT_BYTES, c -> c.connection().connectInputBytes()),
          live(ConnectionLimits.KEEP_ALIVE_MAX_SECONDS, c -> c.connection().keepAliveMaxSeconds()),
          live(ConnectionLimits.OUTBOX_MAX_BYTES, c -> c.connection().outboxMaxBytes()),
          live(ConnectionLimits.TOPIC_ALIAS_MAX, c -> c.connection().topicAliasMax()),
          live(
              ConnectionLimits.TOPIC_ALIAS_MAX_OUTGOING,
              c -> c.connection().topicAliasMaxOutgoing()),
          live(SessionLimits.EXPIRY_MAX_SECONDS, c -> c.session().expiryMaxSeconds()),
          live(SessionLimits.QUEUE_MAX_MESSAGES, c -> c.session().queueMaxMessages()),
          live(SessionLimits.QUEUE_MAX_BYTES, c -> c.session().queueMaxBytes()),
          live(SessionLimits.QUEUE_MEMORY_BYTES, c -> c.session().queueMemoryBytes()),
          live(SessionLimits.QUEUE_MEMORY_MESSAGES, c -> c.session().queueMemoryMessages()),
          live(SessionLimits.RECEIVE_MAXIMUM, c -> c.session().receiveMaximum()),
          live(SessionLimits.INFLIGHT_MAX, c -> c.session().inflightMax()),
          live(SessionLimits.QOS2_OPEN_MAX, c -> c.session().qos2OpenMax()),
          live(SessionLimits.PERSISTENT_MAX, c -> c.session().persistentMax()),
          live(SessionLimits.SUBSCRIPTIONS_MAX, c -> c.session().subscriptionsMax()),
          live(SessionLimits.FILTERS_PER_SUBSCRIBE_MAX, c -> c.session().filtersPerSubscribeMax()),
          live(SessionLimits.WILL_GRACE_SECONDS, c -> c.session().willGraceSeconds()),
          live(MessageLimits.MAX_PACKET_BYTES, c -> c.message().maxPacketBytes()),
          live(MessageLimits.TOPIC_LEVELS_MAX, c -> c.message().topicLevelsMax()),
          live(MessageLimits.EXPIRY_MAX_SECONDS, c -> c.message().expiryMaxSeconds()),
          live(RetainedLimits.MAX_MESSAGES, c -> c.retained().maxMessages()),
          live(RetainedLimits.MAX_BYTES, c -> c.retained().maxBytes()),
          atStart(StorageConfig.SEGMENT_BYTES, c -> c.storage().segmentBytes()),
          live(StorageConfig.LOG_MAX_BYTES, c -> c.storage().logMaxBytes()),
          atStart(StorageConfig.COMMIT_DELAY_MICROS, c -> c.storage().commitDelayMicros()),
          atStart(StorageConfig.DISK_RESERVE_BYTES, c -> c.storage().diskReserveBytes()),
          live(StorageConfig.SCRUB_INTERVAL_SECONDS, c -> c.storage().scrubIntervalSeconds()),
          atStart(ServerConfig.WATCHDOG_SECONDS, c -> c.server().watchdogSeconds()),
          live(ServerConfig.RESPONSE_INFORMATION, c -> c.server().responseInformation()),
          live(ServerConfig.SERVER_REFERENCE, c -> c.server().serverReference()),
          live(UsersConfig.PASSWORD_FILE, c -> c.users().passwordFile()),
          live(AclConfig.FILE, c -> c.acl().file()),
          atStart(AdminConfig.BIND, c -> c.admin().bind()),
          atStart(AdminConfig.PORT, c -> c.admin().port()),
          atStart(AdminConfig.ANONYMOUS, c -> c.admin().anonymous()),
          live(LogConfig.LEVEL, c -> c.log().level()),
          atStart(LogConfig.FORMAT, c -> c.log().format()),
          atStart(SysConfig.INTERVAL_SECONDS, c -> c.sys().intervalSeconds()),
          atStart(BrokerConfig.SHARDS, BrokerConfig::shards));

  public ReloadPlan {
    applied = List.copyOf(applied);
    needsRestart = List.copyOf(needsRestart);
    opened = List.copyOf(opened);
    closed = List.copyOf(closed);
  }

  private static Item live(Key<?> key, Function<BrokerConfig, Object> value) {
    return new Item(key, true, value);
  }

  private static Item atStart(Key<?> key, Function<BrokerConfig, Object> value) {
    return new Item(key, false, value);
  }

  /// Whether a key's value can change while the broker runs. Of listeners, who may log in can; a
  /// listener that stays cannot move.
  public static boolean isLive(Key<?> key) {
    return key.path().startsWith("listeners.")
        ? ListenerConfig.LOGIN_KEYS.contains(key)
        : ITEMS.stream().anyMatch(item -> item.live && item.key.equals(key));
  }

  /// Whether this class knows what to do about a key.
  static boolean knows(Key<?> key) {
    return key.path().startsWith("listeners.")
        || ITEMS.stream().anyMatch(item -> item.key.equals(key));
  }

  /// Compares two configurations.
  ///
  /// @throws InvalidConfig if the new values do not fit those that need a restart
  public static ReloadPlan of(BrokerConfig now, BrokerConfig next) {
    List<String> applied = new ArrayList<>();
    List<String> needsRestart = new ArrayList<>();
    for (Item item : ITEMS) {
      if (!Objects.equals(item.value.apply(now), item.value.apply(next))) {
        (item.live ? applied : needsRestart).add(item.key.path());
      }
    }
    if (!now.acl().rules().equals(next.acl().rules())) {
      applied.add("acl");
    }
    List<ListenerConfig> opened = new ArrayList<>();
    List<ListenerConfig> closed = new ArrayList<>();
    List<ListenerConfig> listeners = listeners(now, next, applied, needsRestart, opened, closed);
    return new ReloadPlan(effective(now, next, listeners), applied, needsRestart, opened, closed);
  }

  private static List<ListenerConfig> listeners(
      BrokerConfig now,
      BrokerConfig next,
      List<String> applied,
      List<String> needsRestart,
      List<ListenerConfig> opened,
      List<ListenerConfig> closed) {
    Map<String, ListenerConfig> left = new HashMap<>();
    now.listeners().forEach(listener -> left.put(listener.name(), listener));
    List<ListenerConfig> result = new ArrayList<>();
    for (int i = 0; i < next.listeners().size(); i++) {
      String place = Integer.toString(i);
      ListenerConfig listener = next.listeners().get(i);
      ListenerConfig old = left.remove(listener.name());
      if (old == null) {
        opened.add(listener);
        applied.add("listener '" + listener.name() + "' opened");
        result.add(listener);
        continue;
      }
      ListenerConfig staying = old.withLoginOf(listener);
      ListenerChange.keys(staying, listener)
          .forEach(key -> needsRestart.add(key.path().replace("*", place)));
      if (!staying.equals(old)) {
        applied.add("logins of listener '" + listener.name() + "'");
      }
      result.add(staying);
    }
    for (ListenerConfig gone : left.values()) {
      closed.add(gone);
      applied.add("listener '" + gone.name() + "' closed");
    }
    return result;
  }

  private static BrokerConfig effective(
      BrokerConfig now, BrokerConfig next, List<ListenerConfig> listeners) {
    return new BrokerConfig(
        now.data(),
        listeners,
        next.connection(),
        next.session(),
        next.message(),
        next.retained(),
        next.storage().withStartValuesOf(now.storage()),
        next.server().withStartValuesOf(now.server()),
        next.users(),
        next.acl(),
        now.admin(),
        new LogConfig(next.log().level(), now.log().format()),
        now.sys(),
        now.shards());
  }
}
