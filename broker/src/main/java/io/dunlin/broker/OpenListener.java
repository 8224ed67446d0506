package io.dunlin.broker;

import io.dunlin.broker.config.ListenerType;
import java.net.SocketAddress;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A listener that accepts connections at an address; one that has several addresses is told of
/// once for each. Immutable.
///
/// @param name as in the configuration
/// @param type how bytes come through it
/// @param address with the real port: an [java.net.InetSocketAddress] or a
///   [java.net.UnixDomainSocketAddress]
/// @param certificateExpires when its certificate does; null without TLS
public record OpenListener(
    String name, ListenerType type, SocketAddress address, @Nullable Instant certificateExpires) {}
