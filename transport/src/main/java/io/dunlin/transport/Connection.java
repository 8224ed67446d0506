package io.dunlin.transport;

import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Consumer;

/// A network connection that belongs to one [Loop]; every method is called on that loop only,
/// unless it says otherwise. Idle, it holds no buffer.
///
/// A connection is born reading paused, without a handler; whoever accepts it sets the handler and
/// resumes. It ends once: [ConnectionHandler#onClosed] is called exactly once, however it ends.
public interface Connection {
  /// The loop that owns this connection now.
  Loop loop();

  /// A number that no other connection of this process has.
  long id();

  /// The peer, as `address:port` or what the transport has instead. Any thread.
  String remoteAddress();

  /// The name of the listener that accepted it. Any thread.
  String listener();

  /// The certificate that the client has shown and that was verified, and those that vouch for it,
  /// its own first; empty when it has shown none. Known from the first [ConnectionHandler#onBytes]
  /// on. Loop thread only.
  default List<X509Certificate> peerCertificates() {
    return List.of();
  }

  /// How many bytes came before the first one for the handler: TLS, WebSocket and PROXY hellos.
  /// Known from the first [ConnectionHandler#onBytes] on. Loop thread only.
  default int openingBytes() {
    return 0;
  }

  /// Who gets the bytes from now on.
  void handler(ConnectionHandler handler);

  /// Offers the bytes `[from, to)` of `source` (direct or heap, by absolute index) to the socket,
  /// at once, and returns how many it took. When that is less than all, the caller keeps the rest,
  /// and [ConnectionHandler#onWritable] is called when the socket can take more. On a closed or
  /// failed connection it takes all and drops it; `onClosed` follows.
  int send(ByteBuffer source, int from, int to);

  /// Stops reading, takes effect at once: also bytes already read and not consumed are kept back.
  void pauseReading();

  /// Reads again. Bytes kept back are handed to the handler first, on a later call stack, also when
  /// no new ones arrive.
  void resumeReading();

  /// Ends the connection after what `send` took has been delivered: sends FIN, then discards what
  /// still arrives until the peer closes or 1 s has passed (a close with unread input would reset
  /// the connection and could destroy a CONNACK or DISCONNECT that is on its way). Idempotent. The
  /// handler gets no more bytes; `onClosed` follows on a later call stack.
  void close();

  /// Like [#close], when the peer has said that it sends nothing more: does not wait for its FIN. A
  /// peer that has sent more all the same may see a reset.
  default void closeAtOnce() {
    close();
  }

  /// Ends the connection at once, whatever is on its way. Idempotent; `onClosed` follows on a later
  /// call stack.
  void abort();

  /// Moves the connection, with all bytes read and not yet consumed, to another loop; reading is
  /// paused meanwhile. `arrived` runs on the target loop, where the handler may be changed and
  /// reading resumed. If the connection ends on the way, `arrived` still runs and `onClosed` of the
  /// handler that is set then follows. With the present loop as target it runs when the handler has
  /// returned.
  void moveTo(Loop target, Consumer<Connection> arrived);
}
