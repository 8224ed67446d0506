package io.dunlin.transport;

import io.dunlin.base.OwnedBy;
import io.netty.channel.IoEvent;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A [ServerSocket] on Linux epoll.
@OwnedBy("loop")
final class EpollServerSocket extends ServerSocket implements EpollIoHandle {
  // as Linux numbers them
  private static final int IPPROTO_IPV6 = 41;
  private static final int IPV6_V6ONLY = 26;

  private final LinuxSocket socket;
  private final SocketAddress address;

  /// The peer of the last accept: one byte of length, then what Netty reads.
  private final byte[] peer = new byte[26];

  private EpollServerSocket(LinuxSocket socket, SocketAddress address) {
    this.socket = socket;
    this.address = address;
  }

  static ServerSocket bind(InetSocketAddress address, boolean onlyIpv6, int backlog)
      throws IOException {
    boolean ipv6 = address.getAddress() instanceof Inet6Address;
    LinuxSocket socket = LinuxSocket.newSocketStream(ipv6);
    try {
      if (ipv6 && onlyIpv6) {
        socket.setIntOpt(IPPROTO_IPV6, IPV6_V6ONLY, 1);
      }
      socket.setReuseAddress(true);
      socket.setTcpNoDelay(true); // what it accepts inherits this
      socket.bind(address);
      socket.listen(backlog);
      return new EpollServerSocket(socket, socket.localAddress());
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  static ServerSocket bind(
      UnixDomainSocketAddress address, Set<PosixFilePermission> mode, int backlog)
      throws IOException {
    UnixSocketFile.makeRoom(address);
    LinuxSocket socket = LinuxSocket.newSocketDomain();
    try {
      socket.bind(new DomainSocketAddress(address.getPath().toString()));
      UnixSocketFile.restrict(address, mode);
      socket.listen(backlog);
      return new EpollServerSocket(socket, address);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  @Override
  public FileDescriptor fd() {
    return socket;
  }

  @Override
  SocketAddress address() {
    return address;
  }

  @Override
  @Nullable RawSocket accept() throws IOException {
    int descriptor = socket.accept(peer);
    if (descriptor < 0) {
      return null;
    }
    Socket accepted = new Socket(descriptor);
    return address instanceof UnixDomainSocketAddress
        ? new EpollSocket(accepted, null, unixPeer())
        : new EpollSocket(accepted, Arrays.copyOfRange(peer, 1, 1 + peer[0]), "");
  }

  @Override
  void closeSocket() {
    try {
      socket.close();
      removeFile();
    } catch (IOException e) {
      throw new IllegalStateException("closing the listening socket of " + address, e);
    }
  }

  @Override
  IoOps interest(boolean accepting) {
    return accepting ? EpollIoOps.EPOLLIN : EpollSocket.NOTHING;
  }

  @Override
  public void handle(IoRegistration registration, IoEvent event) {
    ready();
  }
}
