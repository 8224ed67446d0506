package io.dunlin.tests.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// What a client does over every way to the broker that it knows: small messages and large ones, of
/// each quality. And over TLS with certificates on both sides its will and its session.
abstract class RouteContract {
  private static final AtomicInteger NAMES = new AtomicInteger();

  private final Map<String, Function<Route, ForeignClient>> versions;
  private final List<Route.Kind> kinds;

  /// A client by its versions of MQTT, and all routes that it has.
  RouteContract(Map<String, Function<Route, ForeignClient>> versions, Route.Kind... kinds) {
    this.versions = versions;
    this.kinds = List.of(kinds);
  }

  /// Whether the client connects again by itself when TLS ends without a word.
  boolean comesBack() {
    return true;
  }

  @TestFactory
  Stream<DynamicTest> publishesAndReceives() {
    return tests(kinds, RouteContract::publishAndReceive);
  }

  @TestFactory
  Stream<DynamicTest> willIsPublishedWhenTheConnectionBreaks() {
    return tests(List.of(Route.Kind.MUTUAL_TLS), RouteContract::leaveWill);
  }

  @TestFactory
  Stream<DynamicTest> resumesItsSessionWhenTheConnectionBreaks() {
    return tests(
        List.of(Route.Kind.MUTUAL_TLS),
        comesBack() ? RouteContract::comeBack : RouteContract::subscribeAgain);
  }

  /// What one version does over one route.
  @FunctionalInterface
  private interface Trial {
    void of(ForeignClient client, Route.Kind kind) throws Exception;
  }

  private Stream<DynamicTest> tests(List<Route.Kind> over, Trial trial) {
    return versions.entrySet().stream()
        .flatMap(version ->
            over.stream()
                .map(kind ->
                    DynamicTest.dynamicTest(
                        version.getKey() + " over " + kind,
                        () -> {
                          Route route = Doors.open().route(kind);
                          trial.of(version.getValue().apply(route), kind);
                        })));
  }

  private static void publishAndReceive(ForeignClient client, Route.Kind kind) throws Exception {
    int port = Doors.open().port(kind);
    String topic = topic(kind);
    List<String> sent = new ArrayList<>();
    try (ForeignClient.Subscriber subscriber =
        client.subscribe(port, topic.replace('/', '-'), false, topic, 2)) {
      for (int qos = 0; qos <= 2; qos++) {
        List<String> payloads = List.of("small " + qos, "x".repeat(100_000) + qos, "last " + qos);
        client.publish(port, topic, payloads, qos, false);
        sent.addAll(payloads);
      }
      assertReceives(subscriber, sent);
    }
  }

  private static void leaveWill(ForeignClient client, Route.Kind kind) throws Exception {
    int port = Doors.open().port(kind);
    String topic = topic(kind);
    String clientId = topic.replace('/', '-');
    try (ForeignClient.Subscriber subscriber = client.subscribe(port, clientId, false, topic, 1);
        Cable cable = cable(port);
        AutoCloseable mortal =
            client.connectWithWill(cable.port(), clientId + "-mortal", topic, "last will")) {
      assertThat(mortal).isNotNull();
      cable.cut();

      assertReceives(subscriber, List.of("last will"));
    }
  }

  private static void comeBack(ForeignClient client, Route.Kind kind) throws Exception {
    int port = Doors.open().port(kind);
    String topic = topic(kind);
    List<String> payloads = List.of("one", "two", "three");
    try (Cable cable = cable(port);
        ForeignClient.Subscriber subscriber =
            client.subscribe(cable.port(), topic.replace('/', '-'), true, topic, 1)) {
      cable.twitch();

      client.publish(port, topic, payloads, 1, false);
      assertReceives(subscriber, payloads);
    }
  }

  private static void subscribeAgain(ForeignClient client, Route.Kind kind) throws Exception {
    int port = Doors.open().port(kind);
    String topic = topic(kind);
    String clientId = topic.replace('/', '-');
    List<String> payloads = List.of("one", "two", "three");
    try (Cable cable = cable(port);
        ForeignClient.Subscriber first = client.subscribe(cable.port(), clientId, true, topic, 1)) {
      assertThat(first).isNotNull();
      cable.cut();

      client.publish(port, topic, payloads, 1, false);
      try (ForeignClient.Subscriber second = client.subscribe(port, clientId, true, topic, 1)) {
        assertReceives(second, payloads);
      }
    }
  }

  private static Cable cable(int port) {
    return new Cable(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  private static void assertReceives(ForeignClient.Subscriber subscriber, List<String> payloads)
      throws Exception {
    for (String payload : payloads) {
      assertThat(subscriber.next()).isEqualTo(payload);
    }
  }

  private static String topic(Route.Kind kind) {
    return (kind == Route.Kind.MUTUAL_TLS ? "certified/" : "routes/") + NAMES.incrementAndGet();
  }
}
