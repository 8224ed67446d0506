package io.dunlin.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.transport.TransportConfig.Mechanism;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/// What the tests of a [Transport] share: real sockets, each mechanism, both loopback addresses and
/// every layer on the socket.
@ParameterizedClass
@MethodSource("variants")
@Timeout(60)
abstract class TransportContract {
  static final int WAIT_SECONDS = 20;

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

  final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  TransportConfig config() {
    return TransportConfig.defaults()
        .withMechanism(variant.mechanism())
        .withArena((64 << 10) + (32 << 10), 16 << 10);
  }

  NettyTransport start(TransportConfig config) {
    var transport = NettyTransport.start(config);
    open.add(transport);
    return transport;
  }

  Transport.Listener listen(Transport transport, Consumer<Connection> acceptor) throws IOException {
    return transport.listen(
        variant.stack().on(new InetSocketAddress(variant.host(), 0), open), acceptor);
  }

  Socket connect(Transport transport, Consumer<Connection> acceptor) throws IOException {
    return connect(listen(transport, acceptor));
  }

  Socket connect(Transport.Listener listener) throws IOException {
    var socket = variant.stack().connect(listener.address(), WAIT_SECONDS * 1_000);
    open.add(socket);
    return socket;
  }

  /// Both ends of one connection whose client has done all that its layers ask for. A test that
  /// ends the connection begins here: an end inside the acceptor races the client's connect, which
  /// it may reset.
  Ends accept(Transport transport) throws Exception {
    var accepted = new CompletableFuture<Connection>();
    var client = connect(transport, accepted::complete);
    return new Ends(client, get(accepted));
  }

  record Ends(Socket client, Connection connection) {}

  static void handle(Connection connection, ConnectionHandler handler) {
    connection.handler(handler);
    connection.resumeReading();
  }

  static boolean resume(Connection connection) {
    connection.resumeReading();
    return true;
  }

  static void sendText(Connection connection, String text) {
    byte[] bytes = text.getBytes(US_ASCII);
    assertThat(connection.send(ByteBuffer.wrap(bytes), 0, bytes.length)).isEqualTo(bytes.length);
  }

  /// Returns when each loop has read, answered and run tasks once more.
  void roundTrip(NettyTransport transport) throws Exception {
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
  static void assertEnds(Socket client) {
    try {
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    } catch (java.net.SocketTimeoutException e) {
      throw new AssertionError("it has not ended", e);
    } catch (IOException e) {
      assertThat(e).as("the end").isNotNull();
    }
  }

  static <T> T on(Loop loop, Callable<T> task) throws Exception {
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

  static void awaitTrue(Loop loop, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + SECONDS.toNanos(WAIT_SECONDS);
    while (!on(loop, condition)) {
      assertThat(System.nanoTime()).as("time").isLessThan(end);
    }
  }

  static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(WAIT_SECONDS, SECONDS);
  }

  static byte[] take(Frames frames) throws InterruptedException {
    byte[] bytes = frames.received.poll(WAIT_SECONDS, SECONDS);
    assertThat(bytes).as("a frame within %d s", WAIT_SECONDS).isNotNull();
    return bytes == null ? new byte[0] : bytes;
  }

  static CompletableFuture<Boolean> async(Callable<Boolean> task) {
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

  static boolean writeInPieces(Socket client, byte[] bytes, Random random, int most)
      throws IOException {
    OutputStream out = client.getOutputStream();
    for (int at = 0; at < bytes.length; ) {
      int length = Math.min(bytes.length - at, 1 + random.nextInt(most));
      out.write(bytes, at, length);
      at += length;
    }
    return true;
  }

  static void awaitUninterrupted(CountDownLatch latch) {
    try {
      assertThat(latch.await(WAIT_SECONDS, SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static byte[] bytes(int value) {
    return new byte[] {(byte) value};
  }

  static byte[] join(List<byte[]> parts) {
    ByteBuffer joined = ByteBuffer.allocate(parts.stream().mapToInt(p -> p.length).sum());
    parts.forEach(joined::put);
    return joined.array();
  }

  static long exceptions(NettyTransport transport) {
    return transport.counters().stream().mapToLong(LoopCounters::exceptions).sum();
  }

  static long openConnections(NettyTransport transport) {
    return transport.counters().stream().mapToLong(LoopCounters::open).sum();
  }

  /// The clients of round trips may end a little later than the connection under test.
  static void awaitNoneOpen(NettyTransport transport) throws Exception {
    awaitTrue(transport.loops().getFirst(), () -> openConnections(transport) == 0);
  }
}
