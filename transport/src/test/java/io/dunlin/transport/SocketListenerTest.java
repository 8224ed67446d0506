package io.dunlin.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.transport.TransportConfig.Mechanism;
import io.netty.channel.IoEvent;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoHandle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.channels.SelectableChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class SocketListenerTest {
  @Test
  void aRefusedAcceptIsTriedAgainAndDoesNotSpin() throws Exception {
    try (var transport =
        NettyTransport.start(
            TransportConfig.defaults().withLoops(1).withMechanism(Mechanism.NIO))) {
      var socket =
          new OutOfDescriptors(
              (NioServerSocket)
                  NioServerSocket.bind(
                      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10));
      var accepted = new CompletableFuture<Connection>();
      var loop = (NettyLoop) transport.loops().getFirst();
      var listener =
          new SocketListener(
              transport,
              ListenerSettings.of("test", socket.address()),
              socket,
              loop,
              accepted::complete);
      listener.start();

      try (var client =
          new Socket(
              InetAddress.getLoopbackAddress(),
              ((InetSocketAddress) listener.address()).getPort())) {
        assertThat(accepted.get(20, TimeUnit.SECONDS).remoteAddress())
            .endsWith(":" + client.getLocalPort());
      }
      assertThat(socket.calls).as("three refused, one accepted, one empty").isLessThanOrEqualTo(5);
    }
  }

  /// Refuses three times, as the system does when no descriptor is free.
  private static final class OutOfDescriptors extends ServerSocket implements NioIoHandle {
    private final NioServerSocket real;
    private int calls;

    OutOfDescriptors(NioServerSocket real) {
      this.real = real;
    }

    @Override
    @Nullable RawSocket accept() throws IOException {
      calls++;
      if (calls <= 3) {
        throw new IOException("Too many open files");
      }
      return real.accept();
    }

    @Override
    SocketAddress address() {
      return real.address();
    }

    @Override
    void closeSocket() {
      real.closeSocket();
    }

    @Override
    IoOps interest(boolean accepting) {
      return real.interest(accepting);
    }

    @Override
    public SelectableChannel selectableChannel() {
      return real.selectableChannel();
    }

    @Override
    public void handle(IoRegistration registration, IoEvent event) {
      ready();
    }
  }
}
