package io.dunlin.tests.simulation;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A TCP connection between a client and the broker: each direction in order, delayed, split and
/// joined by chance. It may be cut (nothing passes any more, nobody is told) or reset.
final class Link {
  /// Who has the client's end.
  interface Client {
    void onBytes(Link link, byte[] bytes);

    /// The broker, or the network, has ended the connection.
    void onEnd(Link link);
  }

  private final World world;
  private final Client client;
  private final String name;
  private final int windowBytes;
  private final long latencyNanos;

  // to the server
  private final ByteArrayOutputStream arrived = new ByteArrayOutputStream();
  private int taken;
  private long lastToServer;
  private boolean endOfInput;
  private @Nullable SimConnection server;

  // to the client
  private int inFlightBytes;
  private long lastToClient;

  private boolean cut; // half-open: whatever is sent vanishes
  private boolean clientGone; // the client has no socket any more
  private boolean clientTold;
  private boolean serverEnded;

  Link(World world, Client client, String name) {
    this.world = world;
    this.client = client;
    this.name = name;
    this.windowBytes = world.once(4) ? world.between(64, 1_024) : 64 * 1_024;
    this.latencyNanos = world.once(3) ? 20 * World.MILLISECOND : World.MILLISECOND;
  }

  @Override
  public String toString() {
    return name;
  }

  void accepted(SimConnection newServer) {
    server = newServer;
  }

  // -- the client's end -----------------------------------------------------------------------

  /// Opens the connection: `acceptor` gets it, before all bytes.
  void clientOpen(Consumer<Link> acceptor) {
    toServer(() -> acceptor.accept(this));
  }

  /// Sends bytes to the broker.
  void clientSend(byte[] bytes) {
    int at = 0;
    while (at < bytes.length) {
      int length = world.once(4) ? world.between(1, bytes.length - at) : bytes.length - at;
      byte[] piece = Arrays.copyOfRange(bytes, at, at + length);
      at += length;
      toServer(() -> arrive(piece));
    }
  }

  private void toServer(Runnable action) {
    lastToServer = Math.max(lastToServer, world.nanos() + world.delay(latencyNanos));
    world.after(lastToServer - world.nanos(), action);
  }

  private void arrive(byte[] piece) {
    SimConnection s = server;
    if (cut) {
      return;
    }
    if (s == null || serverEnded) {
      tellClient(); // nobody is there: a reset comes back
      return;
    }
    arrived.writeBytes(piece);
    s.readable();
  }

  /// The client closes its socket; what it has sent arrives before.
  void clientClose() {
    clientGone = true;
    toServer(() -> {
      endOfInput = true;
      if (server != null && !cut) {
        server.readable();
      }
    });
  }

  /// The client resets the connection: what is on its way to the broker may be lost.
  void clientReset() {
    clientGone = true;
    long delay = world.delay(latencyNanos);
    world.after(
        delay,
        () -> {
          if (server != null && !cut) {
            server.resetByPeer();
          }
        });
  }

  /// The network between them is gone for good, and nobody is told.
  void cut() {
    cut = true;
  }

  boolean isCut() {
    return cut;
  }

  /// The client forgets the socket without a word: half-open for the broker.
  void clientVanish() {
    clientGone = true;
    cut = true;
  }

  // -- the broker's end -----------------------------------------------------------------------

  int available() {
    return arrived.size() - taken;
  }

  boolean atEnd() {
    return endOfInput && available() == 0;
  }

  /// Takes up to `most` bytes that have arrived.
  byte[] take(int most) {
    byte[] all = arrived.toByteArray();
    int length = Math.min(most, all.length - taken);
    byte[] bytes = Arrays.copyOfRange(all, taken, taken + length);
    taken += length;
    if (taken == all.length) {
      arrived.reset();
      taken = 0;
    }
    return bytes;
  }

  /// How many bytes the broker's socket takes now.
  int serverRoom() {
    return windowBytes - inFlightBytes;
  }

  void serverSend(byte[] bytes) {
    inFlightBytes += bytes.length;
    int at = 0;
    while (at < bytes.length) {
      int length = world.once(4) ? world.between(1, bytes.length - at) : bytes.length - at;
      byte[] piece = Arrays.copyOfRange(bytes, at, at + length);
      at += length;
      toClient(() -> deliver(piece));
    }
  }

  private void toClient(Runnable action) {
    lastToClient = Math.max(lastToClient, world.nanos() + world.delay(latencyNanos));
    world.after(lastToClient - world.nanos(), action);
  }

  private void deliver(byte[] piece) {
    if (cut) {
      return;
    }
    inFlightBytes -= piece.length;
    if (server != null) {
      server.writable();
    }
    if (!clientGone && !clientTold) {
      client.onBytes(this, piece);
    }
  }

  /// The broker closes: what it has sent arrives before.
  void serverClose() {
    serverEnded = true;
    toClient(this::tellClientNow);
  }

  /// The broker aborts, or the client has reset.
  void serverAbort() {
    serverEnded = true;
    world.after(world.delay(latencyNanos), this::tellClientNow);
  }

  /// The broker's process has died. Its machine may tell the client at once, or when it next sends.
  void serverDied(boolean silently) {
    server = null;
    serverEnded = true;
    if (!silently) {
      toClient(this::tellClientNow);
    }
  }

  private void tellClient() {
    world.after(world.delay(latencyNanos), this::tellClientNow);
  }

  private void tellClientNow() {
    if (!clientTold && !clientGone && !cut) {
      clientTold = true;
      client.onEnd(this);
    }
  }

  /// Whether the broker has not ended its side yet.
  boolean serverHolds() {
    return server != null && !serverEnded;
  }
}
