/// Connections that carry bytes; knows no packet.
@org.jspecify.annotations.NullMarked
module io.dunlin.transport {
  requires transitive static org.jspecify;
  requires transitive io.dunlin.base;
  requires io.netty.transport;
  requires io.netty.buffer;
  requires io.netty.codec;
  requires io.netty.codec.haproxy;
  requires io.netty.codec.http;
  requires io.netty.common;
  requires io.netty.handler;
  requires io.netty.transport.classes.epoll;
  requires io.netty.transport.unix.common;
  requires org.slf4j;

  exports io.dunlin.transport;
}
