package io.dunlin.transport;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.base.Clock;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Loops: connections that move between them, turns, tasks and listeners.
final class LoopTest extends TransportContract {
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
    Connection c = accept(transport).connection();

    on(
        c.loop(),
        () -> {
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
          return true;
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

    try {
      assertEnds(connect(listener));
    } catch (SocketException e) {
      // the end was quicker than what a layer says first
    }

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
}
