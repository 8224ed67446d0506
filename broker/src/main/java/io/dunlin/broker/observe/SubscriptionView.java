package io.dunlin.broker.observe;

/// A subscription, as it was when somebody looked. Immutable.
///
/// @param filter the topic filter, with `$share/…/` if it is shared
/// @param retainHandling 0, 1 or 2, as the client sent it
/// @param identifier the Subscription Identifier, 0 for none
/// @param connected whether its client is
/// @param durable whether its session outlives the connection
/// @param mayReceive false if the rules keep the topic that was asked for from its client
public record SubscriptionView(
    String clientId,
    String filter,
    int qos,
    boolean noLocal,
    boolean retainAsPublished,
    int retainHandling,
    int identifier,
    boolean connected,
    boolean durable,
    boolean mayReceive) {}
