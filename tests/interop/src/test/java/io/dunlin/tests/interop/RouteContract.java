package io.dunlin.tests.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// What a client does over every way to the broker that it knows: small messages and large ones, of
/// each quality.
abstract class RouteContract {
  private static final AtomicInteger NAMES = new AtomicInteger();

  private final Function<Route, ForeignClient> clients;
  private final List<Route.Kind> kinds;

  RouteContract(Function<Route, ForeignClient> clients, Route.Kind... kinds) {
    this.clients = clients;
    this.kinds = List.of(kinds);
  }

  @TestFactory
  Stream<DynamicTest> publishesAndReceives() {
    return kinds.stream()
        .map(kind -> DynamicTest.dynamicTest("over " + kind, () -> publishAndReceive(kind)));
  }

  private void publishAndReceive(Route.Kind kind) throws Exception {
    Doors doors = Doors.open();
    ForeignClient client = clients.apply(doors.route(kind));
    int port = doors.port(kind);
    String topic = "routes/" + NAMES.incrementAndGet();
    List<String> sent = new ArrayList<>();
    try (ForeignClient.Subscriber subscriber =
        client.subscribe(port, topic.replace('/', '-'), false, topic, 2)) {
      for (int qos = 0; qos <= 2; qos++) {
        List<String> payloads = List.of("small " + qos, "x".repeat(100_000) + qos, "last " + qos);
        client.publish(port, topic, payloads, qos, false);
        sent.addAll(payloads);
      }
      for (String payload : sent) {
        assertThat(subscriber.next()).isEqualTo(payload);
      }
    }
  }
}
