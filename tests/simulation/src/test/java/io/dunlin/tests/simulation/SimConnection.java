package io.dunlin.tests.simulation;

import io.dunlin.transport.Connection;
import io.dunlin.transport.ConnectionHandler;
import io.dunlin.transport.Loop;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The broker's end of a [Link], as the real transport behaves: it reads a random part of what has
/// arrived, keeps what the handler leaves, takes only part of what is sent, moves between loops.
final class SimConnection implements Connection {
  private static final long LINGER_NANOS = World.SECOND;

  private enum State {
    /// Until `close` (CLOSING), or until it is aborted, reset or at its end (ENDED).
    OPEN,
    /// Output has ended, input is discarded.
    CLOSING,
    /// Final.
    ENDED
  }

  private final World world;
  private final Link link;
  private final long id;
  private final OutputFault fault;
  private SimLoop loop;
  private @Nullable ConnectionHandler handler;
  private byte[] kept = {};
  private int bytesWanted;
  private State state = State.OPEN;
  private boolean reading;
  private boolean redelivering;
  private boolean writableWanted;
  private boolean delivering;
  private boolean moving;

  SimConnection(World world, Link link, long id, SimLoop loop, OutputFault fault) {
    this.world = world;
    this.link = link;
    this.id = id;
    this.loop = loop;
    this.fault = fault;
    link.accepted(this);
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
    return link.toString();
  }

  @Override
  public String listener() {
    return "simulated";
  }

  @Override
  public void handler(ConnectionHandler newHandler) {
    handler = newHandler;
    bytesWanted = 0;
  }

  // -- events ---------------------------------------------------------------------------------

  void readable() {
    loop.ready(this);
  }

  void writable() {
    if (writableWanted) {
      loop.ready(this);
    }
  }

  void resetByPeer() {
    loop.execute(() -> end(false));
  }

  /// On the loop.
  void onReady() {
    if (moving) {
      loop.execute(() -> loop.ready(this)); // when it has arrived
      return;
    }
    switch (state) {
      case ENDED -> {}
      case CLOSING -> {
        link.take(Integer.MAX_VALUE);
        if (link.atEnd()) {
          end(false);
        }
      }
      case OPEN -> {
        if (writableWanted && link.serverRoom() > 0) {
          writableWanted = false;
          guarded("onWritable", () -> handler().onWritable());
        }
        if (state == State.OPEN && reading && !redelivering) {
          read();
        }
      }
    }
  }

  private ConnectionHandler handler() {
    if (handler == null) {
      throw new IllegalStateException("reading was resumed before a handler was set");
    }
    return handler;
  }

  private void read() {
    if (link.available() == 0) {
      if (link.atEnd()) {
        end(false);
      }
      return;
    }
    int most = Math.min(link.available(), SimLoop.MAX_READ_BYTES);
    byte[] bytes = link.take(world.once(4) ? world.between(1, most) : most);
    byte[] all = new byte[kept.length + bytes.length];
    System.arraycopy(kept, 0, all, 0, kept.length);
    System.arraycopy(bytes, 0, all, kept.length, bytes.length);
    kept = all;
    if (all.length >= bytesWanted) {
      deliver();
    }
    if (state == State.OPEN && (link.available() > 0 || link.atEnd())) {
      loop.ready(this);
    }
  }

  private void deliver() {
    ByteBuffer arena = loop.arena();
    byte[] bytes = kept;
    int from = loop.arenaFor(bytes.length);
    if (!reading || state != State.OPEN) {
      return; // the end of a turn came between
    }
    int to = from + bytes.length;
    arena.put(from, bytes);
    loop.arenaTaken(to);
    delivering = true;
    guarded(
        "onBytes",
        () -> {
          int consumed = handler().onBytes(arena, from, to);
          if (consumed < from || consumed > to) {
            throw new IllegalStateException("consumed " + consumed + " of " + from + ".." + to);
          }
          kept = java.util.Arrays.copyOfRange(bytes, consumed - from, bytes.length);
          bytesWanted = consumed < to ? Math.max(0, handler().bytesWanted()) : 0;
        });
    delivering = false;
    if (state != State.OPEN) {
      kept = new byte[0];
    }
  }

  private void guarded(String where, Runnable action) {
    try {
      action.run();
    } catch (RuntimeException | AssertionError e) { // the real transport would end the connection
      world.report(link + ": " + where + " threw " + e, e);
      end(true);
    }
  }

  // -- what the broker does -------------------------------------------------------------------

  @Override
  public int send(ByteBuffer source, int from, int to) {
    checkLoop();
    if (state != State.OPEN) {
      return to - from;
    }
    if (writableWanted) {
      return 0;
    }
    int length = Math.min(to - from, link.serverRoom());
    if (length > 1 && world.once(20)) {
      length = world.between(1, length);
    }
    if (length > 0) {
      byte[] bytes = new byte[length];
      source.get(from, bytes);
      byte[] mangled = fault.apply(bytes, link.toString());
      if (mangled.length > 0) {
        link.serverSend(mangled);
      }
    }
    if (length < to - from) {
      writableWanted = true;
      long delay = world.delay(World.MILLISECOND);
      loop.incarnation().after(delay, this::writable);
    }
    return length;
  }

  private void checkLoop() {
    if (!loop.inLoop()) {
      throw new IllegalStateException(link + " is used from outside of its loop");
    }
  }

  @Override
  public void pauseReading() {
    checkLoop();
    reading = false;
  }

  @Override
  public void resumeReading() {
    checkLoop();
    if (reading || moving || state != State.OPEN) {
      return;
    }
    reading = true;
    if (kept.length == 0 && !delivering) {
      loop.ready(this);
    } else if (!redelivering) {
      redelivering = true;
      loop.execute(this::redeliver);
    }
  }

  private void redeliver() {
    redelivering = false;
    if (state != State.OPEN || !reading) {
      return;
    }
    if (kept.length > 0) {
      deliver();
    }
    if (state == State.OPEN && reading) {
      loop.ready(this);
    }
  }

  @Override
  public void close() {
    checkLoop();
    if (state != State.OPEN) {
      return;
    }
    state = State.CLOSING;
    reading = false;
    link.serverClose();
    loop.schedule(LINGER_NANOS, () -> end(false));
  }

  @Override
  public void abort() {
    end(true);
  }

  private void end(boolean reset) {
    if (state == State.ENDED) {
      return;
    }
    if (reset || state == State.OPEN) {
      link.serverAbort();
    }
    state = State.ENDED;
    reading = false;
    if (!moving) {
      tellEnd();
    }
  }

  private void tellEnd() {
    loop.execute(() -> guarded("onClosed", () -> handler().onClosed()));
  }

  @Override
  public void moveTo(Loop target, Consumer<Connection> arrived) {
    checkLoop();
    if (moving) {
      throw new IllegalStateException(link + " is moving already");
    }
    moving = true;
    reading = false;
    loop.execute(() -> {
      loop = (SimLoop) target;
      loop.execute(() -> arrive(arrived));
    });
  }

  private void arrive(Consumer<Connection> arrived) {
    moving = false;
    guarded("arrived", () -> arrived.accept(this));
    if (state == State.ENDED) {
      tellEnd();
    }
  }
}
