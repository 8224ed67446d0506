package io.dunlin.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/// A transport with one listener whose connections echo, for tests of what a listener does.
final class OpenTransport implements AutoCloseable {
  private static final int WAIT_SECONDS = 20;

  final NettyTransport transport =
      NettyTransport.start(TransportConfig.defaults().withLoops(1).withLingerMillis(200));
  final LinkedBlockingQueue<Connection> accepted = new LinkedBlockingQueue<>();
  final Transport.Listener listener;

  OpenTransport(SocketAddress address, UnaryOperator<ListenerSettings> how) throws IOException {
    listener =
        transport.listen(
            how.apply(ListenerSettings.of("test", address)),
            c -> {
              c.handler(new Echo(c));
              c.resumeReading();
              accepted.add(c);
            });
  }

  static OpenTransport onLoopback(UnaryOperator<ListenerSettings> how) throws IOException {
    return new OpenTransport(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), how);
  }

  Socket connect() throws IOException {
    InetSocketAddress address = (InetSocketAddress) listener.address();
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.setSoTimeout(WAIT_SECONDS * 1_000);
    socket.setTcpNoDelay(true);
    return socket;
  }

  Connection accepted() throws InterruptedException {
    Connection connection = accepted.poll(WAIT_SECONDS, TimeUnit.SECONDS);
    if (connection == null) {
      throw new AssertionError("no connection within " + WAIT_SECONDS + " s");
    }
    return connection;
  }

  LoopCounters counters() {
    return transport.counters().getFirst();
  }

  @Override
  public void close() {
    transport.close();
  }
}
