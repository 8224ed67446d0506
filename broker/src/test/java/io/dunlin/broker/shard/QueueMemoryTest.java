package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.broker.spi.Access;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.Subscribe;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.SubscriptionOptions;
import io.dunlin.mqtt.TopicFilter;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// How much may wait in memory for all sessions together that end with their connections.
class QueueMemoryTest {
  private static final long MOST = 20_000;
  private static final int WINDOW = 100; // of the bench's limits

  private final ShardBench bench =
      new ShardBench(1, Access.OPEN, new TestLimits().queueMemoryBytes(MOST).build());
  private final Counters counters = bench.shards.getFirst().counters;

  @AfterEach
  void nothingHasFailed() {
    assertThat(bench.failures).isEmpty();
  }

  @Test
  void silentSubscribersFillNoMoreThanTheirPart() {
    List<ShardBench.Client> silent = List.of(subscriber("a", "t"), subscriber("b", "t"));
    publish("t", WINDOW + 500);
    assertThat(counters.queueMemoryBytes).isBetween(MOST * 9 / 10, MOST);
    assertThat(counters.droppedMemoryFull).isBetween(2 * 300L, 2 * 500L);
    assertThat(counters.droppedQueueFull).isZero();

    silent.forEach(client -> client.connection.lose());
    bench.settle();
    assertThat(counters.queueMemoryBytes).isZero();
  }

  @Test
  void roomAppearsAsWhatWaitsIsSent() {
    ShardBench.Client silent = subscriber("a", "t");
    publish("t", WINDOW + 500);
    long dropped = counters.droppedMemoryFull;
    assertThat(acknowledgeAll(silent)).isEqualTo(WINDOW + 500 - dropped);
    assertThat(counters.queueMemoryBytes).isZero();
    publish("t", WINDOW + 50);
    assertThat(counters.droppedMemoryFull).isEqualTo(dropped);
    assertThat(acknowledgeAll(silent)).isEqualTo(WINDOW + 50);
  }

  @Test
  void persistentSessionGetsWhatOthersHaveNoMemoryFor() {
    ShardBench.Client persistent =
        bench.connected(
            ShardBench.connect("d").cleanStart(false).sessionExpirySeconds(600).build());
    persistent.subscribe("t", 1);
    subscriber("a", "t");
    publish("t", WINDOW + 500);
    assertThat(counters.droppedMemoryFull).isPositive();
    assertThat(acknowledgeAll(persistent)).isEqualTo(WINDOW + 500);
  }

  @Test
  void messageOfAGroupCountsUntilItIsAcknowledged() {
    ShardBench.Client member = subscriber("a", "$share/g/t");
    publish("t", 10);
    assertThat(counters.queueMemoryBytes).isPositive();
    publish("t", WINDOW + 500);
    assertThat(counters.queueMemoryBytes).isBetween(MOST * 9 / 10, MOST);
    acknowledgeAll(member);
    assertThat(counters.queueMemoryBytes).isZero();
  }

  @Test
  void messageOfAGroupIsSentAlthoughItCannotBeKept() {
    subscriber("a", "t");
    publish("t", WINDOW + 500);
    ShardBench.Client member = subscriber("b", "$share/g/other");
    publish("other", 20);
    assertThat(acknowledgeAll(member)).isEqualTo(20);
  }

  @Test
  void sentMessageWithAnIdentifierIsNotKept() {
    ShardBench.Client client = bench.connected(ShardBench.connect("a").build());
    SubscriptionOptions options = SubscriptionOptions.of(Qos.AT_LEAST_ONCE);
    client.send(
        new Subscribe(1, List.of(new Subscription(TopicFilter.of("t"), options)), 7, List.of()));
    client.received();
    publish("t", WINDOW + 50);
    ids(client).forEach(id -> client.send(new PubAck(id)));
    assertThat(ids(client)).as("sent from the queue").hasSize(50);
    assertThat(counters.queueMemoryBytes).isZero();
    Session session = bench.shards.getFirst().sessions.byClientId("a");
    assertThat(session).isNotNull();
    assertThat(session.outgoing.body(session.outgoing.end() - 1)).isNull();
  }

  private ShardBench.Client subscriber(String clientId, String filter) {
    ShardBench.Client client = bench.connected(ShardBench.connect(clientId).build());
    client.subscribe(filter, 1);
    return client;
  }

  private void publish(String topic, int count) {
    ShardBench.Client publisher = bench.connected(ShardBench.connect("p").build());
    for (int i = 0; i < count; i++) {
      publisher.publish(topic, "m" + i, 1, 1 + i);
    }
  }

  /// Acknowledges all that comes; returns how many there were.
  private static int acknowledgeAll(ShardBench.Client client) {
    int count = 0;
    for (List<Integer> ids = ids(client); !ids.isEmpty(); ids = ids(client)) {
      count += ids.size();
      ids.forEach(id -> client.send(new PubAck(id)));
    }
    return count;
  }

  private static List<Integer> ids(ShardBench.Client client) {
    return client.received().stream()
        .filter(Publish.class::isInstance)
        .map(packet -> ((Publish) packet).packetId())
        .toList();
  }
}
