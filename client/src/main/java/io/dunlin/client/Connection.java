package io.dunlin.client;

import io.dunlin.base.Slice;
import io.dunlin.client.ClientException.AuthenticationFailed;
import io.dunlin.codec.PacketDecoder;
import io.dunlin.codec.PacketEncoder;
import io.dunlin.codec.PacketFrame;
import io.dunlin.codec.Sender;
import io.dunlin.mqtt.Auth;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PingReq;
import io.dunlin.mqtt.ReasonCode;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One network connection of a client, from its CONNECT to its end. Thread-safe but for [#read].
///
/// Who owns it reads, on one thread. A second thread writes what [#send] left, so that nobody who
/// holds a lock waits for a socket; a third watches the Keep Alive. The queue between is bounded by
/// what may be unfinished, and by what the server gives us to acknowledge.
final class Connection {
  private static final int FIRST_BUFFER_BYTES = 8 << 10;
  private static final int BATCH_BYTES = 64 << 10;
  private static final Duration FAREWELL = Duration.ofSeconds(2);

  /// The last word to a server with which the client will not go on [MQTT-4.12.1-2].
  static final Disconnect AUTHENTICATION_FAILED = new Disconnect(ReasonCode.UNSPECIFIED_ERROR);

  /// A packet on its way.
  ///
  /// @param whenWritten completed when it has been written; null when nobody waits
  private record Waiting(
      Packet packet, Slice bytes, @Nullable CompletableFuture<Published> whenWritten) {}

  private final ClientConfig config;
  private final ClientListener listener;
  private final Link link;
  private final MqttVersion version;
  private final AtomicReference<@Nullable ClientException> failure = new AtomicReference<>();
  private final Reauthentication reauthentication = new Reauthentication(this);
  private final CountDownLatch ended = new CountDownLatch(1);

  // the reader's own
  private ByteBuffer buffer = ByteBuffer.allocate(FIRST_BUFFER_BYTES);
  private int from;
  private int to;

  // set once, before any other thread sees the connection
  private ConnAck connAck = ConnAck.accepted(false);

  // under the lock
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private boolean finishing;
  private boolean over;

  private volatile long lastSentNanos = System.nanoTime();
  private volatile long lastReceivedNanos = lastSentNanos;
  private volatile boolean readingStalled;

  private Connection(ClientConfig config, Link link) {
    this.config = config;
    this.listener = new GuardedListener(config.listener());
    this.link = link;
    this.version = config.connect().version();
  }

  /// Sends `connect` [MQTT-3.1.0-1], authenticates, and waits for the CONNACK.
  ///
  /// @throws ClientException.ConnectRefused if it says no; the link is to be closed then
  ///   [MQTT-4.13.2-1]
  /// @throws AuthenticationFailed if the client does not go on; the same
  static Connection greet(ClientConfig config, Link link, Connect connect)
      throws IOException, MalformedPacket, ClientException {
    Connection connection = new Connection(config, link);
    @Nullable Authenticator authenticator = config.authenticator();
    if (authenticator == null) {
      connection.write(connect);
      connection.accept(connection.read());
    } else {
      connection.authenticate(connect, Authentication.begin(authenticator));
    }
    return connection;
  }

  /// Sends nothing but AUTH until the CONNACK, or else a DISCONNECT [MQTT-3.1.2-30].
  private void authenticate(Connect connect, Authentication exchange)
      throws IOException, MalformedPacket, ClientException {
    try {
      write(exchange.connect(connect));
      Packet packet = read();
      while (packet instanceof Auth challenge) {
        write(exchange.answer(challenge));
        packet = read();
      }
      exchange.accepted(accept(packet));
    } catch (MalformedPacket e) {
      leave(new Disconnect(e.reason(), e.detail()));
      throw e;
    } catch (AuthenticationFailed e) {
      leave(AUTHENTICATION_FAILED);
      throw e;
    }
  }

  private void leave(Disconnect last) {
    try {
      write(last);
      link.finish();
    } catch (IOException e) {
      return; // Why it leaves is known, and says more.
    }
  }

  private void write(Packet packet) throws IOException {
    Slice bytes = bytes(packet);
    if (!bytes.isEmpty()) {
      link.out().write(bytes.toArray());
      listener.onSent(packet);
    }
  }

  /// Those of `packet`; none if it is larger than the server takes [MQTT-3.2.2-15].
  private Slice bytes(Packet packet) {
    return PacketEncoder.encode(packet, version, connAck.maximumPacketSize(), true);
  }

  private ConnAck accept(Packet packet) throws MalformedPacket, ClientException {
    if (!(packet instanceof ConnAck answer)) {
      throw new MalformedPacket(
          ReasonCode.PROTOCOL_ERROR, "MQTT-3.2.0-1", "the first packet is no CONNACK");
    }
    if (answer.reasonCode() != ReasonCode.SUCCESS) {
      throw new ClientException.ConnectRefused(answer.reasonCode(), answer.reasonString());
    }
    connAck = answer;
    return answer;
  }

  /// Begins to write, and to watch the Keep Alive. Returns the thread that writes, and completes
  /// what [#send] was given.
  Thread start() {
    Thread writer = Thread.ofVirtual().name("dunlin-client-writer").start(this::writeUntilOver);
    int keepAlive = connAck.serverKeepAliveSeconds(); // [MQTT-3.1.2-21], [MQTT-3.2.2-21]
    int seconds = keepAlive < 0 ? config.connect().keepAliveSeconds() : keepAlive;
    if (seconds > 0) {
      long nanos = TimeUnit.SECONDS.toNanos(seconds);
      Thread.ofVirtual().name("dunlin-client-keep-alive").start(() -> keepAlive(nanos));
    }
    return writer;
  }

  /// What the server asks of us.
  ConnAck connAck() {
    return connAck;
  }

  /// Its AUTH packets after the CONNACK.
  Reauthentication reauthentication() {
    return reauthentication;
  }

  MqttVersion version() {
    return version;
  }

  /// Waits for the next packet. For one thread.
  ///
  /// @throws MalformedPacket if the server breaks the protocol
  /// @throws IOException at the end
  Packet read() throws IOException, MalformedPacket {
    while (true) {
      int length = to == from ? 0 : PacketFrame.length(buffer, from, to, config.maxPacketBytes());
      if (length > 0 && to - from >= length) {
        Packet packet = PacketDecoder.decode(buffer, from, from + length, version, Sender.SERVER);
        from += length;
        listener.onReceived(packet);
        return packet;
      }
      if (to > from) {
        PacketFrame.checkFirstByte(buffer.get(from) & 0xff, version, Sender.SERVER);
      }
      fill();
    }
  }

  /// Reads at least one byte behind those that are there. The buffer grows with what has come, not
  /// with what a packet says of its length.
  private void fill() throws IOException {
    if (from > 0) {
      buffer.put(0, buffer, from, to - from);
      to -= from;
      from = 0;
    }
    if (to == buffer.capacity()) {
      buffer = ByteBuffer.allocate(2 * to).put(0, buffer, 0, to);
    }
    int count = link.in().read(buffer.array(), to, buffer.capacity() - to);
    if (count < 0) {
      throw new EOFException("the server closed the connection");
    }
    to += count;
    lastReceivedNanos = System.nanoTime();
  }

  /// Says whether the reader waits for the application: then the silence is ours.
  void readingStalled(boolean value) {
    readingStalled = value;
    lastReceivedNanos = System.nanoTime();
  }

  /// What became of a packet to send.
  enum Fate {
    /// It waits to be written.
    QUEUED,
    /// It is larger than the server takes [MQTT-3.2.2-15].
    TOO_LARGE,
    /// The connection is over, or the DISCONNECT is on its way [MQTT-3.14.4-1].
    OVER
  }

  /// Queues `packet`. Does not block.
  Fate send(Packet packet) {
    return send(packet, null);
  }

  /// Queues `packet`, and completes `whenWritten` once it has been written. Does not block.
  Fate send(Packet packet, @Nullable CompletableFuture<Published> whenWritten) {
    Slice bytes = bytes(packet);
    if (bytes.isEmpty()) {
      return Fate.TOO_LARGE;
    }
    lock.lock();
    try {
      if (over || finishing) {
        return Fate.OVER;
      }
      waiting.add(new Waiting(packet, bytes, whenWritten));
      changed.signal();
      return Fate.QUEUED;
    } finally {
      lock.unlock();
    }
  }

  /// Ends it in order: writes what waits, `last` [MQTT-3.14.4-2], then closes. Does not block.
  void finish(Disconnect last) {
    lock.lock();
    try {
      if (over || finishing) {
        return;
      }
      Slice bytes = bytes(last);
      if (!bytes.isEmpty()) {
        waiting.add(new Waiting(last, bytes, null));
      }
      finishing = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
    Thread.ofVirtual().start(this::endAfterFarewell);
  }

  private void endAfterFarewell() {
    try {
      if (!ended.await(FAREWELL.toMillis(), TimeUnit.MILLISECONDS)) {
        link.abort();
      }
    } catch (InterruptedException e) {
      link.abort(); // Nobody interrupts it.
    }
  }

  boolean finishing() {
    lock.lock();
    try {
      return finishing;
    } finally {
      lock.unlock();
    }
  }

  /// Ends it at once, for `why`; the first reason counts.
  void fail(ClientException why) {
    failure.compareAndSet(null, why);
    link.abort();
  }

  /// Why it ended, where it ended itself; null when the network did.
  @Nullable ClientException failure() {
    return failure.get();
  }

  /// Reads on until the server closes, and drops what comes: the DISCONNECT is on its way. For the
  /// reader.
  void drain() {
    try {
      while (link.in().read(buffer.array()) >= 0) {}
    } catch (IOException e) {
      return; // It has ended, in another way.
    }
  }

  /// It is over, for `why`: fails what waits and was not written, and what waits for an AUTH.
  /// Called by the reader, as the last thing.
  void end(ClientException why) {
    List<Waiting> left;
    lock.lock();
    try {
      over = true;
      left = new ArrayList<>(waiting);
      waiting.clear();
      changed.signal();
    } finally {
      lock.unlock();
    }
    link.abort();
    ended.countDown();
    left.forEach(each -> failUnwritten(each, true));
    reauthentication.end(why);
  }

  private void failUnwritten(Waiting each, boolean retrySafe) {
    if (each.whenWritten() != null) {
      each.whenWritten().completeExceptionally(lost(retrySafe));
    }
  }

  static ClientException lost(boolean retrySafe) {
    return new ClientException.ConnectionLost(
        "the connection ended before the packet was sent", null, retrySafe, null);
  }

  private void writeUntilOver() {
    List<Waiting> batch = new ArrayList<>();
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      while (takeBatch(batch)) {
        bytes.reset();
        for (Waiting each : batch) {
          bytes.writeBytes(each.bytes().toArray());
        }
        bytes.writeTo(link.out());
        lastSentNanos = System.nanoTime();
        for (Waiting each : batch) {
          listener.onSent(each.packet());
          if (each.whenWritten() != null) {
            each.whenWritten().complete(Published.DONE);
          }
        }
        batch.clear();
      }
      link.finish();
    } catch (IOException e) {
      batch.forEach(each -> failUnwritten(each, false));
      link.abort(); // The reader notices, and ends it.
    } catch (RuntimeException | Error e) { // the top of the thread
      GuardedListener.report(e);
      batch.forEach(each -> failUnwritten(each, false));
      fail(new ClientException.ConnectionLost("the client cannot write: " + e, e, false, null));
    }
  }

  /// Waits for packets and takes some; false when there will be no more.
  private boolean takeBatch(List<Waiting> batch) {
    lock.lock();
    try {
      while (waiting.isEmpty()) {
        if (over || finishing) {
          return false;
        }
        changed.awaitUninterruptibly();
      }
      int bytes = 0;
      while (!waiting.isEmpty() && bytes < BATCH_BYTES) {
        Waiting next = waiting.remove();
        bytes += next.bytes().length();
        batch.add(next);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Sends a PINGREQ when three quarters of the Keep Alive have passed without another packet
  /// [MQTT-3.1.2-20], [MQTT-3.1.2-23 v3.1.1], and ends the connection if nothing comes in answer.
  private void keepAlive(long nanos) {
    try {
      long rest = nanos / 4 * 3;
      while (!ended.await(rest, TimeUnit.NANOSECONDS)) {
        rest = lastSentNanos + nanos / 4 * 3 - System.nanoTime();
        if (rest > 0) {
          continue;
        }
        long asked = System.nanoTime();
        send(PingReq.INSTANCE);
        if (ended.await(nanos / 2, TimeUnit.NANOSECONDS)) {
          return;
        }
        if (!readingStalled && lastReceivedNanos - asked < 0) {
          fail(
              new ClientException.ConnectionLost(
                  "the server is silent: no answer to a PINGREQ", null, false, null));
        }
        rest = Math.max(1, lastSentNanos + nanos / 4 * 3 - System.nanoTime());
      }
    } catch (InterruptedException e) {
      link.abort(); // Nobody interrupts it.
    }
  }
}
