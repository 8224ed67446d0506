package io.dunlin.transport;

import java.nio.ByteBuffer;

/// Takes what happens on a connection. Called on the connection's loop, never re-entrantly.
///
/// An exception out of any method is counted and logged with the first bytes, and ends this one
/// connection (abort); no other notices.
public interface ConnectionHandler {
  /// Bytes `[from, to)` of `arena` have arrived, behind those that were not consumed before.
  /// Returns the index up to which they were consumed; the rest is kept and comes again, in front
  /// of what follows. The bytes may be changed in place and stay valid until the end of the turn.
  int onBytes(ByteBuffer arena, int from, int to);

  /// How many bytes from the first unconsumed one are needed before another call of `onBytes` makes
  /// sense; 0 when unknown. Asked after an `onBytes` that left a rest, so that a large packet is
  /// gathered without calling for every piece. The transport never allocates from this number: it
  /// grows its buffer as bytes arrive.
  int bytesWanted();

  /// The socket takes bytes again, after a `send` that it took only in part.
  void onWritable();

  /// The connection has ended, by whom ever. The last call.
  void onClosed();
}
