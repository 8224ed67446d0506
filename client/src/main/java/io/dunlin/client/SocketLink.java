package io.dunlin.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A link over a TCP or Unix socket, with TLS or without.
final class SocketLink implements Link {
  /// Says that no more will be sent.
  private interface Finish {
    void run() throws IOException;
  }

  private final AutoCloseable socket;
  private final InputStream in;
  private final OutputStream out;
  private final Finish finish;

  private SocketLink(AutoCloseable socket, InputStream in, OutputStream out, Finish finish) {
    this.socket = socket;
    this.in = in;
    this.out = out;
    this.finish = finish;
  }

  /// Connects to the first of the host's addresses that answers.
  ///
  /// @param local where to connect from; null for anywhere
  /// @param timeout for all of them together
  static SocketLink tcp(String host, int port, @Nullable String local, Duration timeout)
      throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    return tcp(List.of(InetAddress.getAllByName(host)), port, local, deadline);
  }

  /// The time that is left is shared out evenly among the addresses that are left.
  static SocketLink tcp(
      List<InetAddress> addresses, int port, @Nullable String local, long deadlineNanos)
      throws IOException {
    @Nullable IOException last = null;
    int left = addresses.size();
    for (InetAddress address : addresses) {
      long millis = (deadlineNanos - System.nanoTime()) / 1_000_000 / left--;
      Socket socket = new Socket();
      try {
        socket.setTcpNoDelay(true);
        if (local != null) {
          socket.bind(new InetSocketAddress(InetAddress.getByName(local), 0));
        }
        socket.connect(
            new InetSocketAddress(address, port), (int) Math.clamp(millis, 1, Integer.MAX_VALUE));
        return of(socket, socket);
      } catch (IOException e) {
        socket.close();
        last = e;
      }
    }
    throw last == null ? new IOException("no address to connect to") : last;
  }

  /// Connects to a Unix socket.
  static SocketLink unix(Path file) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(file));
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    return new SocketLink(
        channel,
        Channels.newInputStream(channel),
        Channels.newOutputStream(channel),
        channel::shutdownOutput);
  }

  /// Secures a link over TCP.
  SocketLink secured(TlsConfig tls, String host, int port) throws IOException {
    if (!(socket instanceof Socket plain)) {
      throw new IOException("TLS over a Unix socket is not supported");
    }
    return of(plain, Tls.handshake(plain, tls, host, port));
  }

  /// Aborting closes `raw`: to close a TLS socket may wait for one that writes.
  private static SocketLink of(Socket raw, Socket socket) throws IOException {
    return new SocketLink(
        raw, socket.getInputStream(), socket.getOutputStream(), socket::shutdownOutput);
  }

  @Override
  public InputStream in() {
    return in;
  }

  @Override
  public OutputStream out() {
    return out;
  }

  @Override
  public void finish() throws IOException {
    finish.run();
  }

  @Override
  public void abort() {
    try {
      socket.close();
    } catch (Exception e) { // It is gone either way.
      return;
    }
  }
}
