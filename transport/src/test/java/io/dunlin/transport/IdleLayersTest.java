package io.dunlin.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A connection on which nothing happens holds no buffer, whatever its layers. Alone, because all
/// transports of the process take their buffers from one allocator.
@Isolated
class IdleLayersTest {
  private static final int CONNECTIONS = 20;
  private static final byte[] BYTES = new byte[50_000];

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void idleConnectionsHoldNoBuffer(Stack stack) throws Exception {
    NettyTransport transport =
        NettyTransport.start(TransportConfig.defaults().withLoops(1).withLingerMillis(200));
    open.add(transport);
    Transport.Listener listener =
        transport.listen(
            stack.on(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), open),
            c -> {
              c.handler(new Echo(c));
              c.resumeReading();
            });
    for (int i = 0; i < CONNECTIONS; i++) {
      Socket client = stack.connect(listener.address(), 20_000);
      open.add(client);
      client.getOutputStream().write(BYTES);
      client.getOutputStream().flush();
      assertThat(client.getInputStream().readNBytes(BYTES.length)).hasSize(BYTES.length);
    }

    long deadlineNanos = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (heldBytes() > 0 && System.nanoTime() < deadlineNanos) {
      Thread.onSpinWait();
    }

    assertThat(transport.counters().getFirst().open()).isEqualTo(CONNECTIONS);
    assertThat(heldBytes()).isZero();
  }

  private static long heldBytes() {
    var metric = KeptBytes.ALLOCATOR.metric();
    return metric.usedHeapMemory() + metric.usedDirectMemory();
  }
}
