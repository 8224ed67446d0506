package io.dunlin.cli;

import io.dunlin.client.ClientException;
import io.dunlin.client.ClientListener;
import io.dunlin.mqtt.Packet;
import java.time.Duration;

/// Tells on standard error what happens to a connection.
///
/// @param packets whether every packet is told
/// @param quiet whether a lost connection is not
record ConnectionReport(Surroundings around, boolean packets, boolean quiet)
    implements ClientListener {
  @Override
  public void onDisconnected(ClientException why, Duration retryIn) {
    if (!quiet) {
      around.error(
          "%s; trying again in %.1f s".formatted(why.getMessage(), retryIn.toMillis() / 1e3));
    }
  }

  @Override
  public void onSent(Packet packet) {
    tell("sent     ", packet);
  }

  @Override
  public void onReceived(Packet packet) {
    tell("received ", packet);
  }

  private void tell(String way, Packet packet) {
    if (packets) {
      around.err().println(around.ansi().string("@|faint " + way + "|@") + packet);
      around.err().flush();
    }
  }
}
