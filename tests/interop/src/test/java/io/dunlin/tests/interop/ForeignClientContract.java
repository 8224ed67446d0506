package io.dunlin.tests.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What every client must be able to do with the broker. One subclass for each client and version.
abstract class ForeignClientContract {
  private static final AtomicInteger NAMES = new AtomicInteger();

  private final ForeignClient client;
  private final String topic = "interop/" + NAMES.incrementAndGet();
  private final String clientId = "client" + NAMES.incrementAndGet();
  private final List<AutoCloseable> open = new ArrayList<>();

  ForeignClientContract(ForeignClient client) {
    this.client = client;
  }

  /// One broker for all tests; it is killed now and then, so that they run one after the other.
  private static final class OfThisRun {
    static final BrokerProcess BROKER = BrokerProcess.start();
  }

  @BeforeEach
  void brokerRuns() {
    assertThat(OfThisRun.BROKER.port()).isPositive();
  }

  @AfterEach
  void closeClients() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void publishesAndReceives(int qos) throws Exception {
    ForeignClient.Subscriber subscriber = subscribe(false, qos);

    publish(payloads("message", 20), qos);

    assertReceives(subscriber, payloads("message", 20));
  }

  @Test
  void receivesTheWillOfAClientThatIsGone() throws Exception {
    ForeignClient.Subscriber subscriber = subscribe(false, 1);
    Cable cable = keep(new Cable(broker().address()));
    keep(client.connectWithWill(cable.port(), clientId + "-mortal", topic, "last will"));

    cable.cut();

    assertReceives(subscriber, List.of("last will"));
  }

  @Test
  void receivesTheRetainedMessage() throws Exception {
    client.publish(port(), topic, List.of("old", "new"), 1, true);

    ForeignClient.Subscriber subscriber = subscribe(false, 1);

    assertReceives(subscriber, List.of("new"));
    client.publish(port(), topic, List.of(""), 1, true);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void resumesItsSessionAfterTheBrokerWasKilled(int qos) throws Exception {
    subscribe(true, qos).close();
    publish(payloads("before", 50), qos);

    broker().kill();
    broker().restart();

    publish(payloads("after", 50), qos);
    ForeignClient.Subscriber subscriber = subscribe(true, qos);
    assertReceives(subscriber, payloads("before", 50));
    assertReceives(subscriber, payloads("after", 50));
    publish(List.of("marker"), qos);
    assertReceives(subscriber, List.of("marker"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void goesOnAfterTheBrokerWasKilled(int qos) throws Exception {
    ForeignClient.Subscriber subscriber = subscribe(true, qos);
    publish(payloads("before", 50), qos);

    broker().kill();
    broker().restart();

    publish(payloads("after", 50), qos);
    publish(List.of("marker"), qos);
    List<String> received = new ArrayList<>();
    for (String payload = ""; !payload.equals("marker"); ) {
      payload = subscriber.next();
      received.add(payload);
    }
    List<String> expected = new ArrayList<>(payloads("before", 50));
    expected.addAll(payloads("after", 50));
    expected.add("marker");
    // At QoS 1 what the client had acknowledged in vain comes again.
    assertThat(qos == 1 ? received.stream().distinct().toList() : received).isEqualTo(expected);
  }

  private static BrokerProcess broker() {
    return OfThisRun.BROKER;
  }

  private static int port() {
    return broker().port();
  }

  private ForeignClient.Subscriber subscribe(boolean durable, int qos) throws Exception {
    return keep(client.subscribe(port(), clientId, durable, topic, qos));
  }

  private void publish(List<String> payloads, int qos) throws Exception {
    client.publish(port(), topic, payloads, qos, false);
  }

  private static List<String> payloads(String name, int count) {
    return IntStream.rangeClosed(1, count).mapToObj(number -> name + " " + number).toList();
  }

  private static void assertReceives(ForeignClient.Subscriber subscriber, List<String> payloads)
      throws Exception {
    for (String payload : payloads) {
      assertThat(subscriber.next()).isEqualTo(payload);
    }
  }

  private <T extends AutoCloseable> T keep(T resource) {
    open.add(resource);
    return resource;
  }
}
