package io.dunlin.broker.shard;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.broker.observe.SessionView;
import io.dunlin.broker.spi.Access;
import io.dunlin.mqtt.Connect;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// What is told of records that the disk has damaged.
class DamagedLogTest {
  private ShardBench bench = new ShardBench(1, Access.OPEN);

  @Test
  void lostMessageIsCountedAtEachSessionThatWouldHaveHadIt() {
    for (String clientId : new String[] {"a", "b", "elsewhere"}) {
      ShardBench.Client client = bench.connected(durable(clientId));
      client.subscribe(clientId.equals("elsewhere") ? "other" : "t", 1);
      client.connection.lose();
    }
    publish("before", "damaged", "after");

    flipABitOf("damaged");
    bench = bench.killed();

    assertThat(session("a").lost()).isEqualTo(1);
    assertThat(session("b").lost()).isEqualTo(1);
    assertThat(session("elsewhere").lost()).isZero();
    ShardBench.Client again = bench.open(durable("a"));
    bench.settle();
    assertThat(again.messages()).containsExactly("1:before", "2:after");
  }

  @Test
  void sessionThatHasTheRecordInItsRowHasLostNothing() {
    ShardBench.Client client = bench.connected(durable("a"));
    client.subscribe("t", 1);
    client.connection.lose();
    publish("before", "damaged");
    bench.checkpointWithoutTheLog(); // only the rows of queues
    bench.spill();
    bench.settle();
    bench.flush();

    flipABitOf("damaged");
    bench = bench.killed();

    assertThat(session("a").lost()).isZero();
  }

  private void publish(String... payloads) {
    ShardBench.Client publisher = bench.connected(ShardBench.connect("p").build());
    int id = 1;
    for (String payload : payloads) {
      publisher.publish("t", payload, 1, id++);
    }
    publisher.publish("t", "the last, which proves the others", 0, 0);
    bench.connected(durable("proof"));
    bench.settle();
  }

  private void flipABitOf(String payload) {
    for (String name : bench.disk.list()) {
      int at = new String(bench.disk.bytes(name), ISO_8859_1).indexOf(payload);
      if (at >= 0) {
        bench.disk.flipBit(name, at, 0);
        return;
      }
    }
    throw new AssertionError("no " + payload + " on the disk");
  }

  private SessionView session(String clientId) {
    return Objects.requireNonNull(bench.shards.getFirst().inspector().client(clientId).session());
  }

  private static Connect durable(String clientId) {
    return ShardBench.connect(clientId).cleanStart(false).sessionExpirySeconds(1_000).build();
  }
}
