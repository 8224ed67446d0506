package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.broker.spi.Access;
import io.dunlin.mqtt.Connect;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Shared subscriptions whose members all end with their connections.
class TransientGroupTest {
  private static final String SHARED = "$share/group/t";

  private ShardBench bench = new ShardBench(2, Access.OPEN);

  @AfterEach
  void nothingHasFailed() {
    assertThat(bench.failures).isEmpty();
  }

  @Test
  void messageThatIsOnItsWayToAMemberThatGoesReachesAnother() {
    ShardBench.Client publisher = bench.connected(ShardBench.connect(clientId(0, 0)).build());
    List<ShardBench.Client> members = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      ShardBench.Client member = bench.connected(ShardBench.connect(clientId(1, i)).build());
      member.subscribe(SHARED, 1);
      members.add(member);
    }
    publisher.put(ShardBench.message("t", "0", 1, 1)); // in turn: one for each
    publisher.put(ShardBench.message("t", "1", 1, 2));
    bench.loops.getFirst().turn();
    members.getFirst().connection.lose();
    bench.settle();

    assertThat(payloads(members.getLast())).containsExactlyInAnyOrder("0", "1");
  }

  @Test
  void memberWhoseQueueIsFullTakesNothingFromOthers() {
    bench = new ShardBench(2, Access.OPEN, new TestLimits().queueMessages(5).build());
    ShardBench.Client publisher = bench.connected(ShardBench.connect("p").build());
    Connect first = ShardBench.connect("a").receiveMaximum(1).build();
    bench.connected(first).subscribe(SHARED, 1);
    publish(publisher, 0, 5);
    Connect second = ShardBench.connect("b").receiveMaximum(1).build();
    bench.connected(second).subscribe(SHARED, 1);
    publish(publisher, 5, 10);

    assertThat(bench.shards).allSatisfy(s -> assertThat(s.counters.droppedQueueFull).isZero());
    publish(publisher, 10, 11);
    assertThat(bench.shards.stream().mapToLong(s -> s.counters.droppedQueueFull).sum())
        .as("now all are full")
        .isEqualTo(1);
  }

  private static void publish(ShardBench.Client publisher, int from, int to) {
    for (int i = from; i < to; i++) {
      publisher.publish("t", "" + i, 1, 1 + i);
    }
  }

  /// A client identifier of `shard`, another for each number.
  private static String clientId(int shard, int number) {
    return IntStream.iterate(0, i -> i + 1)
        .mapToObj(i -> "c" + i)
        .filter(id -> Shard.shardOf(id, 2) == shard)
        .skip(number)
        .findFirst()
        .orElseThrow();
  }

  private static Stream<String> payloads(ShardBench.Client client) {
    return client.messages().stream().map(m -> m.substring(m.indexOf(':') + 1));
  }
}
