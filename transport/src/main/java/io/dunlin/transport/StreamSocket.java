package io.dunlin.transport;

import io.dunlin.base.OwnedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.List;

/// A connected, non-blocking stream of bytes: a socket ([RawSocket]), or a protocol on top of
/// another one ([LayeredSocket]). [SocketConnection] reads and writes the topmost when it is ready.
@OwnedBy("loop")
abstract class StreamSocket {
  /// Who is told what happens, on the loop.
  interface Events {
    /// Ready; `broken` when the stream is down in both directions.
    void onReady(boolean readable, boolean writable, boolean broken);

    /// The stream asks for its end, after what was sent has been delivered.
    void close();

    /// The stream ends at once.
    void abort();
  }

  /// The peer, as `address:port`. Any thread.
  abstract String remoteAddress();

  /// See [Connection#peerCertificates].
  List<X509Certificate> peerCertificates() {
    return List.of();
  }

  /// See [Connection#openingBytes].
  int openingBytes() {
    return 0;
  }

  /// Who is told of events from now on.
  abstract void events(Events taker);

  /// Registers with the loop, without interest. On that loop only.
  abstract void register(NettyLoop loop) throws IOException;

  /// Leaves the loop, if registered; it may be registered elsewhere.
  abstract void deregister();

  /// Sets what to be told of.
  abstract void await(boolean readable, boolean writable) throws IOException;

  /// Reads into `[from, to)`; returns how many bytes came, 0 when there are none now, -1 at the
  /// end.
  abstract int receive(NettyLoop loop, ByteBuffer target, int from, int to) throws IOException;

  /// Writes `[from, to)` of a direct buffer; returns how many bytes went.
  abstract int send(NettyLoop loop, ByteBuffer source, int from, int to) throws IOException;

  /// Whether ending the output tells the peer something that it should get.
  boolean saysGoodbye() {
    return false;
  }

  /// Ends the output behind what was sent.
  abstract void shutdownOutput() throws IOException;

  /// Closes the descriptor; `reset` throws away what has not been delivered.
  abstract void close(boolean reset);
}
