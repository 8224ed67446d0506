package io.dunlin.transport;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a listener is. Immutable.
///
/// @param name what logs call it
/// @param address where it listens: an [InetSocketAddress] (port 0: the system picks) or a
///   [UnixDomainSocketAddress]
/// @param onlyIpv6 whether `::` leaves IPv4 to another listener; else it takes both, as the JDK's
///   selector always does
/// @param mode who may connect to a Unix socket
/// @param proxies when there are any, only they may connect, and must announce whose connection it
///   is by the PROXY protocol
/// @param tls null for plain bytes
/// @param webSocket null for bytes without frames
/// @param maxConnections open connections of this listener; further ones are closed at once
public record ListenerSettings(
    String name,
    SocketAddress address,
    boolean onlyIpv6,
    Set<PosixFilePermission> mode,
    List<Network> proxies,
    @Nullable TlsContext tls,
    @Nullable WebSocketSettings webSocket,
    int maxConnections) {
  private static final Set<PosixFilePermission> OWNER_AND_GROUP =
      PosixFilePermissions.fromString("rw-rw----");

  /// Plain bytes; a Unix socket is for the owner and the group.
  public static ListenerSettings of(String name, SocketAddress address) {
    return new ListenerSettings(
        name, address, false, OWNER_AND_GROUP, List.of(), null, null, Integer.MAX_VALUE);
  }

  public ListenerSettings {
    mode = Set.copyOf(mode);
    proxies = List.copyOf(proxies);
    if (!(address instanceof InetSocketAddress || address instanceof UnixDomainSocketAddress)) {
      throw new IllegalArgumentException("no address to listen at: " + address);
    }
    if (maxConnections < 1) {
      throw new IllegalArgumentException("maxConnections is " + maxConnections);
    }
  }

  /// The same, for IPv6 alone or not.
  public ListenerSettings withOnlyIpv6(boolean value) {
    return new ListenerSettings(
        name, address, value, mode, proxies, tls, webSocket, maxConnections);
  }

  /// The same, with other permissions of its Unix socket.
  public ListenerSettings withMode(Set<PosixFilePermission> value) {
    return new ListenerSettings(
        name, address, onlyIpv6, value, proxies, tls, webSocket, maxConnections);
  }

  /// The same, behind proxies.
  public ListenerSettings withProxies(List<Network> value) {
    return new ListenerSettings(
        name, address, onlyIpv6, mode, value, tls, webSocket, maxConnections);
  }

  /// The same, with TLS.
  public ListenerSettings withTls(@Nullable TlsContext value) {
    return new ListenerSettings(
        name, address, onlyIpv6, mode, proxies, value, webSocket, maxConnections);
  }

  /// The same, with WebSocket.
  public ListenerSettings withWebSocket(@Nullable WebSocketSettings value) {
    return new ListenerSettings(name, address, onlyIpv6, mode, proxies, tls, value, maxConnections);
  }

  /// The same, with another limit.
  public ListenerSettings withMaxConnections(int value) {
    return new ListenerSettings(name, address, onlyIpv6, mode, proxies, tls, webSocket, value);
  }
}
