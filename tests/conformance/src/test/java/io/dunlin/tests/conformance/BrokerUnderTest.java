package io.dunlin.tests.conformance;

/// The broker that the suite talks to.
interface BrokerUnderTest {
  String host();

  int port();

  /// Whether the tests hold it to what Dunlin promises beyond the specification, such as a reason
  /// code before a connection is closed.
  boolean explains();

  /// The one of this run: where `dunlin.conformance.host` and `.port` point to, or else started by
  /// `dunlin.conformance.command`, or else Dunlin with `dunlin.conformance.options`.
  static BrokerUnderTest get() {
    return StartedBroker.OfThisRun.BROKER;
  }
}
