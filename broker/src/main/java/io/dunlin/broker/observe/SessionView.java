package io.dunlin.broker.observe;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A session, as it was when somebody looked. Immutable.
///
/// @param owner who may take it up; empty where everyone may
/// @param durable whether it outlives its connection
/// @param connection null while the client is away
/// @param closedAtMillis since when it is away, 0 while connected
/// @param expirySeconds how long it stays then
/// @param queuedMessages of QoS 1 and 2, those in flight included
/// @param queuedOnDisk how many of them are known by number only
/// @param queueMaxMessages from which on messages are dropped
/// @param inflight sent and not acknowledged
/// @param window how many may be in flight
/// @param openQos2 messages from the client whose PUBREL has not come
/// @param lost records and messages that damage of the disk has cost it, since the start
/// @param will whether one would be published
/// @param subscriptionCount how many there are
/// @param subscriptions as many as were asked for
public record SessionView(
    String clientId,
    String owner,
    int shard,
    boolean durable,
    @Nullable ConnectionView connection,
    long closedAtMillis,
    long expirySeconds,
    long queuedMessages,
    long queuedOnDisk,
    long queueMaxMessages,
    int inflight,
    int window,
    int openQos2,
    long lost,
    boolean will,
    int subscriptionCount,
    List<SubscriptionView> subscriptions) {
  public SessionView {
    subscriptions = List.copyOf(subscriptions);
  }
}
