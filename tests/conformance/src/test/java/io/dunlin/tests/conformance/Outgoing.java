package io.dunlin.tests.conformance;

/// A packet to be sent, whose bytes depend on the protocol version of the connection.
interface Outgoing {
  byte[] bytes(Version version);
}
