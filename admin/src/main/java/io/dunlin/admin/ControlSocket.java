package io.dunlin.admin;

import io.dunlin.broker.Broker;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The socket of `dunlin ctl`, a Unix domain socket in the data directory. Thread-safe.
///
/// It is the owner's alone: the file has mode 0600, and who connects is asked for by the system,
/// too, which leaves no gap between making the file and setting its mode. A broker that cannot have
/// the socket (its path is too long, the file system knows none) runs without, and says so.
final class ControlSocket implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ControlSocket.class);
  private static final int MAX_CONNECTIONS = 16;
  private static final int BACKLOG = 16;
  private static final long PAUSE_MILLIS = 100; // after a failure that may last: no free file

  private final Path path;
  private final Commands commands;
  private final @Nullable ServerSocketChannel server;
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
  private final CountDownLatch closed = new CountDownLatch(1);

  private ControlSocket(Path path, Commands commands, @Nullable ServerSocketChannel server) {
    this.path = path;
    this.commands = commands;
    this.server = server;
  }

  static ControlSocket open(Broker broker, ControlHooks hooks) {
    Path path = Control.socket(broker.data().root());
    ControlSocket socket = new ControlSocket(path, new Commands(broker, hooks), bind(path));
    if (socket.server != null) {
      Thread.ofVirtual().name("control").start(socket::accept);
    }
    return socket;
  }

  private static @Nullable ServerSocketChannel bind(Path path) {
    try {
      Files.deleteIfExists(path); // of a broker that died: the directory is ours by its lock
      ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        server.bind(UnixDomainSocketAddress.of(path), BACKLOG);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        return server;
      } catch (IOException | RuntimeException e) {
        server.close();
        throw e;
      }
    } catch (IOException | UnsupportedOperationException e) {
      LOG.warn("control.absent path={} error={}", path, e.toString());
      return null;
    }
  }

  private void accept() {
    ServerSocketChannel listening = server;
    while (listening != null && listening.isOpen()) {
      try {
        admit(listening.accept());
      } catch (IOException | RuntimeException e) {
        if (listening.isOpen()) {
          LOG.warn("control.accept-failed error={}", e.toString());
          pause();
        }
      }
    }
  }

  private void admit(SocketChannel channel) throws IOException {
    boolean admitted = false;
    try {
      admitted = open.size() < MAX_CONNECTIONS && mayConnect(channel);
    } finally {
      if (!admitted) {
        channel.close();
      }
    }
    if (admitted) {
      open.add(channel);
      Thread.ofVirtual().name("control-client").start(() -> serve(channel));
    }
  }

  private void pause() {
    try {
      var _ = closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      LOG.debug("control.pause-interrupted"); // Nobody does; then without a pause.
    }
  }

  /// Whether the user at the other end is the one that the socket belongs to, or root.
  private boolean mayConnect(SocketChannel channel) throws IOException {
    if (!channel.supportedOptions().contains(ExtendedSocketOptions.SO_PEERCRED)) {
      return true; // the file's mode decides
    }
    UserPrincipal peer = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
    boolean owner = peer.equals(Files.getOwner(path)) || peer.getName().equals("root");
    if (!owner) {
      LOG.warn("control.refused user={}", peer.getName());
    }
    return owner;
  }

  private void serve(SocketChannel channel) {
    try (channel) {
      new ControlSession(channel, commands).run();
    } catch (IOException e) {
      LOG.debug("control.ended error={}", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) { // the top of a connection
      LOG.error("control.failed error={}", e.toString(), e);
    } finally {
      open.remove(channel);
    }
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      if (server != null) {
        server.close();
        Files.deleteIfExists(path);
      }
      for (SocketChannel channel : open) {
        channel.close();
      }
    } catch (IOException e) {
      LOG.warn("control.close-failed error={}", e.toString());
    }
  }
}
