package io.dunlin.transport;

import java.io.IOException;
import java.net.BindException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/// The file of a Unix socket that is listened on.
final class UnixSocketFile {
  private UnixSocketFile() {}

  /// Removes the file that a listener has left which is no more.
  ///
  /// @throws BindException if somebody listens there, or if it is no socket
  static void makeRoom(UnixDomainSocketAddress address) throws IOException {
    Path path = address.getPath();
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .isOther()) {
      throw new BindException(path + " exists and is no socket");
    }
    try (SocketChannel _ = SocketChannel.open(address)) {
      throw new BindException(path + ": address already in use");
    } catch (BindException e) {
      throw e;
    } catch (IOException _) { // nobody listens
      Files.deleteIfExists(path);
    }
  }

  /// Sets who may connect; before the socket listens, so that nobody else can.
  static void restrict(UnixDomainSocketAddress address, Set<PosixFilePermission> mode)
      throws IOException {
    Files.setPosixFilePermissions(address.getPath(), mode);
  }

  static void remove(UnixDomainSocketAddress address) throws IOException {
    Files.deleteIfExists(address.getPath());
  }
}
