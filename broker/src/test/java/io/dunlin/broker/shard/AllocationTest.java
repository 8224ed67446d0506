package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Access;
import io.dunlin.codec.PacketEncoder;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// In the steady state a QoS 0 message is passed on without garbage.
class AllocationTest {
  private static final int MESSAGES = 10_000;
  private static final int PER_TURN = 20;

  /// What the measuring itself may allocate, and a table that grows now and then.
  private static final long BYTES_ALLOWED = MESSAGES / 4;

  private final ShardBench bench = new ShardBench(1, Access.OPEN);

  @ParameterizedTest
  @CsvSource({
    "V3_1_1, V3_1_1, 1",
    "V3_1_1, V3_1_1, 10",
    "V5, V5, 10",
    "V5, V3_1_1, 10",
    "V3_1_1, V5, 10"
  })
  void qos0FanoutAllocatesNothingPerMessage(MqttVersion from, MqttVersion to, int subscribers) {
    List<ShardBench.Client> receivers = new ArrayList<>();
    for (int i = 0; i < subscribers; i++) {
      receivers.add(bench.connected(Connect.builder(to, "s" + i).build()));
      receivers.get(i).subscribe("a/+", 0);
    }
    ShardBench.Client publisher = bench.connected(Connect.builder(from, "p").build());
    Slice packet = PacketEncoder.encode(ShardBench.message("a/b", "x".repeat(64), 0, 0), from);
    for (int i = 0; i < 3; i++) {
      publish(publisher, receivers, packet);
    }
    long sent = receivers.getFirst().connection.bytesSent;
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    publish(publisher, receivers, packet);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(receivers.getFirst().connection.bytesSent - sent)
        .isGreaterThanOrEqualTo(MESSAGES * 60L);
    assertThat(allocated)
        .as("bytes for %d messages to %d subscribers", MESSAGES, subscribers)
        .isLessThan(BYTES_ALLOWED);
  }

  private void publish(
      ShardBench.Client publisher, List<ShardBench.Client> receivers, Slice packet) {
    FakeLoop loop = bench.loops.getFirst();
    int bytes = packet.length();
    for (int i = 0; i < MESSAGES; i += PER_TURN) {
      int from = loop.reserve(bytes * PER_TURN);
      for (int j = 0; j < PER_TURN; j++) {
        packet.copyTo(loop.arena(), from + j * bytes);
      }
      publisher.feed(from, from + bytes * PER_TURN);
      loop.endTurn();
      for (int j = 0; j < receivers.size(); j++) {
        receivers.get(j).connection.forget();
      }
    }
  }
}
