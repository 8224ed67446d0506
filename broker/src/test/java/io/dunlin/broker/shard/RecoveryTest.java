package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.broker.spi.Access;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.Subscribe;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.SubscriptionOptions;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.Unsubscribe;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a start makes of what a broker that was killed has left behind.
class RecoveryTest {
  private final ShardBench bench = new ShardBench(1, Access.OPEN);

  // -- numbers --------------------------------------------------------------------------------

  @Test
  void acknowledgementOfAMessageOfAGroupsQueueThatHasEndedFinishesNoneOfItsSuccessor() {
    ShardBench.Client a = bench.connected(durable("a"));
    a.subscribe("$share/g/t", 1);
    publish(bench, "old");
    assertThat(a.messages()).containsExactly("1:old");
    a.send(new Unsubscribe(7, List.of(TopicFilter.of("$share/g/t"))));
    a.connection.lose();
    bench.checkpoint();
    bench.checkpoint();
    ShardBench next = bench.killed();
    ShardBench.Client again = next.connected(durable("a"));
    again.subscribe("$share/g/t", 1);
    publish(next, "new");
    again.send(new PubAck(1)); // of the old one
    ShardBench.Client b = next.connected(durable("b"));
    b.subscribe("$share/g/t", 1);
    again.connection.lose();
    next.settle();

    assertThat(b.messages()).containsExactly("1:new");
  }

  @Test
  void numbersOfWhatHasEndedAreNotGivenAgain() {
    ShardBench.Client a = bench.connected(durable("a"));
    a.subscribe("first", 1);
    a.subscribe("last", 1);
    long subscription = subscription(bench, "a", "last");
    a.send(new Unsubscribe(7, List.of(TopicFilter.of("last"))));
    bench.connected(durable("b"));
    long session = session(bench, "b").number;
    bench.connected(Connect.builder(MqttVersion.V5, "b").build()).connection.lose();
    long rank = rankOfNextRetained(bench);
    bench.checkpoint();
    bench.checkpoint();

    ShardBench next = bench.killed();
    next.connected(durable("c"));
    next.connected(durable("a")).subscribe("new", 1);
    assertThat(session(next, "c").number >> 10).isGreaterThan(session >> 10);
    assertThat(subscription(next, "a", "new")).isGreaterThan(subscription);
    assertThat(rankOfNextRetained(next)).isGreaterThan(rank);
  }

  private static Session session(ShardBench bench, String clientId) {
    Session session = bench.shards.getFirst().sessions.byClientId(clientId);
    if (session == null) {
      throw new IllegalStateException("no session of " + clientId);
    }
    return session;
  }

  private static long subscription(ShardBench bench, String clientId, String filter) {
    return session(bench, clientId).subscriptions.values().stream()
        .filter(s -> s.filter.bytes().utf8().equals(filter))
        .findFirst()
        .orElseThrow()
        .number;
  }

  private static long rankOfNextRetained(ShardBench bench) {
    return bench.retained.set(TopicFilter.of("r").bytes(), null, true);
  }

  // -- rows of messages -----------------------------------------------------------------------

  @Test
  void messagesThatAReplayPutsIntoMemoryLeaveNoRowsBehind() {
    ShardBench first = new ShardBench(1, Access.OPEN);
    ShardBench.Client a = first.connected(durable("a"));
    a.subscribe("t", 1);
    a.connection.lose();
    for (int i = 0; i < 40; i++) {
      publish(first, "m" + i); // the last ones go to the store
    }
    first.settle();
    first.store.flush();
    assertThat(first.storedQueues()).isPositive();

    ShardBench second = first.killed(new TestLimits().rememberedMessages(1_000).build());
    ShardBench.Client again = second.open(durable("a"));
    second.settle();
    acknowledgeAllButTheFirst(again);
    second.checkpoint();
    assertThat(second.storedQueues()).as("the first one waits").isEqualTo(1);

    ShardBench third = second.killed();
    ShardBench.Client last = third.open(durable("a"));
    third.settle();
    assertThat(last.messages()).containsExactly("1:m0");
  }

  // -- what may have been sent ----------------------------------------------------------------

  @Test
  void messagesThatWereSentUnderALargerWindowCountAsSent() {
    Connect narrow =
        Connect.builder(MqttVersion.V5, "a")
            .cleanStart(false)
            .sessionExpirySeconds(600)
            .receiveMaximum(1)
            .build();
    ShardBench.Client a = bench.connected(durable("a"));
    a.subscribe("$share/g/t", 2);
    ShardBench.Client publisher = bench.connected(ShardBench.connect("p").build());
    for (int i = 1; i <= 5; i++) {
      publisher.publish("t", "m" + i, 2, i);
      publisher.send(new PubRel(i, ReasonCode.SUCCESS));
    }
    assertThat(a.messages()).hasSize(5);
    a.connection.lose();
    bench.connected(narrow);

    ShardBench next = bench.killed();
    ShardBench.Client b = next.connected(durable("b"));
    SubscriptionOptions options = SubscriptionOptions.of(Qos.EXACTLY_ONCE);
    b.send(new Subscribe(1, List.of(new Subscription(TopicFilter.of("$share/g/t"), options))));
    assertThat(b.messages()).as("they may have reached a").isEmpty();
  }

  private static void acknowledgeAllButTheFirst(ShardBench.Client client) {
    List<Packet> packets = new ArrayList<>(client.received());
    while (!packets.isEmpty()) {
      for (Packet packet : packets) {
        if (packet instanceof Publish p && p.packetId() != 1) {
          client.send(new PubAck(p.packetId()));
        }
      }
      packets = client.received();
    }
  }

  private static void publish(ShardBench bench, String payload) {
    ShardBench.Client publisher = bench.connected(ShardBench.connect("p").build());
    publisher.publish("t", payload, 1, 1);
    publisher.connection.lose();
  }

  private static Connect durable(String clientId) {
    return Connect.builder(MqttVersion.V5, clientId)
        .cleanStart(false)
        .sessionExpirySeconds(600)
        .build();
  }
}
