package io.dunlin.client;

import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Packet;
import java.time.Duration;

/// Is told what happens to a client's connection. Called on threads of the client, which wait; it
/// must neither block nor throw. What it throws goes to the thread's handler of uncaught
/// exceptions, and the client goes on.
public interface ClientListener {
  /// Listens to nothing.
  ClientListener NONE = new ClientListener() {};

  /// The server accepted the connection, the first or a later one.
  default void onConnected(ConnAck connAck) {}

  /// The connection ended, or an attempt to reconnect failed; the next attempt is in `retryIn`.
  default void onDisconnected(ClientException why, Duration retryIn) {}

  /// A packet was written to the connection.
  default void onSent(Packet packet) {}

  /// A packet came.
  default void onReceived(Packet packet) {}
}
