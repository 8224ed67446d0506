package io.dunlin.transport;

import java.util.List;

/// How a listener speaks WebSocket. Immutable.
///
/// @param path what clients ask for, `/mqtt`
/// @param origins pages of which sites may connect, as `https://example.org`; `*` is every site,
///   `localhost` every page of this machine. Clients that are no browsers tell no origin, and may
///   always.
/// @param protocols the subprotocols that are spoken, the preferred one first
/// @param maxFrameBytes most that one frame may hold: 125..2^31-1
/// @param maxHeaderBytes most that the request for the upgrade may hold: 256..65,536
public record WebSocketSettings(
    String path,
    List<String> origins,
    List<String> protocols,
    int maxFrameBytes,
    int maxHeaderBytes) {
  /// Pages of every site.
  public static final String ANY_ORIGIN = "*";

  /// Pages of this machine.
  public static final String LOCAL_ORIGIN = "localhost";

  public WebSocketSettings {
    origins = List.copyOf(origins);
    protocols = List.copyOf(protocols);
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("the path '" + path + "' does not begin with /");
    }
    if (protocols.isEmpty()) {
      throw new IllegalArgumentException("no subprotocol");
    }
    if (maxFrameBytes < 125) {
      throw new IllegalArgumentException("maxFrameBytes is " + maxFrameBytes);
    }
    if (maxHeaderBytes < 256 || maxHeaderBytes > LayeredSocket.MAX_OPENING_BYTES) {
      throw new IllegalArgumentException("maxHeaderBytes is " + maxHeaderBytes);
    }
  }
}
