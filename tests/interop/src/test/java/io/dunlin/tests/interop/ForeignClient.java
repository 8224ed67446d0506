package io.dunlin.tests.interop;

import java.util.List;

/// A client that others wrote, in one version of the protocol. Each call makes a client of its own.
/// Calls block, and fail with the client's own exceptions.
interface ForeignClient {
  /// Publishes in order, and returns when all is acknowledged.
  void publish(int port, String topic, List<String> payloads, int qos, boolean retain)
      throws Exception;

  /// Connects and subscribes, and returns when the subscription stands. The client connects again
  /// by itself when the connection breaks.
  ///
  /// @param durable whether the session is resumed, and outlives the connection
  Subscriber subscribe(int port, String clientId, boolean durable, String filter, int qos)
      throws Exception;

  /// Connects with a will at QoS 1; returns when connected. The client does not connect again.
  AutoCloseable connectWithWill(int port, String clientId, String topic, String payload)
      throws Exception;

  /// A client that is subscribed. Closing it ends its connection in order; a durable session stays.
  interface Subscriber extends AutoCloseable {
    /// The payload of the next message.
    ///
    /// @throws AssertionError if none comes in time
    String next() throws Exception;

    @Override
    void close();
  }
}
