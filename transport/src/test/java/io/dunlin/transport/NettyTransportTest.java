package io.dunlin.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.base.Clock;
import io.dunlin.transport.TransportConfig.Mechanism;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a [Transport] promises, over real sockets, for each mechanism and both loopback addresses.
@ParameterizedClass
@MethodSource("variants")
@Timeout(60)
final class NettyTransportTest {
  private static final int WAIT_SECONDS = 20;

  record Variant(Mechanism mechanism, String host, Stack stack) {}

  static Stream<Variant> variants() {
    return Arrays.stream(Mechanism.values())
        .filter(m -> m == Mechanism.NIO || (m == Mechanism.EPOLL && Epoll.isAvailable()))
        .flatMap(m ->
            Stream.concat(
                Stream.of(
                    new Variant(m, "127.0.0.1", Stack.PLAIN), new Variant(m, "::1", Stack.PLAIN)),
                (m == Mechanism.NIO ? Stream.of(Stack.UNIX, Stack.WSS) : Stream.of(Stack.values()))
                    .filter(stack -> stack != Stack.PLAIN)
                    .map(stack -> new Variant(m, "127.0.0.1", stack))));
  }

  @Parameter Variant variant = new Variant(Mechanism.AUTO, "", Stack.PLAIN);

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  // --- bytes in

  @Test
  void echoReturnsEveryByteInOrder() throws Exception {
    long seed = 20_261_121;
    byte[] sent = Frames.random(new Random(seed), 8 << 20);
    var transport = start(config());
    var client = connect(transport, c -> handle(c, new Echo(c)));

    var writing = async(() -> writeInPieces(client, sent, new Random(seed), 100_000));
    byte[] received = client.getInputStream().readNBytes(sent.length);

    writing.get(WAIT_SECONDS, SECONDS);
    assertThat(Arrays.mismatch(received, sent)).as("first difference, seed %d", seed).isEqualTo(-1);
  }

  @Test
  void whatIsNotConsumedComesAgainInFrontOfWhatFollows() throws Exception {
    long seed = 7;
    var random = new Random(seed);
    List<byte[]> sent = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      sent.add(Frames.random(random, random.nextInt(i % 20 == 0 ? 300_000 : 3_000)));
    }
    var frames = new Frames();
    var transport = start(config());
    var client = connect(transport, c -> handle(c, frames));

    byte[] all = join(sent.stream().map(Frames::frame).toList());
    writeInPieces(client, all, random, 20_000);

