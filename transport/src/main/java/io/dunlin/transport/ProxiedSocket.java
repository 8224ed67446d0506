package io.dunlin.transport;

import io.dunlin.base.OwnedBy;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A connection that a proxy hands on: it begins with the PROXY protocol's header, version 1 or 2,
/// which tells whose it is. Behind the header it is nothing but the stream below.
@OwnedBy("loop")
final class ProxiedSocket extends LayeredSocket {
  private static final Logger LOG = LoggerFactory.getLogger(ProxiedSocket.class);

  /// Most that a header of version 2 may hold besides the addresses.
  private static final int MAX_EXTRA_BYTES = 4096;

  private final String listener;
  private @Nullable EmbeddedChannel decoder =
      new EmbeddedChannel(new HAProxyMessageDecoder(MAX_EXTRA_BYTES));

  /// Any thread.
  private volatile @Nullable String announced;

  ProxiedSocket(StreamSocket inner, String listener) {
    super(inner);
    this.listener = listener;
  }

  @Override
  String remoteAddress() {
    String present = announced;
    return present == null ? super.remoteAddress() : present;
  }

  @Override
  boolean hasInput() {
    return false;
  }

  @Override
  int read(NettyLoop loop, ByteBuffer target, int from, int to) throws IOException {
    int count = inner().receive(loop, target, from, to);
    EmbeddedChannel reading = decoder;
    if (count <= 0 || reading == null) {
      return count;
    }
    countOpening(count);
    try {
      reading.writeInbound(
          Unpooled.copiedBuffer(target.duplicate().limit(from + count).position(from)));
    } catch (DecoderException e) {
      release();
      refuse(listener, "PROXY: " + complaint(e));
      return 0;
    }
    HAProxyMessage header = reading.readInbound();
    if (header == null) {
      return 0;
    }
    announce(header);
    int rest = takeRest(reading, target, from);
    release();
    open();
    return rest;
  }

  /// What is wrong with a header, in the words of who found it.
  static String complaint(DecoderException e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String words = cause.getMessage();
    return cause instanceof DecoderException && words != null && !words.isBlank()
        ? words
        : "the header is none, or a wrong one";
  }

  private void announce(HAProxyMessage header) {
    String address = header.sourceAddress();
    if (header.command() == HAProxyCommand.PROXY
        && address != null
        && NetUtil.createByteArrayFromIpAddressString(address) != null) {
      announced =
          NetUtil.toSocketAddressString(
              new InetSocketAddress(java.net.InetAddress.ofLiteral(address), header.sourcePort()));
    }
    header.release();
  }

  /// What came behind the header, at most what was read with it.
  private static int takeRest(EmbeddedChannel reading, ByteBuffer target, int at) {
    int taken = 0;
    for (ByteBuf each = reading.readInbound(); each != null; each = reading.readInbound()) {
      int length = each.readableBytes();
      for (int i = 0; i < length; i++) {
        target.put(at + taken + i, each.getByte(each.readerIndex() + i));
      }
      taken += length;
      each.release();
    }
    return taken;
  }

  @Override
  int encode(NettyLoop loop, ByteBuffer source, int from, int to) throws IOException {
    return inner().send(loop, source, from, to);
  }

  @Override
  void sayGoodbye(NettyLoop loop) {}

  @Override
  void release() {
    EmbeddedChannel reading = decoder;
    decoder = null;
    if (reading != null) {
      try {
        reading.finishAndReleaseAll();
      } catch (DecoderException e) { // the header ends in its middle
        LOG.debug("connection.no-proxy-header remote={}", remoteAddress(), e);
      }
    }
  }
}
