package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.broker.spi.Access;
import io.dunlin.broker.store.Keeper;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.PubAck;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a restart asks of the store, counted: it must not grow with what the log has gone through.
class RestartCostTest {
  /// A restart looks for the mark, the sessions, the retained messages, and whether there are rows.
  private static final int READS = 6;

  /// How many messages have two recipients.
  private static final int SHARED = 25;

  private ShardBench bench = new ShardBench(2, Access.OPEN);

  @AfterEach
  void nothingFailed() {
    assertThat(bench.failures).isEmpty();
  }

  @Test
  void sessionsThatEndedCostTheStoreNothing() {
    for (int i = 0; i < 1_000; i++) {
      bench.connected(durable("c" + i % 4).cleanStart(true).build());
    }
    assertThat(bench.counted.puts).isZero();

    bench = bench.killed();

    assertThat(bench.counted.gets + bench.counted.scans).isLessThanOrEqualTo(READS);
    assertThat(bench.counted.deletes).isZero();
    assertThat(bench.counted.ranges).isZero();
    bench.checkpoint();
    assertThat(rows("sessions")).isEqualTo(4);
    assertThat(bench.counted.deletes).isZero();
  }

  @Test
  void sessionsThatEndBetweenCheckpointsAreNotLookedFor() {
    bench.connected(durable("a").build());
    bench.checkpoint();
    int scans = bench.counted.scans;
    for (int i = 0; i < 1_000; i++) {
      bench.connected(durable("c" + i % 4).cleanStart(true).build());
    }
    bench.checkpoint();

    assertThat(bench.counted.scans).isEqualTo(scans);
    assertThat(bench.counted.deletes).isZero();
    bench.connected(durable("a").cleanStart(true).build());
    bench.settle();
    assertThat(bench.counted.scans).as("one that has a row").isEqualTo(scans + 1);
    assertThat(bench.counted.ranges).isZero();
  }

  @Test
  void queuedMessagesAreWrittenAfterTheStartWithoutARead() {
    int messages = queue("a", 1_000);

    bench = bench.killed();

    assertThat(bench.counted.gets + bench.counted.scans)
        .as("the counts of shared ones besides")
        .isLessThanOrEqualTo(READS + SHARED);
    assertThat(bench.counted.puts).isLessThanOrEqualTo(messages + 2);
    assertThat(rows("queues")).isEqualTo(messages - Session.SLEEPING_WINDOW);
    assertThat(received("a")).isEqualTo(messages);
    assertThat(bench.keeper.lost()).isZero();
  }

  @Test
  void rowsThatWereFlushedAheadOfTheCheckpointAreFoundAgain() {
    int messages = queue("a", 200);
    bench.flush(); // as the store does by itself
    bench = bench.killed();
    bench = bench.killed();

    assertThat(rows("queues")).isEqualTo(messages - Session.SLEEPING_WINDOW);
    bench.connected(durable("a").cleanStart(true).build());
    bench.settle();
    assertThat(rows("queues")).isZero();
  }

  @Test
  void sessionThatEndsAfterItsRowsWereFlushedLeavesNone() {
    queue("a", 200);
    bench.flush();
    bench.connected(durable("a").cleanStart(true).build()); // forced, and not in the store
    bench = bench.killed();

    assertThat(rows("queues")).isZero();
    assertThat(rows("bodies")).isZero();
  }

  @Test
  void messagesThatWereTakenBeforeTheCrashAreNotInTheStore() {
    int messages = queue("a", 300);
    assertThat(received("a")).isEqualTo(messages);

    bench = bench.killed();

    assertThat(rows("queues")).isZero();
    assertThat(received("a")).isZero();
  }

  /// Lets a client sleep while messages come; every second of the first has two recipients.
  private int queue(String clientId, int messages) {
    ShardBench.Client sleeper = bench.connected(durable(clientId).build());
    sleeper.subscribe("#", 1);
    sleeper.connection.lose();
    ShardBench.Client other = bench.connected(durable("other").build());
    other.subscribe("both", 1);
    other.connection.lose();
    ShardBench.Client publisher = bench.connected(ShardBench.connect("p").build());
    for (int i = 0; i < messages; i++) {
      publisher.publish(i < 2 * SHARED && i % 2 == 0 ? "both" : "one", "m" + i, 1, 1 + i);
    }
    bench.settle();
    return messages;
  }

  private int received(String clientId) {
    ShardBench.Client client = bench.open(durable(clientId).build());
    List<String> all = new ArrayList<>();
    bench.settle();
    List<String> some = client.messages();
    while (!some.isEmpty()) {
      some.forEach(m -> client.send(new PubAck(Integer.parseInt(m.substring(0, m.indexOf(':'))))));
      some.forEach(m -> all.add(m.substring(m.indexOf(':') + 1)));
      bench.settle();
      some = client.messages();
    }
    client.connection.lose();
    bench.settle();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      expected.add("m" + i);
    }
    assertThat(all).isEqualTo(expected);
    return all.size();
  }

  private static Connect.Builder durable(String clientId) {
    return ShardBench.connect(clientId).cleanStart(false).sessionExpirySeconds(1_000);
  }

  private int rows(String family) {
    int[] rows = {0};
    bench.store.scan(
        Keeper.FAMILIES.indexOf(family),
        new byte[0],
        null,
        (key, value) -> {
          rows[0]++;
          return true;
        });
    return rows[0];
  }
}
