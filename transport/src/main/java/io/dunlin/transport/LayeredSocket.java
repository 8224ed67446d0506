package io.dunlin.transport;

import io.dunlin.base.OwnedBy;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A protocol on top of another stream: PROXY, TLS, WebSocket, in this order from the socket
/// upwards. What is above sees a plain [StreamSocket], so that reading, pausing, closing and moving
/// between loops are [SocketConnection]'s for all of them.
///
/// # Output
///
/// What the stream below does not take at once waits here, in one buffer that lives no longer than
/// that; while it waits, nothing more is taken from above. So the layer holds at most what one
/// `send` made of one piece (some 64 KiB), and what the protocol itself answers.
///
/// # Input
///
/// Input that lies decoded here is not announced by the system: the layer then wakes itself on a
/// later call stack, as long as the stream above wants input.
@OwnedBy("loop")
abstract class LayeredSocket extends StreamSocket implements StreamSocket.Events {
  private static final Logger LOG = LoggerFactory.getLogger(LayeredSocket.class);

  /// Most that waits for a peer that does not read what the protocol answers.
  private static final int MAX_WAITING_BYTES = 256 << 10;

  /// Most that may come before the protocol is opened.
  static final int MAX_OPENING_BYTES = 64 << 10;

  private final StreamSocket inner;
  private @Nullable Events above;
  private boolean opened;
  private int openingBytes;

  private @Nullable ByteBuf waiting;
  private boolean outputFailed;
  private boolean closing;
  private boolean finWhenSent;

  // lives as long as the registration with one loop
  private @Nullable Wake wake;
  private boolean wantsInput;
  private boolean wantsOutput;
  private boolean watchesInput;
  private boolean watchesOutput;

  LayeredSocket(StreamSocket inner) {
    this.inner = inner;
    inner.events(this);
  }

  // --- what a protocol does

  /// Whether input lies here that the stream above could have now.
  abstract boolean hasInput();

  /// Reads and decodes, before the end.
  abstract int read(NettyLoop loop, ByteBuffer target, int from, int to) throws IOException;

  /// Encodes and writes, when opened and nothing waits.
  abstract int encode(NettyLoop loop, ByteBuffer source, int from, int to) throws IOException;

  /// Writes what the protocol says at its end.
  abstract void sayGoodbye(NettyLoop loop) throws IOException;

  /// Frees what is held for input.
  abstract void release();

  // --- for the protocols

  StreamSocket inner() {
    return inner;
  }

  boolean opened() {
    return opened;
  }

  boolean closing() {
    return closing;
  }

  boolean outputWaits() {
    return waiting != null;
  }

  boolean registered() {
    return wake != null;
  }

  /// The loop that it is registered with.
  NettyLoop loop() {
    Wake present = wake;
    if (present == null) {
      throw new IllegalStateException("not on a loop: " + this);
    }
    return present.loop;
  }

  /// The protocol is ready for what is above.
  void open() {
    opened = true;
  }

  /// Counts what came before the protocol was opened.
  ///
  /// @throws IOException if it is too much
  void countOpening(int bytes) throws IOException {
    openingBytes += bytes;
    if (openingBytes > MAX_OPENING_BYTES) {
      loop().counters().openingsFailed++;
      throw new IOException("more than " + MAX_OPENING_BYTES + " bytes, and no hello yet");
    }
  }

  /// Ends the connection because the peer broke the protocol; its last word is sent before.
  void refuse(String listener, String reason) {
    countRefused(listener, reason);
    closeAbove();
  }

  void countRefused(String listener, String reason) {
    loop().counters().openingsFailed += opened ? 0 : 1;
    LOG.info(
        "connection.refused listener={} remote={} reason={}", listener, remoteAddress(), reason);
  }

  void closeAbove() {
    Events taker = above;
    if (taker != null) {
      taker.close();
    }
  }

  /// Writes to the stream below; what it does not take waits.
  void write(ByteBuffer source, int from, int to) throws IOException {
    if (outputFailed) {
      throw new IOException("the output has failed");
    }
    int sent = waiting == null ? inner.send(loop(), source, from, to) : 0;
    int left = to - from - sent;
    if (left > 0) {
      ByteBuf rest = waiting;
      if (rest == null) {
        rest = KeptBytes.ALLOCATOR.directBuffer(left);
        waiting = rest;
      }
      if (rest.readableBytes() + left > MAX_WAITING_BYTES) {
        throw new IOException("the peer does not read what it asked for");
      }
      rest.writeBytes(source.duplicate().limit(to).position(from + sent));
      update();
    }
  }

  // --- for the stream above

