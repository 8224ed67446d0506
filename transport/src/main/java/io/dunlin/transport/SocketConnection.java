package io.dunlin.transport;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A [Connection] on a plain socket.
///
/// # Interest
///
/// The socket is watched level-triggered, and the watch is changed late: whoever pauses, or gets a
/// notice of writability, changes only a flag here; when the socket turns out ready for what nobody
/// waits for, the watch is taken back. Pausing and resuming, and a slow peer's ups and downs, so
/// cost at most one idle wake-up instead of a system call each time.
///
/// # Bytes
///
/// A readiness reads once, into the arena behind the place for the [KeptBytes], which are then
/// copied in front. While gathering, the socket is read into their own buffer instead, no further
/// than to the end of the packet that the handler waits for.
///
/// # Moving
///
/// The connection leaves its loop on a later call stack than `moveTo`, when tasks of the old loop
/// that touch it have run; from then on only the target's tasks do. A connection that closes does
/// not travel: what leaves is open or has ended. One that stays on its loop arrives as soon as its
/// handler has returned.
@OwnedBy("loop")
@HotPath(benchmark = "mqload p2p0, fanin0")
final class SocketConnection implements Connection, StreamSocket.Events {
  private static final Logger LOG = LoggerFactory.getLogger(SocketConnection.class);
  private static final int LOGGED_BYTES = 32;

  private enum State {
    /// Until `close` (CLOSING), or until it fails or is aborted (ENDED).
    OPEN,
    /// FIN is sent, input is discarded; until the peer closes or the time is up (ENDED).
    CLOSING,
    /// The socket is closed. Final.
    ENDED
  }

  private final long id;
  private final String listener;
  private final StreamSocket socket;
  private final Runnable onEnded;
  private NettyLoop loop;
  private ConnectionHandler handler = NoHandler.INSTANCE;
  private @Nullable KeptBytes kept;
  private int bytesWanted;
  private State state = State.OPEN;

  // what the handler asked for
  private boolean reading;
  private boolean writableWanted;

  // what the socket is watched for
  private boolean watchesInput;
  private boolean watchesOutput;

  private boolean delivering;
  private boolean redelivering;
  private boolean outputFailed;
  private boolean moving;
  private @Nullable Consumer<Connection> arrival; // on the present loop, when the handler returns
  private long lingersUntilNanos;