    for (int i = 0; i < sent.size(); i++) {
      assertThat(take(frames)).as("frame %d, seed %d", i, seed).isEqualTo(sent.get(i));
    }
  }

  @Test
  void aLargePacketIsGatheredAndHandedOnce() throws Exception {
    byte[] sent = Frames.random(new Random(5), 5 << 20);
    var frames = new Frames();
    var transport = start(config());
    var client = connect(transport, c -> handle(c, frames));

    client.getOutputStream().write(Frames.frame(sent));
    client.getOutputStream().write(Frames.frame(new byte[] {1}));

    assertThat(take(frames)).isEqualTo(sent);
    assertThat(take(frames)).containsExactly(1);
    assertThat(frames.calls).as("once for its beginning, once for it").hasValueLessThanOrEqualTo(3);
  }

  @Test
  void aPacketThatTricklesInIsHandedOnce() throws Exception {
    byte[] sent = Frames.random(new Random(5), 2_000);
    var frames = new Frames();
    var transport = start(config());
    var client = connect(transport, c -> handle(c, frames));

    for (byte each : Frames.frame(sent)) {
      client.getOutputStream().write(each);
    }

    assertThat(take(frames)).isEqualTo(sent);
    assertThat(frames.calls).as("calls, four for the length").hasValueLessThanOrEqualTo(6);
  }

  @Test
  void idleConnectionHoldsNoBuffer() throws Exception {
    var frames = new Frames();
    var accepted = new CompletableFuture<Connection>();
    var transport = start(config());
    var client =
        connect(
            transport,
            c -> {
              handle(c, frames);
              accepted.complete(c);
            });
    var connection = (SocketConnection) get(accepted);
    byte[] frame = Frames.frame(new byte[100_000]);

    client.getOutputStream().write(frame, 0, 90_000);
    awaitTrue(connection.loop(), connection::holdsBuffer);
    client.getOutputStream().write(frame, 90_000, frame.length - 90_000);
    take(frames);

    assertThat(on(connection.loop(), connection::holdsBuffer)).isFalse();
  }

  // --- pause and resume

  @Test
  void pauseInsideOnBytesKeepsTheRestUntilResumed() throws Exception {
    var connection = new CompletableFuture<Connection>();
    var frames =
        new Frames() {
          @Override
          boolean onFrame(byte[] bytes) {
            super.onFrame(bytes);
            connection.join().pauseReading();
            return false;
          }
        };
    var transport = start(config());
    var client =
        connect(
            transport,
            c -> {
              connection.complete(c);
              handle(c, frames);
            });

    client
        .getOutputStream()
        .write(join(IntStream.range(0, 3).mapToObj(i -> Frames.frame(bytes(i))).toList()));

    for (int i = 0; i < 3; i++) {
      assertThat(take(frames)).containsExactly(i);
      roundTrip(transport);
      assertThat(frames.received).as("while paused").isEmpty();
      on(get(connection).loop(), () -> resume(get(connection)));
    }
  }

  @Test
  void pausedConnectionIsNotRead() throws Exception {
    var frames = new Frames();
    var connection = new CompletableFuture<Connection>();
    var transport = start(config());
    var client =
        connect(
            transport,
            c -> {
              handle(c, frames);
              connection.complete(c);
            });
    client.getOutputStream().write(Frames.frame(bytes(0)));
    assertThat(take(frames)).containsExactly(0);

    on(
        get(connection).loop(),
        () -> {
          get(connection).pauseReading();
          return true;
        });
    client.getOutputStream().write(Frames.frame(bytes(1)));
    roundTrip(transport);
    assertThat(frames.received).isEmpty();

    on(get(connection).loop(), () -> resume(get(connection)));
    assertThat(take(frames)).containsExactly(1);
  }

  @Test
  void resumeInsideOnBytesHandsTheRestOnALaterCallStack() throws Exception {
    var connection = new CompletableFuture<Connection>();
    var frames =
        new Frames() {
          private boolean inside;

          @Override
          boolean onFrame(byte[] bytes) {
            assertThat(inside).as("re-entered").isFalse();
            inside = true;
            super.onFrame(bytes);
            connection.join().pauseReading();
            connection.join().resumeReading();
            inside = false;
            return false;
          }
        };
    var transport = start(config());
    var client =
        connect(
            transport,
            c -> {
              connection.complete(c);
              handle(c, frames);
            });

    client
        .getOutputStream()
        .write(join(IntStream.range(0, 50).mapToObj(i -> Frames.frame(bytes(i))).toList()));

    for (int i = 0; i < 50; i++) {
      assertThat(take(frames)).containsExactly(i);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void pausedConnectionWhosePeerIsGoneDoesNotSpin(boolean reset) throws Exception {
    var connection = new CompletableFuture<Connection>();
    var transport = start(config().withLoops(1));
    var client =
        connect(
            transport,
            c -> {
              c.handler(new Frames());
              c.resumeReading();
              c.pauseReading();
              connection.complete(c);
            });
    get(connection);
    client.setSoLinger(reset, 0);
    client.close();
    roundTrip(transport);

    var echo = connect(transport, c -> handle(c, new Echo(c)));
    long before = transport.counters().getFirst().turns();
    for (int i = 0; i < 200; i++) {
      echo.getOutputStream().write(i);
      assertThat(echo.getInputStream().read()).isEqualTo(i);
    }

    long turns = transport.counters().getFirst().turns() - before;
    assertThat(turns).as("turns for 200 round trips").isLessThan(1_000);
  }

  // --- bytes out

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSlowReaderGetsAllAfterNoticesOfWritability(boolean direct) throws Exception {
    byte[] sent = Frames.random(new Random(3), 32 << 20);
    ByteBuffer source = direct ? ByteBuffer.allocateDirect(sent.length) : ByteBuffer.wrap(sent);
    source.put(0, sent);
    var firstTaken = new CompletableFuture<Integer>();
    var transport = start(config());
    var client =
        connect(
            transport,
            c -> {
              var sender = new Sender(c, source);
              handle(c, sender);
              firstTaken.complete(sender.send());
            });

    assertThat(get(firstTaken)).isLessThan(sent.length);
    byte[] received = client.getInputStream().readNBytes(sent.length);

    assertThat(Arrays.mismatch(received, sent)).as("first difference").isEqualTo(-1);
  }

  /// Sends a buffer as far as the socket takes it, again at each notice, then closes.
  private static final class Sender extends Frames {
    private final Connection connection;
    private final ByteBuffer source;
    private int at;

    Sender(Connection connection, ByteBuffer source) {
      this.connection = connection;
      this.source = source;
    }

    int send() {
      at += connection.send(source, at, source.capacity());
      if (at == source.capacity()) {
        connection.close();
      }
      return at;
    }

    @Override
    public void onWritable() {
      send();
    }
  }

  // --- the end

  @Test
  void closeDeliversTheLastBytesToAPeerThatIsStillSending() throws Exception {
    var frames = new Frames();
    var transport = start(config().withLingerMillis(20_000));
    var client =
        connect(
            transport,
            c -> {
              handle(
                  c,
                  new Frames() {
                    @Override
                    public int onBytes(ByteBuffer arena, int from, int to) {
                      sendText(c, "the last words");
                      c.close();
                      return from;
                    }

                    @Override
                    public void onClosed() {
                      frames.onClosed();
                    }
                  });
            });

    client.getOutputStream().write(new byte[4 << 20]);
    client.shutdownOutput();

    assertThat(new String(client.getInputStream().readAllBytes(), US_ASCII))
        .isEqualTo("the last words");
    get(frames.closed);
    assertThat(frames.closes).hasValue(1);
  }

  @Test
  void closeDoesNotWaitLongForAPeerThatStays() throws Exception {
    var frames = new Frames();
    var transport = start(config().withLingerMillis(20));
    var client =
        connect(
            transport,
            c -> {
              c.handler(frames);
              c.close();
              c.close();
            });

    get(frames.closed);

    assertEnds(client);
    awaitNoneOpen(transport);
  }

  @Test
  void abortResetsThePeer() throws Exception {
    var frames = new Frames();
    var transport = start(config());
    var client =
        connect(
            transport,
            c -> {
              c.handler(frames);
              c.abort();
              c.abort();
              assertThat(frames.closes).as("on a later call stack").hasValue(0);
            });

    get(frames.closed);
    if (variant.stack() == Stack.PLAIN) {
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    } else {
      assertEnds(client);
    }
    roundTrip(transport);
    assertThat(frames.closes).hasValue(1);
  }

  @Test
  void abortInsideOnBytesWhileGatheringIsHarmless() throws Exception {
    var frames = new Frames();
    var transport = start(config());
    var client =
        connect(
            transport,
            c ->
                handle(
                    c,
                    new Frames() {
                      @Override
                      boolean onFrame(byte[] bytes) {
                        c.abort();
                        return false;
                      }

                      @Override
                      public void onClosed() {
                        frames.onClosed();
                      }
                    }));

    client.getOutputStream().write(Frames.frame(new byte[1 << 20]));

    get(frames.closed);
    roundTrip(transport);
    assertThat(exceptions(transport)).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theEndByThePeerIsToldOnce(boolean reset) throws Exception {
    var frames = new Frames();
    var transport = start(config());
    var client = connect(transport, c -> handle(c, frames));
    client.getOutputStream().write(Frames.frame(bytes(1)));
    take(frames);

    client.setSoLinger(reset, 0);
    client.close();

    get(frames.closed);
    roundTrip(transport);
    assertThat(frames.closes).hasValue(1);
    awaitNoneOpen(transport);
  }

  @Test
  void sendAfterTheEndTakesAllAndDropsIt() throws Exception {
    var taken = new CompletableFuture<Integer>();
    var transport = start(config());
    try {
      connect(
          transport,
          c -> {
            c.abort();
            taken.complete(c.send(ByteBuffer.allocate(100), 10, 100));
          });
    } catch (SocketException e) {
      // the abort was quicker than what a layer says first
    }

    assertThat(get(taken)).isEqualTo(90);
  }

  // --- exceptions

  @Test
  void anExceptionOfAHandlerEndsOnlyItsConnection() throws Exception {
    var frames = new Frames();
    var transport = start(config().withLoops(1));
    var bystander = connect(transport, c -> handle(c, new Echo(c)));
    var client =
        connect(
            transport,
            c ->
                handle(
                    c,
                    new Frames() {
                      @Override
                      public int onBytes(ByteBuffer arena, int from, int to) {
                        throw new IllegalStateException("thrown by the test");
                      }

                      @Override
                      public void onClosed() {
                        frames.onClosed();
                        throw new IllegalStateException("thrown by the test");
                      }
                    }));

    client.getOutputStream().write(1);
    get(frames.closed);

    bystander.getOutputStream().write(42);
    assertThat(bystander.getInputStream().read()).isEqualTo(42);
    assertThat(frames.closes).hasValue(1);
    assertThat(exceptions(transport)).isEqualTo(2);
  }

  @Test
  void exceptionsOfTasksAndListenersDoNotEndTheLoop() throws Exception {
    var transport = start(config().withLoops(1));
    var loop = transport.loops().getFirst();
    loop.turnListener(() -> {
      throw new IllegalStateException("thrown by the test");
    });

    loop.execute(() -> {
      throw new AssertionError("thrown by the test");
    });
    roundTrip(transport);

    assertThat(exceptions(transport)).isGreaterThan(2);
  }

  @Test
  void readingWithoutAHandlerEndsTheConnection() throws Exception {
    var transport = start(config());
    var client = connect(transport, Connection::resumeReading);

    client.getOutputStream().write(1);

    assertEnds(client);
  }

  // --- between loops

  @Test
  void threeHundredConnectionsMoveUnderTrafficAndLoseNothing() throws Exception {
    int connections = 300;
    int framesEach = 200;
    var transport = start(config().withLoops(2));
    var accepted = new LinkedBlockingQueue<Mover>();
    var listener =
        listen(
            transport,
            c -> {
              var mover = new Mover(c, transport.loops());
              handle(c, mover);
              accepted.add(mover);
            });
    List<Socket> clients = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      clients.add(connect(listener));
    }

    for (int i = 0; i < framesEach; i++) {
      byte[] frame = Frames.frame(ByteBuffer.allocate(40).putInt(i).array());
      for (Socket client : clients) {
        client.getOutputStream().write(frame);
      }
    }

    for (int c = 0; c < connections; c++) {
      var mover = accepted.poll(WAIT_SECONDS, SECONDS);
      for (int i = 0; i < framesEach; i++) {
        assertThat(ByteBuffer.wrap(take(mover)).getInt()).as("connection %d", c).isEqualTo(i);
      }
      assertThat(mover.moves).as("moves of connection %d", c).isGreaterThanOrEqualTo(19);
    }
    assertThat(exceptions(transport)).isZero();
  }

  @Test
  void moveToTheSameLoopArrivesOnALaterCallStack() throws Exception {
    var order = new LinkedBlockingQueue<String>();
    var transport = start(config());
    connect(
        transport,
        c -> {
          c.moveTo(c.loop(), _ -> order.add("arrived"));
          order.add("asked");
        });

    assertThat(order.poll(WAIT_SECONDS, SECONDS)).isEqualTo("asked");
    assertThat(order.poll(WAIT_SECONDS, SECONDS)).isEqualTo("arrived");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aConnectionThatEndsOnTheWayArrivesAndThenIsClosed(boolean abort) throws Exception {
    var before = new Frames();
    var after = new Frames();
    var transport = start(config().withLoops(2));
    connect(
        transport,
        c -> {
          c.handler(before);
          Loop target = transport.loops().get(1 - c.loop().index());
          c.moveTo(
              target,
              arrived -> {
                assertThat(target.inLoop()).isTrue();
                arrived.handler(after);
                assertThat(before.closes).hasValue(0);
              });
          if (abort) {
            c.abort();
          } else {
            c.close();
          }
        });

    get(after.closed);
    roundTrip(transport);
    assertThat(after.closes).hasValue(1);
    assertThat(before.closes).hasValue(0);
    assertThat(exceptions(transport)).isZero();
    awaitNoneOpen(transport);
  }

  // --- turns

  @Test
  void aTurnEndsOnceAfterAllItsTasks() throws Exception {
    var nanos = new AtomicLong();
    Clock clock =
        new Clock() {
          @Override
          public long nanos() {
            return nanos.incrementAndGet();
          }

          @Override
          public long epochMillis() {
            return 0;
          }
        };
    var transport = start(config().withLoops(1).withClock(clock));
    var loop = transport.loops().getFirst();
    List<String> order = new ArrayList<>();
    List<Long> times = new ArrayList<>();
    var ended = new CountDownLatch(1);
    loop.turnListener(() -> {
      order.add("end");
      times.add(loop.nowNanos());
      ended.countDown();
    });

    loop.execute(() -> {
      order.add("a");
      times.add(loop.nowNanos());
      loop.execute(() -> order.add("b"));
      loop.execute(() -> order.add("c"));
    });
    assertThat(ended.await(WAIT_SECONDS, SECONDS)).isTrue();

    assertThat(on(loop, () -> List.copyOf(order))).containsExactly("a", "b", "c", "end");
    assertThat(on(loop, () -> List.copyOf(times.subList(0, 2)))).containsExactly(1L, 1L);
  }

  @Test
  void aFullArenaEndsTheTurnEarlyAndBytesStayValidUntilThen() throws Exception {
    var transport = start(config().withLoops(1));
    var loop = transport.loops().getFirst();
    List<Range> ranges = new ArrayList<>();
    var seen = new CountDownLatch(40 * 10_001);
    var damaged = new CompletableFuture<Boolean>();
    loop.turnListener(() -> {
      if (ranges.stream().anyMatch(Range::damaged)) {
        damaged.complete(true);
      }
      ranges.clear();
    });
    var listener =
        listen(
            transport,
            c ->
                handle(
                    c,
                    new Frames() {
                      @Override
                      public int onBytes(ByteBuffer arena, int from, int to) {
                        ranges.add(Range.of(arena, from, to));
                        for (int i = from; i < to; i++) {
                          seen.countDown();
                        }
                        return to;
                      }
                    }));
    List<Socket> clients = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      clients.add(connect(listener));
      clients.get(i).getOutputStream().write(i); // which ends the handshake, if there is one
    }
    roundTrip(transport);

    var hold = new CountDownLatch(1);
    loop.execute(() -> awaitUninterrupted(hold));
    for (int i = 0; i < 40; i++) {
      byte[] bytes = new byte[10_000];
      Arrays.fill(bytes, (byte) i);
      clients.get(i).getOutputStream().write(bytes);
    }
    hold.countDown();

    assertThat(seen.await(WAIT_SECONDS, SECONDS)).isTrue();
    roundTrip(transport);
    damaged.complete(false);
    assertThat(damaged.get()).isFalse();
    if (variant.stack() == Stack.PLAIN) { // others hand on less at a time
      assertThat(transport.counters().getFirst().earlyTurns()).isPositive();
    }
  }

  private record Range(ByteBuffer buffer, int from, int to, int hash) {
    static Range of(ByteBuffer buffer, int from, int to) {
      return new Range(buffer, from, to, buffer.slice(from, to - from).hashCode());
    }

    boolean damaged() {
      return buffer.slice(from, to - from).hashCode() != hash;
    }
  }

  @Test
  void scheduledTasksRunOnTheLoop() throws Exception {
    var transport = start(config());
    var loop = transport.loops().getFirst();
    var ran = new CompletableFuture<Boolean>();

    loop.execute(() -> loop.schedule(1_000_000, () -> ran.complete(loop.inLoop())));

    assertThat(get(ran)).isTrue();
  }

  // --- listeners

  @Test
  void connectionsAreSpreadOverTheLoops() throws Exception {
    var transport = start(config().withLoops(2));
    var loops = new LinkedBlockingQueue<Integer>();
    var listener = listen(transport, c -> loops.add(c.loop().index()));
    for (int i = 0; i < 4; i++) {
      connect(listener);
    }

    List<Integer> seen = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      seen.add(loops.poll(WAIT_SECONDS, SECONDS));
    }
    assertThat(seen).containsExactlyInAnyOrder(0, 1, 0, 1);
  }

  @Test
  void connectionTellsWhoseItIs() throws Exception {
    var told = new CompletableFuture<String>();
    var transport = start(config());
    var listener =
        transport.listen(
            "test",
            new InetSocketAddress(variant.host(), 0),
            c -> told.complete(c.listener() + " " + c.remoteAddress()));
    var client = Stack.PLAIN.connect(listener.address(), WAIT_SECONDS * 1_000);
    open.add(client);

    String host = variant.host().contains(":") ? "[::1]" : "127.0.0.1";
    assertThat(get(told)).isEqualTo("test " + host + ":" + client.getLocalPort());
  }

  @Test
  void connectionsOverTheLimitAreClosedAtOnce() throws Exception {
    var first = new Frames();
    var transport = start(config().withMaxConnections(2));
    var listener = listen(transport, c -> handle(c, c.id() == 1 ? first : new Echo(c)));
    var client = connect(listener);
    connect(listener);
    client.getOutputStream().write(Frames.frame(bytes(1)));
    take(first);

    assertEnds(connect(listener));

    client.close();
    get(first.closed);
    var fourth = connect(listener);
    fourth.getOutputStream().write(4);
    assertThat(fourth.getInputStream().read()).isEqualTo(4);
  }

  @Test
  void closedListenerFreesItsPortAndKeepsItsConnections() throws Exception {
    var transport = start(config());
    var listener = listen(transport, c -> handle(c, new Echo(c)));
    var client = connect(listener);
    client.getOutputStream().write(1);
    assertThat(client.getInputStream().read()).isEqualTo(1);

    listener.close();
    listener.close();

    client.getOutputStream().write(2);
    assertThat(client.getInputStream().read()).isEqualTo(2);
    transport.listen(ListenerSettings.of("again", listener.address()), Connection::abort).close();
  }

  @Test
  void aTakenPortIsRefused() throws Exception {
    var transport = start(config());
    var listener = listen(transport, Connection::abort);

    assertThatThrownBy(() ->
            transport.listen(ListenerSettings.of("second", listener.address()), Connection::abort))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("second")
        .hasMessageContaining(listener.address().toString());
  }

  @Test
  void closingTheTransportEndsItsConnectionsAndThreads() throws Exception {
    var frames = new Frames();
    var loop = new CompletableFuture<Thread>();
    var transport = start(config().withLoops(2));
    connect(
        transport,
        c -> {
          handle(c, frames);
          loop.complete(Thread.currentThread());
        });
    get(loop);

    transport.close();

    assertThat(frames.closes).hasValue(1);
    assertThat(get(loop).isAlive()).isFalse();
    assertThat(openConnections(transport)).isZero();
  }

  // --- what the tests are made of

  private TransportConfig config() {
    return TransportConfig.defaults()
        .withMechanism(variant.mechanism())
        .withArena((64 << 10) + (32 << 10), 16 << 10);
  }

  private NettyTransport start(TransportConfig config) {
    var transport = NettyTransport.start(config);
    open.add(transport);
    return transport;
  }

  private Transport.Listener listen(Transport transport, Consumer<Connection> acceptor)
      throws IOException {
    return transport.listen(
        variant.stack().on(new InetSocketAddress(variant.host(), 0), open), acceptor);
  }

  private Socket connect(Transport transport, Consumer<Connection> acceptor) throws IOException {
    return connect(listen(transport, acceptor));
  }

  private Socket connect(Transport.Listener listener) throws IOException {
    var socket = variant.stack().connect(listener.address(), WAIT_SECONDS * 1_000);
    open.add(socket);
    return socket;
  }

  private static void handle(Connection connection, ConnectionHandler handler) {
    connection.handler(handler);
    connection.resumeReading();
  }

  private static boolean resume(Connection connection) {
    connection.resumeReading();
    return true;
  }

  private static void sendText(Connection connection, String text) {
    byte[] bytes = text.getBytes(US_ASCII);
    assertThat(connection.send(ByteBuffer.wrap(bytes), 0, bytes.length)).isEqualTo(bytes.length);
  }

  /// Returns when each loop has read, answered and run tasks once more.
  private void roundTrip(NettyTransport transport) throws Exception {
    var listener = listen(transport, c -> handle(c, new Echo(c)));
    for (Loop _ : transport.loops()) {
      for (int i = 0; i < 2; i++) {
        var client = connect(listener);
        client.getOutputStream().write(7);
        assertThat(client.getInputStream().read()).isEqualTo(7);
        client.close();
      }
    }
    listener.close();
    awaitTrue(transport.loops().getFirst(), () -> true);
  }

  /// The end, or the error by which a protocol on top of the socket tells it.
  private static void assertEnds(Socket client) {
    try {
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    } catch (java.net.SocketTimeoutException e) {
      throw new AssertionError("it has not ended", e);
    } catch (IOException e) {
      assertThat(e).as("the end").isNotNull();
    }
  }

  private static <T> T on(Loop loop, Callable<T> task) throws Exception {
    var result = new CompletableFuture<T>();
    loop.execute(() -> {
      try {
        result.complete(task.call());
      } catch (Throwable e) {
        result.completeExceptionally(e);
      }
    });
    return get(result);
  }

  private static void awaitTrue(Loop loop, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + SECONDS.toNanos(WAIT_SECONDS);
    while (!on(loop, condition)) {
      assertThat(System.nanoTime()).as("time").isLessThan(end);
    }
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(WAIT_SECONDS, SECONDS);
  }

  private static byte[] take(Frames frames) throws InterruptedException {
    byte[] bytes = frames.received.poll(WAIT_SECONDS, SECONDS);
    assertThat(bytes).as("a frame within %d s", WAIT_SECONDS).isNotNull();
    return bytes == null ? new byte[0] : bytes;
  }

  private static CompletableFuture<Boolean> async(Callable<Boolean> task) {
    var result = new CompletableFuture<Boolean>();
    Thread.startVirtualThread(() -> {
      try {
        result.complete(task.call());
      } catch (Throwable e) {
        result.completeExceptionally(e);
      }
    });
    return result;
  }

  private static boolean writeInPieces(Socket client, byte[] bytes, Random random, int most)
      throws IOException {
    OutputStream out = client.getOutputStream();
    for (int at = 0; at < bytes.length; ) {
      int length = Math.min(bytes.length - at, 1 + random.nextInt(most));
      out.write(bytes, at, length);
      at += length;
    }
    return true;
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      assertThat(latch.await(WAIT_SECONDS, SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(int value) {
    return new byte[] {(byte) value};
  }

  private static byte[] join(List<byte[]> parts) {
    ByteBuffer joined = ByteBuffer.allocate(parts.stream().mapToInt(p -> p.length).sum());
    parts.forEach(joined::put);
    return joined.array();
  }

  private static long exceptions(NettyTransport transport) {
    return transport.counters().stream().mapToLong(LoopCounters::exceptions).sum();
  }

  private static long openConnections(NettyTransport transport) {
    return transport.counters().stream().mapToLong(LoopCounters::open).sum();
  }

  /// The clients of round trips may end a little later than the connection under test.
  private static void awaitNoneOpen(NettyTransport transport) throws Exception {
    awaitTrue(transport.loops().getFirst(), () -> openConnections(transport) == 0);
  }
}
