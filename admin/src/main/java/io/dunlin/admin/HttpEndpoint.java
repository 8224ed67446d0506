package io.dunlin.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.dunlin.broker.Broker;
import io.dunlin.broker.Readiness;
import io.dunlin.broker.config.AdminConfig;
import io.dunlin.broker.config.ListenerConfig;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `/metrics`, `/health` and `/ready` over HTTP, on the JDK's server and virtual threads.
/// Thread-safe.
///
/// Bounded: [#MAX_REQUESTS] at a time, others are told to come again; the number of connections and
/// the time that one may take for its request have limits, too. Nothing can be changed here, so
/// there is nothing to protect but what it tells.
final class HttpEndpoint implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpEndpoint.class);
  private static final int MAX_REQUESTS = 8;
  private static final int BACKLOG = 32;
  private static final long LOOK_MILLIS = 1_000;
  private static final String OPEN_METRICS = "application/openmetrics-text";
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
  private static final String JSON = "application/json";

  private final Broker broker;
  private final PrometheusMeterRegistry registry;
  private final JvmGcMetrics collections = new JvmGcMetrics();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore requests = new Semaphore(MAX_REQUESTS);
  private final List<HttpServer> servers = new ArrayList<>();

  /// An answer.
  private record Answer(int status, String type, String body) {}

  /// What makes one.
  private interface Page {
    Answer answer(HttpExchange exchange) throws InterruptedException;
  }

  private HttpEndpoint(Broker broker) {
    this.broker = broker;
    this.registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    new BrokerMeters(broker.metrics()).bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    collections.bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
  }

  static HttpEndpoint open(AdminConfig config, Broker broker) throws IOException {
    limitTheServer();
    HttpEndpoint endpoint = new HttpEndpoint(broker);
    try {
      int port = config.port();
      for (InetAddress address : config.bind()) {
        try {
          port = endpoint.listen(new InetSocketAddress(address, port));
        } catch (BindException e) {
          if (endpoint.servers.isEmpty() || !isMissing(address, e)) {
            throw e;
          }
          LOG.warn("admin.skipped address={} error={}", address, e.getMessage());
        }
      }
      return endpoint;
    } catch (IOException e) {
      endpoint.close();
      throw e;
    }
  }

  /// Whether `::1` failed because this machine has no IPv6; the default names it, beside 127.0.0.1.
  private static boolean isMissing(InetAddress address, BindException e) {
    boolean taken = String.valueOf(e.getMessage()).contains("in use");
    return address instanceof Inet6Address && address.isLoopbackAddress() && !taken;
  }

  /// The JDK's server reads its limits from properties of the process, once; those that somebody has
  /// set stay.
  private static void limitTheServer() {
    limit("sun.net.httpserver.maxReqTime", "10"); // seconds
    limit("sun.net.httpserver.maxRspTime", "60");
    limit("sun.net.httpserver.nodelay", "true");
    limit("jdk.httpserver.maxConnections", "64");
  }

  private static void limit(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  private int listen(InetSocketAddress address) throws IOException {
    HttpServer server;
    try {
      server = HttpServer.create(address, BACKLOG);
    } catch (IOException e) {
      BindException named =
          new BindException("admin " + ListenerConfig.show(address) + ": " + e.getMessage());
      named.initCause(e);
      throw named;
    }
    servers.add(server);
    server.setExecutor(threads);
    server.createContext("/", exchange -> handle(exchange, this::start));
    server.createContext("/metrics", exchange -> handle(exchange, this::metrics));
    server.createContext("/health", exchange -> handle(exchange, _ -> health()));
    server.createContext("/ready", exchange -> handle(exchange, _ -> ready()));
    server.start();
    LOG.info("admin.listening address={}", ListenerConfig.show(server.getAddress()));
    return server.getAddress().getPort();
  }

  List<InetSocketAddress> addresses() {
    return servers.stream().map(HttpServer::getAddress).toList();
  }

  private void handle(HttpExchange exchange, Page page) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      if (!method.equals("GET") && !method.equals("HEAD")) {
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        send(exchange, new Answer(405, JSON, "{\"error\":\"GET and HEAD only\"}"));
      } else if (!requests.tryAcquire()) {
        exchange.getResponseHeaders().set("Retry-After", "1");
        send(exchange, new Answer(503, JSON, "{\"error\":\"too many requests at a time\"}"));
      } else {
        try {
          send(exchange, page.answer(exchange));
        } finally {
          requests.release();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) { // the top of a request
      LOG.error("admin.failed path={} error={}", exchange.getRequestURI(), e.toString(), e);
    }
  }

  private static void send(HttpExchange exchange, Answer answer) throws IOException {
    byte[] body = answer.body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", answer.type);
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(answer.status, head ? -1 : body.length);
    if (!head) {
      exchange.getResponseBody().write(body);
    }
  }

  private Answer start(HttpExchange exchange) {
    boolean root = exchange.getRequestURI().getPath().equals("/");
    return new Answer(root ? 200 : 404, "text/plain; charset=utf-8", "/metrics\n/health\n/ready\n");
  }

  private Answer metrics(HttpExchange exchange) throws InterruptedException {
    try {
      broker.metrics().refresh().get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("admin.slow-census error={}", e.toString()); // the values of before will do
    }
    String accept = String.valueOf(exchange.getRequestHeaders().getFirst("Accept"));
    String type = accept.contains(OPEN_METRICS) ? OPEN_METRICS + "; version=1.0.0; charset=utf-8" : PROMETHEUS;
    return new Answer(200, type, registry.scrape(type));
  }

  private Answer health() {
    return broker.readiness().healthy()
        ? new Answer(200, JSON, "{\"healthy\":true}\n")
        : new Answer(503, JSON, "{\"healthy\":false}\n");
  }

  private Answer ready() {
    Readiness readiness = broker.readiness();
    List<String> why = readiness.objections();
    var node = Json.object().put("ready", why.isEmpty());
    if (!why.isEmpty()) {
      why.forEach(node.putArray("why")::add);
    }
    return new Answer(why.isEmpty() ? 200 : 503, JSON, node + "\n");
  }

  @Override
  public void close() {
    servers.forEach(server -> server.stop(0));
    threads.shutdownNow();
    collections.close();
    registry.close();
  }
}
