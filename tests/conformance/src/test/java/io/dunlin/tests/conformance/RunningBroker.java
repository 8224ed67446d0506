package io.dunlin.tests.conformance;

/// A broker that somebody else started.
record RunningBroker(String host, int port, boolean explains) implements BrokerUnderTest {}
