package io.dunlin.broker.shard;

import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.broker.config.ListenerConfig;
import io.dunlin.broker.config.ListenerLimits;
import io.dunlin.session.Outgoing;
import java.util.Map;
import java.util.stream.Collectors;

/// The limits that shards obey, from the configuration. Immutable.
///
/// @param outboxBytes per connection; beyond it QoS 0 is dropped and QoS 1 and 2 wait in the queue
/// @param queueBytes of a session's queue
/// @param queueMemoryBytes of all queues of sessions that end with their connections, on all shards
/// @param rememberedMessages of durable sessions, by number, in memory of one shard
/// @param packetIds how many packet identifiers there are; fewer than [Outgoing#SPAN] in tests
/// @param incomingWindow QoS 1 and 2 messages a client may have unanswered
/// @param persistentSessions that there may be, on all shards together
/// @param heap parts of the Java heap for what grows with all clients and topics
/// @param listeners limits of single listeners, by their names
/// @param logMaxBytes length of the log from which on durable publishers are slowed
public record Limits(
    int maxPacketBytes,
    int topicLevels,
    long messageExpirySeconds,
    long outboxBytes,
    long queueMessages,
    long queueBytes,
    long queueMemoryBytes,
    long rememberedMessages,
    int incomingWindow,
    int outgoingWindow,
    int openQos2,
    long sessionExpirySeconds,
    long persistentSessions,
    int subscriptions,
    int filtersPerSubscribe,
    int topicAliases,
    int topicAliasesOutgoing,
    int keepAliveSeconds,
    int willGraceSeconds,
    boolean retainAvailable,
    String responseInformation,
    String serverReference,
    long logMaxBytes,
    int packetIds,
    HeapShares heap,
    Map<String, ListenerLimits> listeners) {
  public Limits {
    listeners = Map.copyOf(listeners);
  }

  /// The largest packet that a client of a listener may send.
  int maxPacketBytes(String listener) {
    ListenerLimits own = listeners.get(listener);
    return own == null ? maxPacketBytes : Math.min(maxPacketBytes, own.maxPacketBytes());
  }

  /// The part of a configuration that shards need.
  public static Limits of(BrokerConfig config) {
    return of(config, Outgoing.SPAN, HeapShares.of(Runtime.getRuntime().maxMemory()));
  }

  /// The same with fewer packet identifiers, or other parts of the heap.
  public static Limits of(BrokerConfig config, int packetIds, HeapShares heap) {
    long queueMemory = config.session().queueMemoryBytes();
    long persistentMax = config.session().persistentMax();
    return new Limits(
        config.message().maxPacketBytes(),
        config.message().topicLevelsMax(),
        config.message().expiryMaxSeconds(),
        config.connection().outboxMaxBytes(),
        config.session().queueMaxMessages(),
        config.session().queueMaxBytes(),
        queueMemory == 0 ? heap.queueBytes() : queueMemory,
        config.session().queueMemoryMessages(),
        config.session().receiveMaximum(),
        config.session().inflightMax(),
        config.session().qos2OpenMax(),
        config.session().expiryMaxSeconds(),
        persistentMax == 0 ? heap.persistentSessions() : persistentMax,
        config.session().subscriptionsMax(),
        config.session().filtersPerSubscribeMax(),
        config.connection().topicAliasMax(),
        config.connection().topicAliasMaxOutgoing(),
        config.connection().keepAliveMaxSeconds(),
        config.session().willGraceSeconds(),
        config.retained().maxMessages() > 0,
        config.server().responseInformation(),
        config.server().serverReference(),
        config.storage().logMaxBytes(),
        packetIds,
        heap,
        config.listeners().stream()
            .collect(Collectors.toMap(ListenerConfig::name, ListenerConfig::limits)));
  }
}