  @Override
  String remoteAddress() {
    return inner.remoteAddress();
  }

  @Override
  List<X509Certificate> peerCertificates() {
    return inner.peerCertificates();
  }

  @Override
  int openingBytes() {
    return openingBytes + inner.openingBytes();
  }

  @Override
  void events(Events taker) {
    above = taker;
  }

  @Override
  void register(NettyLoop loop) throws IOException {
    inner.register(loop);
    wake = new Wake(loop);
    wantsInput = false;
    wantsOutput = false;
    watchesInput = false;
    watchesOutput = false;
    update();
  }

  @Override
  void deregister() {
    Wake present = wake;
    wake = null;
    if (present != null) {
      present.cancelled = true;
    }
    inner.deregister();
  }

  @Override
  void await(boolean readable, boolean writable) throws IOException {
    wantsInput = readable;
    wantsOutput = writable;
    update();
  }

  @Override
  int receive(NettyLoop loop, ByteBuffer target, int from, int to) throws IOException {
    return closing ? inner.receive(loop, target, from, to) : read(loop, target, from, to);
  }

  @Override
  int send(NettyLoop loop, ByteBuffer source, int from, int to) throws IOException {
    return opened && waiting == null ? encode(loop, source, from, to) : 0;
  }

  @Override
  boolean saysGoodbye() {
    return true;
  }

  /// What waits still goes out, if the peer takes it before the connection's time for closing ends.
  @Override
  void shutdownOutput() throws IOException {
    closing = true;
    release();
    sayGoodbye(loop());
    if (waiting == null) {
      inner.shutdownOutput();
    } else {
      finWhenSent = true;
    }
  }

  @Override
  void close(boolean reset) {
    closing = true;
    release();
    releaseWaiting();
    inner.close(reset);
  }

  // --- events of the stream below

  @Override
  public void onReady(boolean readable, boolean writable, boolean broken) {
    Wake present = wake;
    Events taker = above;
    if (present == null || taker == null) {
      return;
    }
    present.loop.beginTurn();
    boolean down = broken;
    if (writable && waiting != null) {
      down |= !sendWaiting();
    }
    boolean canTake = writable && waiting == null && wantsOutput && opened;
    if (readable || canTake || down) {
      taker.onReady(readable, canTake, down);
    }
    if (!present.cancelled) {
      try {
        update();
      } catch (IOException e) {
        LOG.debug("connection.watch-failed remote={}", remoteAddress(), e);
        taker.abort();
      }
    }
  }

  @Override
  public void close() {
    closeAbove();
  }

  @Override
  public void abort() {
    Events taker = above;
    if (taker == null) {
      close(true);
    } else {
      taker.abort();
    }
  }

  /// Returns false when the stream below has failed.
  private boolean sendWaiting() {
    ByteBuf rest = waiting;
    if (rest == null) {
      return true;
    }
    try {
      ByteBuffer bytes = rest.nioBuffer();
      rest.skipBytes(inner.send(loop(), bytes, bytes.position(), bytes.limit()));
      if (!rest.isReadable()) {
        releaseWaiting();
        if (finWhenSent) {
          inner.shutdownOutput();
        }
      }
      return true;
    } catch (IOException e) {
      LOG.debug("connection.send-failed remote={}", remoteAddress(), e);
      outputFailed = true;
      releaseWaiting();
      return false;
    }
  }

  private void releaseWaiting() {
    ByteBuf rest = waiting;
    waiting = null;
    if (rest != null) {
      rest.release();
    }
  }

  /// Watches the stream below for what is wanted here or above.
  private void update() throws IOException {
    Wake present = wake;
    if (present == null) {
      return;
    }
    boolean output = waiting != null || (wantsOutput && opened);
    if (wantsInput != watchesInput || output != watchesOutput) {
      watchesInput = wantsInput;
      watchesOutput = output;
      inner.await(wantsInput, output);
    }
    if (wantsInput && !closing && hasInput()) {
      present.soon();
    }
  }

  /// Stands in for a readiness of the socket, on the loop of one registration.
  private final class Wake implements Runnable {
    private final NettyLoop loop;
    private boolean waits;
    private boolean cancelled;

    Wake(NettyLoop loop) {
      this.loop = loop;
    }

    void soon() {
      if (!waits) {
        waits = true;
        try {
          loop.execute(this);
        } catch (RejectedExecutionException e) { // the loop ends, and all its connections
          LOG.debug("connection.wake-failed remote={}", remoteAddress(), e);
        }
      }
    }

    @Override
    public void run() {
      waits = false;
      if (!cancelled) {
        onReady(true, false, false);
      }
    }
  }
}
