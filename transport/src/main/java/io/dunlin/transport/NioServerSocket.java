package io.dunlin.transport;

import io.dunlin.base.OwnedBy;
import io.netty.channel.IoEvent;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoHandle;
import io.netty.channel.nio.NioIoOps;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A [ServerSocket] on the JDK's selector.
@OwnedBy("loop")
final class NioServerSocket extends ServerSocket implements NioIoHandle {
  private final ServerSocketChannel channel;
  private final SocketAddress address;

  private NioServerSocket(ServerSocketChannel channel) throws IOException {
    this.channel = channel;
    this.address = channel.getLocalAddress();
  }

  static ServerSocket bind(InetSocketAddress address, int backlog) throws IOException {
    ServerSocketChannel channel =
        ServerSocketChannel.open(
            address.getAddress() instanceof Inet6Address
                ? StandardProtocolFamily.INET6
                : StandardProtocolFamily.INET);
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true).bind(address, backlog);
      return new NioServerSocket(channel);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  static ServerSocket bind(
      UnixDomainSocketAddress address, Set<PosixFilePermission> mode, int backlog)
      throws IOException {
    UnixSocketFile.makeRoom(address);
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.configureBlocking(false);
      channel.bind(address, backlog);
      UnixSocketFile.restrict(address, mode);
      return new NioServerSocket(channel);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public SelectableChannel selectableChannel() {
    return channel;
  }

  @Override
  SocketAddress address() {
    return address;
  }

  @Override
  @Nullable RawSocket accept() throws IOException {
    SocketChannel accepted = channel.accept();
    if (accepted == null) {
      return null;
    }
    try {
      accepted.configureBlocking(false);
      if (!(accepted.getRemoteAddress() instanceof InetSocketAddress remote)) {
        return new NioSocket(accepted, null, unixPeer());
      }
      accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
      return new NioSocket(accepted, remote.getAddress(), NetUtil.toSocketAddressString(remote));
    } catch (IOException e) {
      accepted.close();
      throw e;
    }
  }

  @Override
  void closeSocket() {
    try {
      channel.close();
      removeFile();
    } catch (IOException e) {
      throw new IllegalStateException("closing the listening socket of " + address, e);
    }
  }

  @Override
  IoOps interest(boolean accepting) {
    return accepting ? NioIoOps.ACCEPT : NioIoOps.NONE;
  }

  @Override
  public void handle(IoRegistration registration, IoEvent event) {
    ready();
  }
}
