package io.dunlin.transport;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/// The mechanisms, chosen.
enum Sockets {
  EPOLL("epoll") {
    @Override
    IoHandlerFactory loops() {
      return EpollIoHandler.newFactory();
    }

    @Override
    ServerSocket bind(InetSocketAddress address, boolean onlyIpv6, int backlog) throws IOException {
      return EpollServerSocket.bind(address, onlyIpv6, backlog);
    }

    @Override
    ServerSocket bind(UnixDomainSocketAddress address, Set<PosixFilePermission> mode, int backlog)
        throws IOException {
      return EpollServerSocket.bind(address, mode, backlog);
    }
  },

  NIO("nio") {
    @Override
    IoHandlerFactory loops() {
      return NioIoHandler.newFactory();
    }

    @Override
    ServerSocket bind(InetSocketAddress address, boolean onlyIpv6, int backlog) throws IOException {
      return NioServerSocket.bind(address, backlog); // the JDK has no such option
    }

    @Override
    ServerSocket bind(UnixDomainSocketAddress address, Set<PosixFilePermission> mode, int backlog)
        throws IOException {
      return NioServerSocket.bind(address, mode, backlog);
    }
  };

  private final String text;

  Sockets(String text) {
    this.text = text;
  }

  /// The mechanism asked for.
  ///
  /// @throws IllegalStateException if it is not available here
  static Sockets of(TransportConfig.Mechanism mechanism) {
    return switch (mechanism) {
      case AUTO -> Epoll.isAvailable() ? EPOLL : NIO;
      case NIO -> NIO;
      case EPOLL -> {
        if (!Epoll.isAvailable()) {
          throw new IllegalStateException(
              "epoll is not available here", Epoll.unavailabilityCause());
        }
        yield EPOLL;
      }
    };
  }

  /// What drives the loops.
  abstract IoHandlerFactory loops();

  abstract ServerSocket bind(InetSocketAddress address, boolean onlyIpv6, int backlog)
      throws IOException;

  abstract ServerSocket bind(
      UnixDomainSocketAddress address, Set<PosixFilePermission> mode, int backlog)
      throws IOException;

  /// For people.
  String text() {
    return text;
  }
}
