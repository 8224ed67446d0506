package io.dunlin.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// An ordered, lossless stream of bytes both ways [MQTT-4.2-1], [MQTT-7.1.2-1 v3.1.1]. One thread
/// reads, another writes; both block.
interface Link {
  /// What the server sends.
  InputStream in();

  /// What goes to the server; nothing is kept back.
  OutputStream out();

  /// Says that no more will be sent; what was sent still arrives, and reading goes on. Called by
  /// who writes.
  void finish() throws IOException;

  /// Ends it at once; reading and writing fail. Any thread, any number of times.
  void abort();
}