  SocketConnection(
      long id, String listener, StreamSocket socket, NettyLoop loop, Runnable onEnded) {
    this.id = id;
    this.listener = listener;
    this.socket = socket;
    this.loop = loop;
    this.onEnded = onEnded;
    socket.events(this);
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public String remoteAddress() {
    return socket.remoteAddress();
  }

  @Override
  public List<X509Certificate> peerCertificates() {
    return socket.peerCertificates();
  }

  @Override
  public int openingBytes() {
    return socket.openingBytes();
  }

  @Override
  public String listener() {
    return listener;
  }

  @Override
  public void handler(ConnectionHandler newHandler) {
    handler = newHandler;
    bytesWanted = 0;
  }

  /// Whether it holds a buffer, as it must not when idle.
  boolean holdsBuffer() {
    return kept != null;
  }

  /// Registers with its loop and hands itself out. The first call, on the loop.
  void start(Consumer<Connection> acceptor) {
    loop.counters().open++;
    enter(acceptor, "acceptor");
  }

  // --- output

  @Override
  public int send(ByteBuffer source, int from, int to) {
    assert loop.inLoop();
    if (state != State.OPEN || outputFailed) {
      return to - from;
    }
    if (writableWanted) {
      return 0; // the socket was full and has not said otherwise
    }
    int sent;
    try {
      sent = source.isDirect() ? sendDirect(source, from, to) : sendHeap(source, from, to);
    } catch (IOException e) {
      onOutputFailed(e);
      return to - from;
    }
    loop.counters().bytesOut += sent;
    if (sent < to - from) {
      writableWanted = true;
      watch(watchesInput, true);
    }
    return sent;
  }

  private int sendDirect(ByteBuffer source, int from, int to) throws IOException {
    loop.counters().writes++;
    return socket.send(loop, source, from, to);
  }

  private int sendHeap(ByteBuffer source, int from, int to) throws IOException {
    ByteBuffer scratch = loop.scratch();
    int at = from;
    while (at < to) {
      int length = Math.min(to - at, scratch.capacity());
      scratch.put(0, source, at, length);
      int sent = sendDirect(scratch, 0, length);
      at += sent;
      if (sent < length) {
        break;
      }
    }
    return at - from;
  }

  /// The peer takes no more. What it sent before may still lie in the socket: it is read first, and
  /// the end follows.
  private void onOutputFailed(IOException cause) {
    LOG.debug("connection.send-failed id={} remote={}", id, remoteAddress(), cause);
    outputFailed = true;
    if (!reading) {
      end(false);
    }
  }

  // --- input

  @Override
  public void pauseReading() {
    assert loop.inLoop();
    reading = false;
    if (outputFailed) {
      end(false); // nothing would tell of its end
    }
  }

  @Override
  public void resumeReading() {
    assert loop.inLoop();
    if (reading || moving || state != State.OPEN) {
      return;
    }
    reading = true;
    if (kept == null && !delivering) {
      watch(true, watchesOutput);
    } else if (!redelivering) {
      redelivering = true;
      loop.execute(this::redeliver);
    }
  }

  /// Hands kept bytes to the handler, then goes on reading.
  private void redeliver() {
    redelivering = false;
    if (state != State.OPEN || !reading) {
      return;
    }
    try {
      KeptBytes bytes = kept;
      if (bytes != null) {
        if (bytes.gathers()) {
          deliverGathered(bytes);
        } else {
          int at = loop.arenaFor(bytes.size());
          if (reading && !redelivering) { // the end of a turn may have come between
            deliverBehind(bytes, at, at + bytes.size());
          }
        }
      }
      if (state == State.OPEN && reading && !redelivering) {
        watch(true, watchesOutput);
      }
    } catch (Throwable e) { // of ours: only this connection may suffer
      onFailure("redeliver", e, "");
    }
  }

  /// Called by the socket.
  @Override
  public void onReady(boolean readable, boolean writable, boolean broken) {
    if (state == State.ENDED) {
      return;
    }
    loop.beginTurn();
    try {
      if (state == State.CLOSING) {
        discard();
        return;
      }
      if (writable) {
        onWritable();
      }
      if ((readable || broken) && state == State.OPEN) {
        onReadable(broken);
      }
    } catch (Throwable e) { // of ours: only this connection may suffer
      onFailure("onReady", e, "");
    }
  }

  private void onWritable() {
    if (!writableWanted) {
      watch(watchesInput, false);
      return;
    }
    writableWanted = false;
    try {
      handler.onWritable();
    } catch (Throwable e) { // D4: ends this one connection
      onFailure("onWritable", e, "");
    }
  }

  private void onReadable(boolean broken) {
    if (reading && !redelivering) {
      KeptBytes bytes = kept;
      if (bytes != null && bytes.gathers()) {
        gather(bytes);
      } else {
        read(bytes);
      }
    } else if (broken && !reading) {
      end(false);
    } else if (!reading) {
      watch(false, watchesOutput);
    }
  }

  private void read(@Nullable KeptBytes before) {
    int keptBytes = before == null ? 0 : before.size();
    int from = loop.arenaFor(keptBytes);
    if (!reading || redelivering) {
      return; // the end of a turn came between
    }
    int at = from + keptBytes;
    int count = receive(loop.arena(), at, at + loop.maxReadBytes());
    if (count <= 0) {
      return;
    }
    int to = at + count;
    if (before == null) {
      loop.arenaTaken(to);
      deliver(loop.arena(), from, to, null);
    } else if (to - from >= bytesWanted) {
      deliverBehind(before, from, to);
    } else if (before.fits(count)) {
      before.append(loop.arena(), at, to);
    } else {
      before.copyTo(loop.arena(), from);
      kept = KeptBytes.copyOf(loop.arena(), from, to, bytesWanted);
      before.release();
    }
  }

  /// Delivers `[from, to)` of the arena, in front of which there is room for `before`.
  private void deliverBehind(KeptBytes before, int from, int to) {
    before.copyTo(loop.arena(), from);
    kept = null;
    before.release();
    loop.arenaTaken(to);
    deliver(loop.arena(), from, to, null);
  }

  private void gather(KeptBytes bytes) {
    ByteBuffer buffer = bytes.gatheringWithRoom(bytesWanted);
    int from = bytes.size();
    int end = bytesWanted > from ? Math.min(bytesWanted, buffer.capacity()) : buffer.capacity();
    int count = receive(buffer, from, Math.min(end, from + loop.maxReadBytes()));
    if (count > 0) {
      bytes.gathered(count);
      if (bytes.size() >= bytesWanted) {
        deliverGathered(bytes);
      }
    }
  }

  private void deliverGathered(KeptBytes bytes) {
    deliver(bytes.gathering(), 0, bytes.size(), bytes);
  }

  /// Hands `[from, to)` to the handler and keeps what it leaves. `gathered` owns `buffer`, if it is
  /// not the arena.
  private void deliver(ByteBuffer buffer, int from, int to, @Nullable KeptBytes gathered) {
    handOver(buffer, from, to, gathered);
    Consumer<Connection> arrived = arrival;
    if (arrived != null) {
      arrival = null;
      arrive(arrived);
    }
  }

  private void handOver(ByteBuffer buffer, int from, int to, @Nullable KeptBytes gathered) {
    int consumed;
    delivering = true;
    try {
      consumed = handler.onBytes(buffer, from, to);
      if (consumed < from || consumed > to) {
        throw new IllegalStateException("consumed " + consumed + " of " + from + ".." + to);
      }
      bytesWanted = consumed < to ? Math.max(0, handler.bytesWanted()) : 0;
    } catch (Throwable e) { // D4: ends this one connection
      onFailure("onBytes", e, hex(buffer, from, to));
      return;
    } finally {
      delivering = false;
    }
    if (state != State.OPEN || (gathered != null && consumed == from)) {
      return; // its bytes are released already, or stay where they are
    }
    kept = consumed < to ? KeptBytes.copyOf(buffer, consumed, to, bytesWanted) : null;
    if (gathered != null) {
      loop.releaseAtTurnEnd(gathered);
    }
  }

  /// Reads once; ends the connection at the end of the input or on an error.
  private int receive(ByteBuffer target, int from, int to) {
    int count;
    try {
      loop.counters().reads++;
      count = socket.receive(loop, target, from, to);
    } catch (IOException e) {
      LOG.debug("connection.receive-failed id={} remote={}", id, remoteAddress(), e);
      count = -1;
    }
    if (count > 0) {
      loop.counters().bytesIn += count;
    } else if (count < 0) {
      end(false);
    }
    return count;
  }

  private void discard() {
    ByteBuffer scratch = loop.scratch();
    int _ = receive(scratch, 0, scratch.capacity());
  }

  // --- the end

  @Override
  public void close() {
    assert loop.inLoop();
    if (state != State.OPEN) {
      return;
    }
    if (outputFailed) {
      end(false);
      return;
    }
    state = State.CLOSING;
    reading = false;
    releaseKept();
    try {
      socket.shutdownOutput();
      watch(true, false);
      lingersUntilNanos = loop.linger(this);
    } catch (IOException e) {
      LOG.debug("connection.shutdown-failed id={} remote={}", id, remoteAddress(), e);
      end(false);
    }
  }

  @Override
  public void closeAtOnce() {
    assert loop.inLoop();
    if (socket.saysGoodbye()) {
      close();
    } else if (state == State.OPEN) {
      end(false);
    }
  }

  /// Whether it waits for its peer to close.
  boolean lingers() {
    return state == State.CLOSING;
  }

  /// When it ends if the peer does not close.
  long lingersUntilNanos() {
    return lingersUntilNanos;
  }

  /// The peer has had its time to close.
  void lingered() {
    end(false);
  }

  @Override
  public void abort() {
    assert loop.inLoop();
    end(true);
  }

  private void end(boolean reset) {
    if (state == State.ENDED) {
      return;
    }
    state = State.ENDED;
    reading = false;
    releaseKept();
    socket.close(reset);
    socket.deregister(); // after the close, which took it out of the epoll set: one call less
    loop.counters().open--;
    onEnded.run();
    if (!moving) {
      tellEnd();
    }
  }

  private void tellEnd() {
    try {
      loop.execute(this::onClosed);
    } catch (RejectedExecutionException _) { // the loop is shutting down and runs no more tasks
      onClosed();
    }
  }

  private void onClosed() {
    try {
      handler.onClosed();
    } catch (Throwable e) { // D4
      onFailure("onClosed", e, "");
    }
  }

  private void releaseKept() {
    KeptBytes bytes = kept;
    if (bytes != null) {
      kept = null;
      loop.releaseAtTurnEnd(bytes); // the handler may be at work on them
    }
  }

  private void onFailure(String where, Throwable cause, String firstBytes) {
    loop.counters().exceptions++;
    LOG.error(
        "connection.failed id={} remote={} in={} bytes={}",
        id,
        remoteAddress(),
        where,
        firstBytes,
        cause);
    end(true);
  }

  private static String hex(ByteBuffer buffer, int from, int to) {
    byte[] first = new byte[Math.min(to - from, LOGGED_BYTES)];
    buffer.get(from, first);
    return HexFormat.of().formatHex(first);
  }

  // --- between loops

  @Override
  public void moveTo(Loop target, Consumer<Connection> arrived) {
    assert loop.inLoop();
    if (moving) {
      throw new IllegalStateException("connection " + id + " is moving already");
    }
    if (!(target instanceof NettyLoop to)) {
      throw new IllegalArgumentException("not a loop of this transport: " + target);
    }
    moving = true;
    reading = false;
    if (to == loop && delivering) {
      arrival = arrived;
    } else {
      loop.execute(to == loop ? () -> arrive(arrived) : () -> depart(to, arrived));
    }
  }

  private void depart(NettyLoop target, Consumer<Connection> arrived) {
    NettyLoop from = loop;
    if (state == State.CLOSING) {
      end(false);
    }
    if (state == State.OPEN) {
      socket.deregister();
      watchesInput = false;
      watchesOutput = false;
      from.counters().open--;
    }
    loop = target;
    try {
      target.execute(() -> arriveElsewhere(arrived));
    } catch (RejectedExecutionException _) { // the target has shut down
      loop = from;
      moving = false;
      if (state == State.ENDED) {
        tellEnd();
      } else {
        from.counters().open++;
        end(true);
      }
    }
  }

  private void arriveElsewhere(Consumer<Connection> arrived) {
    moving = false;
    if (state == State.ENDED) {
      enterEnded(arrived);
      return;
    }
    loop.counters().open++;
    enter(arrived, "arrived");
  }

  private void arrive(Consumer<Connection> arrived) {
    moving = false;
    if (state == State.ENDED) {
      enterEnded(arrived);
    } else {
      hand(arrived, "arrived");
    }
  }

  private void enterEnded(Consumer<Connection> arrived) {
    hand(arrived, "arrived");
    tellEnd();
  }

  /// Registers with the present loop and hands itself to `taker`.
  private void enter(Consumer<Connection> taker, String where) {
    try {
      socket.register(loop);
    } catch (IOException e) {
      LOG.warn("connection.register-failed id={} remote={}", id, remoteAddress(), e);
      hand(taker, where);
      end(true);
      return;
    }
    if (writableWanted) {
      watch(false, true);
    }
    hand(taker, where);
  }

  private void hand(Consumer<Connection> taker, String where) {
    try {
      taker.accept(this);
    } catch (Throwable e) { // D4
      onFailure(where, e, "");
    }
  }

  private void watch(boolean input, boolean output) {
    if (input != watchesInput || output != watchesOutput) {
      watchesInput = input;
      watchesOutput = output;
      try {
        socket.await(input, output);
      } catch (IOException e) {
        LOG.warn("connection.watch-failed id={} remote={}", id, remoteAddress(), e);
        end(true);
      }
    }
  }

  /// Stands in until whoever accepted the connection sets a handler.
  private static final class NoHandler implements ConnectionHandler {
    static final NoHandler INSTANCE = new NoHandler();

    @Override
    public int onBytes(ByteBuffer arena, int from, int to) {
      throw new IllegalStateException("reading was resumed before a handler was set");
    }

    @Override
    public int bytesWanted() {
      return 0;
    }

    @Override
    public void onWritable() {}

    @Override
    public void onClosed() {}
  }
}
