package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.base.TimerWheel;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.store.Records;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.PingReq;
import io.dunlin.mqtt.PingResp;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.Will;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What waits while the log has no room happens when it has some, in order.
class FullLogTest {
  private ShardBench bench = new ShardBench(2, Access.OPEN);

  @AfterEach
  void nothingHasFailed() {
    assertThat(bench.failures).isEmpty();
    assertThat(bench.shards).allSatisfy(s -> assertThat(s.counters.failedRecords).isZero());
  }

  @Test
  void connectIsAnsweredWhenThereIsRoom() {
    bench.full(true);
    ShardBench.Client client = bench.open(durable("a"));
    bench.settle();
    assertThat(client.received()).isEmpty();
    bench.full(false);
    bench.settle();
    assertThat(client.received()).singleElement().isInstanceOf(ConnAck.class);
  }

  @Test
  void connectionThatEndsWhileItWaitsForRoomIsNotKept() {
    bench.connected(durable("keeps")).subscribe("t", 1);
    bench.full(true);
    for (int i = 0; i < 20; i++) {
      ShardBench.Client client = bench.connected(ShardBench.connect("c" + i).build());
      client.offer(ShardBench.message("t", "m", 1, 1));
      client.connection.lose();
    }
    assertThat(waiting()).isEqualTo(20);
    bench.passWithoutTheLog(TimerWheel.TICK_NANOS);
    assertThat(waiting()).isZero();
    bench.full(false);
  }

  @Test
  void connectionThatEndsWhileItWaitsForSpaceIsNotKept() {
    bench.connected(durable("keeps")).subscribe("t", 1);
    bench.shards.forEach(shard -> shard.lowOnSpace(true));
    for (int i = 0; i < 20; i++) {
      ShardBench.Client client =
          bench.connected(Connect.builder(MqttVersion.V3_1_1, "c" + i).build());
      client.publish("t", "m", 1, 1);
      client.connection.lose();
    }
    assertThat(waiting()).isEqualTo(20);
    bench.pass(1);
    assertThat(waiting()).isZero();
  }

  private int waiting() {
    return bench.shards.stream().mapToInt(shard -> shard.counters.waitingConnections).sum();
  }

  @Test
  void willIsPublishedWhenThereIsRoom() {
    ShardBench.Client watcher = bench.connected(durable("w"));
    watcher.subscribe("gone", 1);
    ShardBench.Client client = bench.connected(ShardBench.connect("a").will(will("gone")).build());
    bench.full(true);
    client.connection.lose();
    bench.settle();
    assertThat(watcher.messages()).isEmpty();
    bench.full(false);
    bench.settle();
    assertThat(watcher.messages()).containsExactly("1:will");
  }

  @Test
  void disconnectAndPingNeedNoRoom() {
    ShardBench.Client watcher = bench.connected(durable("w"));
    watcher.subscribe("gone", 1);
    ShardBench.Client client =
        bench.connected(
            ShardBench.connect("a")
                .cleanStart(false)
                .sessionExpirySeconds(600)
                .will(will("gone"))
                .build());
    bench.full(true);
    client.put(PingReq.INSTANCE);
    bench.settle();
    assertThat(client.received()).containsExactly(PingResp.INSTANCE);

    client.put(new Disconnect(ReasonCode.SUCCESS));
    client.connection.lose();
    bench.full(false);
    bench.settle();
    assertThat(watcher.messages()).as("the will").isEmpty();
  }

  @Test
  void recordsThatWaitKeepTheirOrder() {
    ShardBench.Client client = bench.connected(durable("a"));
    client.subscribe("t", 1);
    Session session =
        bench.shards.stream().flatMap(s -> s.sessions.all().stream()).findFirst().orElseThrow();
    Shard shard = bench.shards.get(session.shard);
    bench.full(true);
    for (int i = 1; i <= 3; i++) {
      shard.appendWhenRoom(new Records.Closed(session.number, bench.epochMillis(), 100L * i, true));
    }
    bench.full(false);
    shard.appendWhenRoom(new Records.Closed(session.number, bench.epochMillis(), 400, true));
    bench.settle();
    bench = bench.killed();
    Session after =
        bench.shards.stream().flatMap(s -> s.sessions.all().stream()).findFirst().orElseThrow();
    assertThat(after.expirySeconds).as("of the last record").isEqualTo(400);
  }

  @Test
  void endOfASessionDoesNotOvertakeItsWill() {
    ShardBench.Client watcher = bench.connected(durable("w"));
    watcher.subscribe("gone", 1);
    ShardBench.Client client =
        bench.connected(
            ShardBench.connect("a")
                .cleanStart(false)
                .sessionExpirySeconds(1)
                .will(will("gone", "x".repeat(2 * Shard.MIN_ROOM)))
                .build());
    client.connection.lose();
    bench.settle();
    bench.full(true);
    bench.pass(2); // the session expires
    bench.appenders.forEach(appender -> appender.mostBytes = Shard.MIN_ROOM);
    bench.full(false); // for the end, not for the will
    bench.settle();
    bench = bench.killed();
    watcher = bench.open(durable("w"));
    bench.pass(2);
    assertThat(watcher.messages()).hasSize(1);
  }

  @Test
  void willDoesNotWaitForACheckpointThatWouldWaitForIt() {
    bench = new ShardBench(2, Access.OPEN, new TestLimits().logMaxBytes(1).build());
    ShardBench.Client watcher = bench.connected(ShardBench.connect("w").build());
    watcher.subscribe("gone", 0);
    ShardBench.Client client = bench.connected(ShardBench.connect("a").will(will("gone")).build());
    client.connection.lose();
    bench.settle();
    assertThat(watcher.messages()).as("though the log is too long").containsExactly("0:will");
    bench.spill();
    bench.pass(1);
    assertThat(bench.spilled).isEqualTo(2);
  }

  @Test
  void heldIdentifierIsReplacedWhenThereIsRoom() {
    bench = new ShardBench(2, Access.OPEN, new TestLimits().packetIds(101).build());
    ShardBench.Client subscriber = bench.connected(durable("a"));
    subscriber.subscribe("t", 1);
    ShardBench.Client publisher = bench.connected(ShardBench.connect(onOtherShard()).build());
    for (int i = 0; i <= 100; i++) {
      publisher.publish("t", "" + i, 1, 1);
      if (i > 0) {
        subscriber.send(new PubAck(1 + i));
      }
    }
    subscriber.received();
    int shard = Shard.shardOf("a", 2);
    bench.appenders.get(shard).refuses = true;
    publisher.publish("t", "more", 1, 1);
    assertThat(subscriber.messages()).isEmpty();
    bench.full(false);
    bench.settle();
    assertThat(subscriber.messages()).containsExactly("101:more");
  }

  private static String onOtherShard() {
    int i = 0;
    while (Shard.shardOf("p" + i, 2) == Shard.shardOf("a", 2)) {
      i++;
    }
    return "p" + i;
  }

  private static Connect durable(String clientId) {
    return ShardBench.connect(clientId).cleanStart(false).sessionExpirySeconds(1_000).build();
  }

  private static Will will(String topic) {
    return will(topic, "will");
  }

  private static Will will(String topic, String payload) {
    return new Will(
        TopicName.of(topic), Slice.utf8(payload), Qos.AT_LEAST_ONCE, false, 0, -1, Slice.EMPTY);
  }
}
