package io.dunlin.broker.config;

import io.dunlin.broker.config.KeyType.TextType;
import io.dunlin.broker.config.KeyType.TextsType;
import io.dunlin.transport.WebSocketSettings;
import java.util.List;

/// A listener's WebSocket. Immutable.
///
/// @param path [#PATH]
/// @param origins [#ORIGINS]
/// @param maxFrameBytes [#MAX_FRAME_BYTES]
/// @param maxHeaderBytes [#MAX_HEADER_BYTES]
public record WebSocketConfig(
    String path, List<String> origins, int maxFrameBytes, int maxHeaderBytes) {
  private static final List<String> SUBPROTOCOLS = List.of("mqtt", "mqttv3.1"); // [MQTT-6.0.0-4]

  /// What clients ask for.
  public static final Key<String> PATH =
      new Key<>(
          "listeners.*.ws.path",
          new TextType(256),
          "/mqtt",
          "The path at which WebSocket clients are served; other paths are refused.");

  /// Whose pages may connect.
  public static final Key<List<String>> ORIGINS =
      new Key<>(
          "listeners.*.ws.origins",
          new TextsType(1024),
          "*",
          "Web sites whose pages may connect, as https://example.org; * is every site, localhost"
              + " every page of this machine. Default: localhost if only this machine reaches the"
              + " listener, otherwise *. Clients that are no browsers are not asked.");

  /// The largest frame.
  public static final Key<Integer> MAX_FRAME_BYTES =
      Key.integer(
          "listeners.*.ws.max-frame-bytes",
          Unit.BYTES,
          67_108_864,
          1_024,
          1_073_741_824,
          "Most that one WebSocket frame may hold; a larger one ends the connection. A frame may"
              + " hold many packets or a part of one, and is not kept in memory as a whole.");

  /// The largest request.
  public static final Key<Integer> MAX_HEADER_BYTES =
      Key.integer(
          "listeners.*.ws.max-header-bytes",
          Unit.BYTES,
          8_192,
          1_024,
          65_536,
          "Most that the HTTP request may hold with which a WebSocket begins.");

  static final List<Key<?>> KEYS = List.of(PATH, ORIGINS, MAX_FRAME_BYTES, MAX_HEADER_BYTES);

  /// Checks each value.
  ///
  /// @throws InvalidConfig if one is not allowed
  public WebSocketConfig {
    origins = List.copyOf(origins);
    PATH.check(path);
    ORIGINS.check(origins);
    MAX_FRAME_BYTES.check(maxFrameBytes);
    MAX_HEADER_BYTES.check(maxHeaderBytes);
    if (!path.startsWith("/")) {
      throw new InvalidConfig(PATH.path(), "'" + path + "' is no path; it must begin with /");
    }
  }

  /// The defaults of a listener that only this machine reaches, or of another.
  public static WebSocketConfig defaults(boolean loopbackOnly) {
    return new WebSocketConfig(
        PATH.defaultValue(),
        originsFor(loopbackOnly),
        MAX_FRAME_BYTES.defaultValue(),
        MAX_HEADER_BYTES.defaultValue());
  }

  /// What the transport needs to know.
  public WebSocketSettings settings() {
    return new WebSocketSettings(path, origins, SUBPROTOCOLS, maxFrameBytes, maxHeaderBytes);
  }

  private static List<String> originsFor(boolean loopbackOnly) {
    return List.of(loopbackOnly ? WebSocketSettings.LOCAL_ORIGIN : WebSocketSettings.ANY_ORIGIN);
  }

  static WebSocketConfig from(Values values, boolean loopbackOnly) {
    return new WebSocketConfig(
        values.get(PATH),
        values.get(ORIGINS, originsFor(loopbackOnly)),
        values.get(MAX_FRAME_BYTES),
        values.get(MAX_HEADER_BYTES));
  }
}
