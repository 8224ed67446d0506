package io.dunlin.broker.observe;

/// A retained message, without its payload. Immutable.
///
/// @param expiresAtMillis -1 for never
public record RetainedView(String topic, int qos, int payloadBytes, long expiresAtMillis) {}
