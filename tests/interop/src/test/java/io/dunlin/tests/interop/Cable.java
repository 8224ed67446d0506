package io.dunlin.tests.interop;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// A port that leads to another, until it is cut: a client behind it is gone without a word, as
/// after a power failure.
final class Cable implements AutoCloseable {
  private final InetSocketAddress to;
  private final ServerSocket listening;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();

  Cable(InetSocketAddress to) {
    this.to = to;
    try {
      listening = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  /// Cuts all connections, and takes no more.
  void cut() {
    close(listening);
    sockets.forEach(Cable::close);
  }

  /// Cuts all connections; new ones come through.
  void twitch() {
    sockets.forEach(Cable::close);
  }

  @Override
  public void close() {
    cut();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listening.accept();
        Socket broker = new Socket(to.getAddress(), to.getPort());
        sockets.add(client);
        sockets.add(broker);
        Thread.ofVirtual().start(() -> copy(client, broker));
        Thread.ofVirtual().start(() -> copy(broker, client));
      }
    } catch (IOException e) {
      cut();
    }
  }

  private static void copy(Socket from, Socket to) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      in.transferTo(to.getOutputStream());
    } catch (IOException e) {
      // Cut, or ended by one side: both ends are closed now.
    }
  }

  private static void close(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      // It is closed one way or the other.
    }
  }
}
