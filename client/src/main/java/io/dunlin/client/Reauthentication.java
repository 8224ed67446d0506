package io.dunlin.client;

import io.dunlin.client.ClientException.AuthenticationFailed;
import io.dunlin.mqtt.Auth;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.ReasonCode;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The AUTH packets of a connection that stands (MQTT 5.0 §4.12.1): one exchange at a time.
/// Thread-safe but for [#on].
///
/// An exchange is begun by any thread; from then on it belongs to the reader.
final class Reauthentication {
  private final Connection connection;
  private final AtomicReference<@Nullable Authentication> current = new AtomicReference<>();

  Reauthentication(Connection connection) {
    this.connection = connection;
  }

  /// Asks the server, at any time [MQTT-4.12.1-1]. Does not block. What comes of it completes
  /// `exchange`, at the latest when the connection ends.
  void begin(Authentication exchange) {
    if (!current.compareAndSet(null, exchange)) {
      exchange.done().completeExceptionally(failed("another authentication is under way"));
      return;
    }
    switch (connection.send(exchange.again())) {
      case QUEUED -> {}
      case TOO_LARGE -> giveUp(exchange, failed("the first data is more than the server takes"));
      case OVER -> giveUp(exchange, Connection.lost(true));
    }
  }

  private void giveUp(Authentication exchange, ClientException why) {
    current.compareAndSet(exchange, null);
    exchange.done().completeExceptionally(why);
  }

  /// The server goes on. For the reader.
  ///
  /// @throws MalformedPacket if there is no exchange, or the server may not say that in it
  /// @throws AuthenticationFailed if the client does not go on
  void on(Auth packet) throws MalformedPacket, AuthenticationFailed {
    @Nullable Authentication exchange = current.get();
    if (exchange == null) { // [MQTT-4.12.0-6]
      throw new MalformedPacket(ReasonCode.PROTOCOL_ERROR, "§4.12.1", "an AUTH out of turn");
    }
    if (packet.reasonCode() == ReasonCode.SUCCESS) {
      exchange.accepted(packet);
      current.set(null);
      exchange.done().complete(null);
    } else if (connection.send(exchange.answer(packet)) == Connection.Fate.TOO_LARGE) {
      throw failed("the answer is more than the server takes");
    }
  }

  /// The connection is over, for `why`.
  void end(ClientException why) {
    @Nullable Authentication unfinished = current.getAndSet(null);
    if (unfinished != null) {
      unfinished.done().completeExceptionally(why);
    }
  }

  private static AuthenticationFailed failed(String message) {
    return new AuthenticationFailed(message, null);
  }
}
