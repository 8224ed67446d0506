package io.dunlin.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A host of several addresses, of which some do not answer.
@Timeout(30)
class SocketLinkTest {
  private static final long SECOND = 1_000_000_000L;

  private final List<SocketChannel> queued = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    for (SocketChannel each : queued) {
      each.close();
    }
  }

  @Test
  void addressesThatDoNotAnswerShareOneTimeout() throws IOException {
    try (ServerSocket silent = silent()) {
      List<InetAddress> addresses = Collections.nCopies(6, silent.getInetAddress());
      long begun = System.nanoTime();

      assertThatThrownBy(() ->
              SocketLink.tcp(addresses, silent.getLocalPort(), null, begun + 2 * SECOND))
          .isInstanceOf(SocketTimeoutException.class);

      assertThat(System.nanoTime() - begun).isLessThan(6 * SECOND);
    }
  }

  @Test
  void addressThatDoesNotAnswerLeavesTimeForTheNext() throws IOException {
    InetAddress second = InetAddress.getByName("127.0.0.2");
    try (ServerSocket silent = silent();
        ServerSocket other = new ServerSocket(silent.getLocalPort(), 50, second)) {
      List<InetAddress> addresses = List.of(silent.getInetAddress(), second);
      long deadline = System.nanoTime() + 3 * SECOND;

      SocketLink link = SocketLink.tcp(addresses, other.getLocalPort(), null, deadline);

      link.abort();
      assertThat(System.nanoTime()).isLessThan(deadline);
    }
  }

  /// A server whose queue of connections is full: what comes further gets no answer.
  private ServerSocket silent() throws IOException {
    ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
    for (int i = 0; i < 8; i++) {
      SocketChannel channel = SocketChannel.open();
      queued.add(channel);
      channel.configureBlocking(false);
      boolean _ = channel.connect(new InetSocketAddress("127.0.0.1", server.getLocalPort()));
    }
    return server;
  }
}
