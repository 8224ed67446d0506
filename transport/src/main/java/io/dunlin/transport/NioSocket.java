package io.dunlin.transport;

import io.dunlin.base.OwnedBy;
import io.netty.channel.IoEvent;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoEvent;
import io.netty.channel.nio.NioIoHandle;
import io.netty.channel.nio.NioIoOps;
import java.io.IOException;
import java.net.InetAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A [RawSocket] on the JDK's selector. A reset while reading is paused shows only when it is read
/// or written again.
@OwnedBy("loop")
final class NioSocket extends RawSocket implements NioIoHandle {
  private static final Logger LOG = LoggerFactory.getLogger(NioSocket.class);

  private final SocketChannel channel;
  private final @Nullable InetAddress peer;
  private final String remoteAddress;

  NioSocket(SocketChannel channel, @Nullable InetAddress peer, String remoteAddress) {
    this.channel = channel;
    this.peer = peer;
    this.remoteAddress = remoteAddress;
  }

  @Override
  public SelectableChannel selectableChannel() {
    return channel;
  }

  @Override
  @Nullable InetAddress peer() {
    return peer;
  }

  @Override
  String remoteAddress() {
    return remoteAddress;
  }

  @Override
  int receive(NettyLoop loop, ByteBuffer target, int from, int to) throws IOException {
    return channel.read(loop.view(target, from, to));
  }

  @Override
  int send(NettyLoop loop, ByteBuffer source, int from, int to) throws IOException {
    return channel.write(loop.view(source, from, to));
  }

  @Override
  void shutdownOutput() throws IOException {
    var _ = channel.shutdownOutput();
  }

  @Override
  void close(boolean reset) {
    try {
      if (reset && peer != null) {
        var _ = channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      }
    } catch (IOException e) {
      LOG.debug("socket.linger-failed remote={}", remoteAddress, e);
    }
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("socket.close-failed remote={}", remoteAddress, e);
    }
  }

  @Override
  IoOps interest(boolean readable, boolean writable) {
    return readable
        ? (writable ? NioIoOps.READ_AND_WRITE : NioIoOps.READ)
        : (writable ? NioIoOps.WRITE : NioIoOps.NONE);
  }

  @Override
  public void handle(IoRegistration registration, IoEvent event) {
    NioIoOps ops = ((NioIoEvent) event).ops();
    ready(ops.contains(NioIoOps.READ), ops.contains(NioIoOps.WRITE), false);
  }

  @Override
  public String toString() {
    return "socket of " + remoteAddress;
  }
}
