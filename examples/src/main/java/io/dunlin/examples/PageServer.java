package io.dunlin.examples;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/// Serves the page to browsers of this machine. What it shows comes over the page's own WebSocket
/// connection to the broker.
final class PageServer implements AutoCloseable {
  private static final Map<String, String> FILES =
      Map.of(
          "/", "index.html",
          "/show.js", "show.js",
          "/mqtt.js", "mqtt.js",
          "/style.css", "style.css");

  private final HttpServer server;
  private final byte[] settings;

  /// @param port 0 for any
  PageServer(int port, String webSocketUrl, Scene scene) throws IOException {
    String filters =
        scene.filters().stream()
            .map(filter -> "\"" + filter + "\"")
            .collect(Collectors.joining(","));
    settings =
        "{\"title\":\"%s\",\"broker\":\"%s\",\"filters\":[%s]}"
            .formatted(scene.title(), webSocketUrl, filters)
            .getBytes(StandardCharsets.UTF_8);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      if (path.equals("/settings.json")) {
        send(exchange, "application/json", settings);
        return;
      }
      String file = FILES.get(path);
      if (file == null) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      try (InputStream in = PageServer.class.getResourceAsStream("page/" + file)) {
        if (in == null) {
          throw new IllegalStateException("page/" + file + " is not in the jar");
        }
        send(exchange, type(file), in.readAllBytes());
      }
    }
  }

  private static String type(String file) {
    return switch (file.substring(file.lastIndexOf('.'))) {
      case ".js" -> "text/javascript; charset=utf-8";
      case ".css" -> "text/css; charset=utf-8";
      default -> "text/html; charset=utf-8";
    };
  }

  private static void send(HttpExchange exchange, String type, byte[] body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(200, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
