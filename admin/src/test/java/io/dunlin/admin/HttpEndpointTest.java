package io.dunlin.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpEndpointTest {
  /// A sample in Prometheus' text format.
  private static final Pattern SAMPLE =
      Pattern.compile(
          "([a-zA-Z_:][a-zA-Z0-9_:]*(?:\\{[a-z_]+=\"[^\"\\\\]*\"(?:,[a-z_]+=\"[^\"\\\\]*\")*\\})?)"
              + " (\\S+)");

  @TempDir Path data;

  @Test
  void metricsTellWhatHappened() throws Exception {
    try (Running running = Running.on(data);
        MqttPeer panel = running.client("panel");
        MqttPeer oven = running.client("oven")) {
      panel.subscribe("plant/#");
      oven.publish("plant/oven", 1, true);
      oven.publish("plant/oven", 0, false);
      panel.expect(0x30);
      panel.expect(0x30);

      Map<String, Double> samples = samples(get(running, "/metrics").body());

      assertThat(samples)
          .containsEntry("dunlin_session_connected", 2.0)
          .containsEntry("dunlin_subscription_count", 1.0)
          .containsEntry("dunlin_publish_received_total{qos=\"0\"}", 1.0)
          .containsEntry("dunlin_publish_received_total{qos=\"1\"}", 1.0)
          .containsEntry("dunlin_publish_sent_total{qos=\"1\"}", 1.0)
          .containsEntry("dunlin_retained_count", 1.0)
          .containsEntry("dunlin_broker_ready", 1.0)
          .containsEntry("dunlin_session_inflight_messages", 1.0)
          .containsKey("jvm_threads_live_threads");
      assertThat(samples.get("dunlin_log_forces_total")).isPositive();
      assertThat(samples.get("dunlin_publish_received_bytes_total{qos=\"1\"}")).isEqualTo(19.0);
      assertThat(samples.get("dunlin_log_forces_within_total{le=\"+Inf\"}"))
          .isGreaterThanOrEqualTo(samples.get("dunlin_log_forces_within_total{le=\"0.001\"}"));
    }
  }

  @Test
  void timesOfAListenerWithTlsComeAndGoWithIt(@TempDir Path files) throws Exception {
    Map<String, String> listener = new SelfSigned(files).secondListener();
    double now = System.currentTimeMillis() / 1e3;
    try (Running running = Running.on(data)) {
      assertThat(get(running, "/metrics").body()).doesNotContain("listener=\"tls\"");

      running.reload(listener);

      assertThat(samples(get(running, "/metrics").body()))
          .hasEntrySatisfying(
              "dunlin_listener_certificate_not_after_timestamp_seconds{listener=\"tls\"}",
              time -> assertThat(time).isGreaterThan(now))
          .containsKey("dunlin_listener_ca_not_after_timestamp_seconds{listener=\"tls\"}")
          .containsKey("dunlin_listener_crl_next_update_timestamp_seconds{listener=\"tls\"}");

      running.reload(Map.of());

      assertThat(get(running, "/metrics").body()).doesNotContain("listener=\"tls\"");
    }
  }

  @Test
  void openMetricsComesForWhoAsks() throws Exception {
    try (Running running = Running.on(data)) {
      HttpResponse<String> answer =
          send(
              running,
              "/metrics",
              builder -> builder.header("Accept", "application/openmetrics-text"));

      assertThat(answer.headers().firstValue("Content-Type").orElse(""))
          .startsWith("application/openmetrics-text");
      assertThat(answer.body()).endsWith("# EOF\n");
    }
  }

  @Test
  void healthAndReadinessAreThere() throws Exception {
    try (Running running = Running.on(data)) {
      assertThat(get(running, "/health").statusCode()).isEqualTo(200);
      assertThat(get(running, "/ready").body()).isEqualTo("{\"ready\":true}\n");
      assertThat(get(running, "/nothing").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void fullDiskMakesItNotReadyButHealthy() throws Exception {
    try (Running running =
        Running.on(data, Map.of("storage.disk-reserve-bytes", "1099511627776"))) {
      Running.await(
          "the disk watch sees the full disk",
          () -> !running.broker().readiness().objections().isEmpty());

      HttpResponse<String> ready = get(running, "/ready");

      assertThat(ready.statusCode()).isEqualTo(503);
      assertThat(ready.body()).contains("the disk is nearly full");
      assertThat(get(running, "/health").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void nothingCanBeChanged() throws Exception {
    try (Running running = Running.on(data)) {
      HttpResponse<String> answer =
          send(running, "/metrics", b -> b.POST(HttpRequest.BodyPublishers.ofString("x")));

      assertThat(answer.statusCode()).isEqualTo(405);
      assertThat(answer.headers().firstValue("Allow")).contains("GET, HEAD");
    }
  }

  @Test
  void takenPortIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      String port = Integer.toString(taken.getLocalPort());

      Throwable thrown =
          Assertions.catchThrowable(() -> Running.on(data, Map.of("admin.port", port)).close());

      assertThat(thrown)
          .isInstanceOf(BindException.class)
          .hasMessageContaining("127.0.0.1:" + port);
    }
  }

  private interface Shape {
    HttpRequest.Builder of(HttpRequest.Builder builder);
  }

  private static HttpResponse<String> get(Running running, String path)
      throws IOException, InterruptedException {
    return send(running, path, builder -> builder);
  }

  private static HttpResponse<String> send(Running running, String path, Shape shape)
      throws IOException, InterruptedException {
    int port = running.admin().addresses().getFirst().getPort();
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          shape.of(HttpRequest.newBuilder(uri)).build(), HttpResponse.BodyHandlers.ofString());
    }
  }

  /// Reads the text format; every line that is no comment has to be a sample.
  private static Map<String, Double> samples(String text) {
    Map<String, Double> samples = new LinkedHashMap<>();
    text.lines()
        .filter(line -> !line.startsWith("#"))
        .forEach(line -> {
          Matcher sample = SAMPLE.matcher(line);
          assertThat(sample.matches()).as(line).isTrue();
          samples.put(sample.group(1), Double.parseDouble(sample.group(2)));
        });
    return samples;
  }
}
