package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Plugins;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.Subscribe;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.SubscriptionOptions;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RetainedSenderTest {
  private ShardBench bench = new ShardBench(2, Plugins.NONE.access());

  @AfterEach
  void nothingHasFailed() {
    assertThat(bench.failures).isEmpty();
    assertThat(bench.shards).allSatisfy(s -> assertThat(s.counters.failedRecords).isZero());
  }

  @Test
  void copyOfAnOlderValueDoesNotFollowTheNewerOneThatCameLive() {
    retain("r", "old");
    ShardBench.Client publisher = bench.connected(connect(onShard(0)));
    ShardBench.Client subscriber = bench.connected(durable(onShard(1)));
    subscriber.put(subscribe("r", 1));
    bench.commit(); // the SUBSCRIBE
    bench.loops.get(1).turn(); // it is applied
    bench.loops.get(1).turn(); // the copy of "old" is appended
    publisher.put(retained("r", "new", 1)); // its shard's batch is first in the log
    bench.settle();
    assertThat(subscriber.messages()).containsExactly("1:new");
    assertThat(session(subscriber).recordedBacklog()).isEqualTo(1);

    bench = bench.killed();
    ShardBench.Client again = bench.open(durable(onShard(1)));
    bench.settle();
    assertThat(again.messages()).as("numbered the same").containsExactly("1:new");
  }

  @Test
  void newerValuesAreForgottenWhenAllCopiesWereSent() {
    retain("r", "old");
    ShardBench.Client subscriber = bench.connected(durable("a"));
    subscriber.subscribe("#", 1);
    assertThat(session(subscriber).newerRetained).isNull();
  }

  @Test
  void moreRetainedMessagesThanTheQueueHoldsComeAsTheClientAcknowledges() {
    for (int i = 0; i < 300; i++) {
      retain("r/" + i, "" + i);
    }
    bench = smallQueues();
    for (Connect connect : List.of(durable("a"), connect("b"))) {
      ShardBench.Client subscriber = bench.connected(connect);
      subscriber.put(subscribe("r/#", 1));
      bench.settle();
      List<String> all = drain(subscriber);
      assertThat(all).as(connect.clientId()).hasSize(300).doesNotHaveDuplicates();
      assertThat(dropped()).isZero();
    }
  }

  @Test
  void copiesWaitForRoomInTheLogAndThenCome() {
    for (int i = 0; i < 30; i++) {
      retain("r/" + i, "x".repeat(20_000));
    }
    ShardBench.Client subscriber = bench.connected(durable("a"));
    subscriber.put(subscribe("r/#", 1));
    bench.settle();
    assertThat(drain(subscriber)).as("more than one batch of the log").hasSize(30);
  }

  @Test
  void restOfTheCopiesFollowsAfterACrash() {
    for (int i = 0; i < 300; i++) {
      retain("r/" + i, "" + i);
    }
    bench = smallQueues();
    ShardBench.Client subscriber = bench.connected(durable("a"));
    subscriber.put(subscribe("r/#", 1));
    bench.settle();
    List<String> all = new ArrayList<>(payloads(subscriber.messages()));
    bench = bench.killed();
    subscriber = bench.open(durable("a"));
    bench.settle();
    all.addAll(payloads(drain(subscriber)));
    assertThat(all.stream().distinct()).hasSize(300);
  }

  @Test
  void copyIsNotMadeASecondTimeAfterACrashInTheMiddle() {
    for (int i = 0; i < 300; i++) {
      retain("r/" + i, "" + i);
    }
    bench = smallQueues();
    ShardBench.Client subscriber = bench.connected(durable("a"));
    subscriber.put(subscribe("r/#", 1));
    bench.settle();
    List<String> all = new ArrayList<>(subscriber.messages());
    assertThat(all).as("until its queue was half full").hasSizeBetween(10, 30);
    bench = bench.killed();
    subscriber = bench.open(durable("a"));
    bench.settle();
    all.addAll(drain(subscriber));
    assertThat(all.stream().distinct()).as("by packet identifier").hasSize(300);
  }

  private ShardBench smallQueues() {
    return bench.killed(new TestLimits().queueMessages(40).build());
  }

  private long dropped() {
    return bench.shards.stream().mapToLong(s -> s.counters.droppedQueueFull).sum();
  }

  private void retain(String topic, String payload) {
    ShardBench.Client publisher =
        bench.connected(Connect.builder(MqttVersion.V3_1_1, "pub").build());
    publisher.send(retained(topic, payload, 1));
    publisher.connection.lose();
    bench.settle();
  }

  private static Publish retained(String topic, String payload, int packetId) {
    return new Publish(TopicName.of(topic), Slice.utf8(payload), Qos.AT_LEAST_ONCE, true, packetId);
  }

  private static Subscribe subscribe(String filter, int qos) {
    return new Subscribe(
        1, List.of(new Subscription(TopicFilter.of(filter), SubscriptionOptions.of(Qos.of(qos)))));
  }

  private static Connect connect(String clientId) {
    return ShardBench.connect(clientId).build();
  }

  private static Connect durable(String clientId) {
    return ShardBench.connect(clientId).cleanStart(false).sessionExpirySeconds(1_000).build();
  }

  private String onShard(int shard) {
    int i = 0;
    while (Shard.shardOf("c" + i, bench.shards.size()) != shard) {
      i++;
    }
    return "c" + i;
  }

  private Session session(ShardBench.Client client) {
    return bench.shards.stream()
        .flatMap(shard -> shard.sessions.all().stream())
        .filter(s -> s.connection != null && s.connection.connection.equals(client.connection))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> drain(ShardBench.Client client) {
    List<String> all = new ArrayList<>();
    List<String> some = client.messages();
    while (!some.isEmpty()) {
      all.addAll(some);
      some.forEach(m -> client.send(new PubAck(Integer.parseInt(m.substring(0, m.indexOf(':'))))));
      some = client.messages();
    }
    return all;
  }

  private static List<String> payloads(List<String> messages) {
    return messages.stream().map(m -> m.substring(m.indexOf(':') + 1)).toList();
  }
}
