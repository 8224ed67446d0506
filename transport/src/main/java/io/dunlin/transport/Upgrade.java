package io.dunlin.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpVersion;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The answer to the request with which a WebSocket begins (RFC 6455 §4.2). Immutable.
///
/// @param response the bytes to send
/// @param refusal why it is refused; empty when the WebSocket is open
record Upgrade(String response, String refusal) {
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int KEY_BYTES = 16;
  private static final Set<String> LOCAL_HOSTS = Set.of("localhost", "127.0.0.1", "[::1]");

  boolean accepted() {
    return refusal.isEmpty();
  }

  /// Decides about a request that ends with its empty line.
  static Upgrade answer(byte[] request, WebSocketSettings settings) {
    EmbeddedChannel decoder =
        new EmbeddedChannel(
            new HttpRequestDecoder(
                new HttpDecoderConfig()
                    .setMaxInitialLineLength(settings.maxHeaderBytes())
                    .setMaxHeaderSize(settings.maxHeaderBytes())));
    try {
      decoder.writeInbound(Unpooled.wrappedBuffer(request));
      if (decoder.readInbound() instanceof HttpRequest decoded
          && decoded.decoderResult().isSuccess()) {
        return answer(decoded, settings);
      }
      return refused("400 Bad Request", "the request is not HTTP", "");
    } finally {
      decoder.finishAndReleaseAll();
    }
  }

  static Upgrade tooLarge() {
    return refused("431 Request Header Fields Too Large", "the request is too large", "");
  }

  private static Upgrade answer(HttpRequest request, WebSocketSettings settings) {
    HttpHeaders headers = request.headers();
    if (!request.method().equals(HttpMethod.GET)) {
      return refused("405 Method Not Allowed", "the method is not GET", "Allow: GET\r\n");
    }
    if (!request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
      return refused("400 Bad Request", "the request is not HTTP/1.1", "");
    }
    if (!path(request.uri()).equals(settings.path())) {
      return refused("404 Not Found", "MQTT is served at " + settings.path(), "");
    }
    if (!headers.containsValue(HttpHeaderNames.UPGRADE, "websocket", true)
        || !headers.containsValue(HttpHeaderNames.CONNECTION, "upgrade", true)) {
      return refused("426 Upgrade Required", "WebSocket is spoken here", "Upgrade: websocket\r\n");
    }
    if (!"13".equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
      return refused(
          "426 Upgrade Required",
          "version 13 of WebSocket is spoken here",
          "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
    }
    String key = headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY);
    if (key == null || !isKey(key)) {
      return refused("400 Bad Request", "Sec-WebSocket-Key is missing or wrong", "");
    }
    String origin = headers.get(HttpHeaderNames.ORIGIN);
    if (origin != null && !allowed(origin, settings.origins())) {
      return refused("403 Forbidden", "pages of this origin may not connect", "");
    }
    List<String> offered =
        headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL).stream()
            .flatMap(line -> Arrays.stream(line.split(",", -1)))
            .map(String::strip)
            .toList();
    return settings.protocols().stream()
        .filter(offered::contains)
        .findFirst()
        .map(protocol -> accepted(key, protocol))
        .orElseGet(() ->
            refused(
                "400 Bad Request",
                "the subprotocol is none of " + String.join(", ", settings.protocols()),
                ""));
  }

  private static Upgrade accepted(String key, String protocol) {
    return new Upgrade(
        "HTTP/1.1 101 Switching Protocols\r\n"
            + "Upgrade: websocket\r\n"
            + "Connection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: "
            + accept(key)
            + "\r\nSec-WebSocket-Protocol: "
            + protocol
            + "\r\n\r\n",
        "");
  }

  private static Upgrade refused(String status, String reason, String headers) {
    return new Upgrade(
        "HTTP/1.1 "
            + status
            + "\r\n"
            + headers
            + "Connection: close\r\nContent-Type: text/plain\r\nContent-Length: "
            + (reason.length() + 1)
            + "\r\n\r\n"
            + reason
            + "\n",
        reason);
  }

  private static String path(String uri) {
    int end = uri.indexOf('?');
    return end < 0 ? uri : uri.substring(0, end);
  }

  private static boolean isKey(String key) {
    try {
      return Base64.getDecoder().decode(key.strip()).length == KEY_BYTES;
    } catch (IllegalArgumentException _) { // not Base64
      return false;
    }
  }

  private static String accept(String key) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1").digest((key.strip() + GUID).getBytes(US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }

  private static boolean allowed(String origin, List<String> origins) {
    return origins.contains(WebSocketSettings.ANY_ORIGIN)
        || origins.contains(origin)
        || (origins.contains(WebSocketSettings.LOCAL_ORIGIN) && isLocal(origin));
  }

  private static boolean isLocal(String origin) {
    try {
      @Nullable String host = new URI(origin).getHost();
      return host != null && LOCAL_HOSTS.contains(host);
    } catch (URISyntaxException _) { // the origin of a page without one
      return false;
    }
  }
}
