package io.dunlin.transport;

import io.dunlin.base.OwnedBy;
import io.netty.channel.IoEvent;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.NativeInetAddress;
import io.netty.channel.unix.Socket;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.NotYetConnectedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A [RawSocket] on Linux epoll, through Netty's native library.
@OwnedBy("loop")
final class EpollSocket extends RawSocket implements EpollIoHandle {
  private static final Logger LOG = LoggerFactory.getLogger(EpollSocket.class);
  private static final EpollIoOps INPUT = EpollIoOps.EPOLLIN;
  private static final EpollIoOps OUTPUT = EpollIoOps.EPOLLOUT;
  private static final EpollIoOps BOTH = INPUT.with(OUTPUT);

  /// Errors are told always. Netty's `NONE` would take the descriptor out of the epoll set for
  /// good.
  static final EpollIoOps NOTHING = EpollIoOps.EPOLLERR;

  private final Socket socket;

  /// As Netty's native library has it: address, scope, port. Made readable only when asked for;
  /// null on a Unix socket.
  private final byte @Nullable [] address;

  /// Of the Unix socket.
  private final String path;

  EpollSocket(Socket socket, byte @Nullable [] address, String path) {
    this.socket = socket;
    this.address = address;
    this.path = path;
  }

  @Override
  public FileDescriptor fd() {
    return socket;
  }

  @Override
  @Nullable InetAddress peer() {
    byte[] present = address;
    return present == null
        ? null
        : NativeInetAddress.address(present, 0, present.length).getAddress();
  }

  @Override
  String remoteAddress() {
    byte[] present = address;
    return present == null
        ? path
        : NetUtil.toSocketAddressString(NativeInetAddress.address(present, 0, present.length));
  }

  @Override
  int receive(NettyLoop loop, ByteBuffer target, int from, int to) throws IOException {
    return socket.recv(target, from, to);
  }

  @Override
  int send(NettyLoop loop, ByteBuffer source, int from, int to) throws IOException {
    return socket.send(source, from, to);
  }

  @Override
  void shutdownOutput() throws IOException {
    try {
      socket.shutdown(false, true);
    } catch (NotYetConnectedException e) { // Netty's word for ENOTCONN: the peer has reset it
      throw new IOException("the peer is gone", e);
    }
  }

  @Override
  void close(boolean reset) {
    try {
      if (reset) {
        socket.setSoLinger(0);
      }
    } catch (IOException e) {
      LOG.debug("socket.linger-failed remote={}", remoteAddress(), e);
    }
    try {
      socket.close();
    } catch (IOException e) {
      LOG.debug("socket.close-failed remote={}", remoteAddress(), e);
    }
  }

  @Override
  IoOps interest(boolean readable, boolean writable) {
    return readable ? (writable ? BOTH : INPUT) : (writable ? OUTPUT : NOTHING);
  }

  @Override
  public void handle(IoRegistration registration, IoEvent event) {
    EpollIoOps ops = ((EpollIoEvent) event).ops();
    boolean broken = (ops.value() & ~BOTH.value()) != 0;
    ready(ops.contains(INPUT), ops.contains(OUTPUT), broken);
  }

  @Override
  public String toString() {
    return "socket of " + remoteAddress();
  }
}
