package io.dunlin.broker.observe;

/// How a client's last connection ended. Immutable.
///
/// @param reason in words
public record Ending(String clientId, String reason, long atMillis) {}
