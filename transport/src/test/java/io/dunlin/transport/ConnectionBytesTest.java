package io.dunlin.transport;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Bytes in, bytes out, and the pauses of a [Connection].
final class ConnectionBytesTest extends TransportContract {
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
}
