package io.dunlin.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.SocketException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How a [Connection] ends: by close, abort, its peer, or an exception.
final class ConnectionEndTest extends TransportContract {
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
    var ends = accept(transport);
    Connection connection = ends.connection();

    on(
        connection.loop(),
        () -> {
          connection.handler(frames);
          connection.close();
          connection.close();
          return true;
        });

    get(frames.closed);
    assertEnds(ends.client());
    awaitNoneOpen(transport);
  }

  @Test
  void abortResetsThePeer() throws Exception {
    var frames = new Frames();
    var transport = start(config());
    var ends = accept(transport);
    Connection connection = ends.connection();

    on(
        connection.loop(),
        () -> {
          connection.handler(frames);
          connection.abort();
          connection.abort();
          assertThat(frames.closes).as("on a later call stack").hasValue(0);
          return true;
        });

    get(frames.closed);
    if (variant.stack() == Stack.PLAIN) {
      assertThatThrownBy(() -> ends.client().getInputStream().read())
          .isInstanceOf(SocketException.class);
    } else {
      assertEnds(ends.client());
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
    Connection connection = accept(start(config())).connection();

    int taken =
        on(
            connection.loop(),
            () -> {
              connection.abort();
              return connection.send(ByteBuffer.allocate(100), 10, 100);
            });

    assertThat(taken).isEqualTo(90);
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
}
