package io.dunlin.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

final class PeerResetTest {
  private static final int WAIT_SECONDS = 20;

  /// All in the loop's thread, so that it has not noticed the reset when it closes.
  @Test
  void closeAfterAResetThrowsNothing() throws Exception {
    try (var open = OpenTransport.onLoopback(UnaryOperator.identity())) {
      var client = open.connect();
      Connection connection = open.accepted();
      var closed = new CompletableFuture<Void>();

      connection
          .loop()
          .execute(() -> {
            try {
              client.setSoLinger(true, 0);
              client.close();
              connection.close();
              closed.complete(null);
            } catch (IOException | RuntimeException e) {
              closed.completeExceptionally(e);
            }
          });

      assertThat(closed).succeedsWithin(WAIT_SECONDS, TimeUnit.SECONDS);
    }
  }
}
