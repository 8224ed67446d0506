package io.dunlin.broker.config;

/// One value as it was written, and where. Immutable.
///
/// @param path the dotted key with indexes: `listeners.0.port`
public record Setting(String path, String text, Origin origin) {}
