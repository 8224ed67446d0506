package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Connect.connect;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;

/// What the tests of every packet share: connections that end with the test, and names that no
/// other test uses.
abstract class ConformanceTest {
  private static final String RUN = Long.toString(System.nanoTime() & 0xFFFFFFFFFL, 36);
  private static final AtomicInteger NAMES = new AtomicInteger();

  private final List<Wire> wires = new ArrayList<>();

  @AfterEach
  void closeConnections() {
    wires.forEach(Wire::close);
  }

  static String clientId() {
    return "c" + RUN + "x" + NAMES.incrementAndGet();
  }

  static String topic() {
    return "conformance/" + RUN + "/" + NAMES.incrementAndGet();
  }

  static boolean brokerExplains() {
    return BrokerUnderTest.get().explains();
  }

  /// The broker that the tests of this class talk to.
  BrokerUnderTest broker() {
    return BrokerUnderTest.get();
  }

  /// A connection on which nothing was sent.
  Wire open(Version version) {
    return open(version, broker());
  }

  Wire open(Version version, BrokerUnderTest broker) {
    Wire wire = new Wire(version, broker);
    wires.add(wire);
    return wire;
  }

  /// An accepted client with a new session.
  Wire client(Version version) {
    return client(version, connect(clientId()));
  }

  Wire client(Version version, Connect connect) {
    Wire wire = open(version);
    wire.connect(connect);
    return wire;
  }

  /// A client whose session stays when the connection ends.
  Wire durableClient(Version version, String clientId) {
    return client(version, durable(clientId));
  }

  static Connect durable(String clientId) {
    return connect(clientId).resume().sessionExpiry(120);
  }

  /// A client with one subscription.
  Wire subscriber(Version version, String filter, int options) {
    Wire wire = client(version);
    wire.subscribe(filter, options);
    return wire;
  }

  /// Ends a connection in order, and waits until the broker has seen the end.
  static void leave(Wire wire) {
    wire.send(Packets.disconnect());
    wire.expectEnd();
  }

  /// Nothing of what the publisher has sent is still on its way to the subscriber: what it
  /// publishes now is what comes next.
  static void expectNothingFrom(Wire publisher, Wire subscriber) {
    String marker = topic();
    subscriber.subscribe(marker, 0);
    publisher.publish(marker, "marker", 1);
    subscriber.expectPublish(marker, "marker");
  }
}
