package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.spi.Rights;
import io.dunlin.broker.store.Records;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PingReq;
import io.dunlin.mqtt.PingResp;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.SubAck;
import io.dunlin.mqtt.Subscribe;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.SubscriptionOptions;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.Unsubscribe;
import io.dunlin.mqtt.Will;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ShardTest {
  private ShardBench bench = new ShardBench(2, Access.OPEN);

  @AfterEach
  void nothingHasFailed() {
    assertThat(bench.failures).isEmpty();
  }

  @Test
  void messageReachesSubscribersOnEveryShard() {
    for (int qos = 0; qos <= 2; qos++) {
      for (int i = 0; i < 6; i++) {
        ShardBench.Client subscriber =
            bench.connected(ShardBench.connect("s" + qos + i).cleanStart(true).build());
        subscriber.subscribe("t", qos);
        ShardBench.Client publisher = bench.connected(ShardBench.connect("p").build());
        publisher.publish("t", "hello", 2, 1);
        assertThat(subscriber.messages()).as("QoS %d, s%d%d", qos, qos, i).hasSize(1);
        subscriber.send(new Disconnect(ReasonCode.SUCCESS));
      }
    }
  }

  @Test
  void messageGoesOutAtTheHighestQosOfHoweverManySubscriptions() {
    List<String> filters = new ArrayList<>(List.of("#"));
    for (int i = 0; i < 256; i++) {
      StringBuilder filter = new StringBuilder();
      for (int level = 0; level < 8; level++) {
        filter.append(level == 0 ? "" : "/").append((i >> level & 1) == 0 ? "+" : "x");
      }
      filters.add(filter.toString());
    }
    ShardBench.Client publisher = bench.connected(ShardBench.connect("p").build());
    for (String highest : List.of("#", "+/+/+/+/+/+/+/+", "x/x/x/x/x/x/x/x")) {
      ShardBench.Client subscriber = bench.connected(durable("for " + highest));
      filters.forEach(filter -> subscriber.subscribe(filter, filter.equals(highest) ? 1 : 0));
      publisher.publish("x/x/x/x/x/x/x/x", "hello", 1, 1);

      assertThat(subscriber.messages()).as(highest).containsExactly("1:hello");
      subscriber.send(new Disconnect(ReasonCode.SUCCESS));
    }
  }

  @Test
  void clientWhoseConnectionIsLostWhileItsSessionIsMadeDurableCanComeBack() {
    ShardBench.Client lost = bench.open(durable("a"));
    lost.connection.lose();
    bench.settle();
    ShardBench.Client again = bench.open(durable("a"));
    bench.settle();
    assertThat(again.received()).hasSize(1).first().isInstanceOf(ConnAck.class);
    assertThat(bench.shards.stream().mapToInt(s -> s.counters.connections).sum()).isEqualTo(1);
  }

  @Test
  void lowDiskRefusesOnlyWhatMustBeKept() {
    ShardBench.Client keeper = bench.connected(durable("a"));
    keeper.subscribe("kept", 1);
    ShardBench.Client fleeting = bench.connected(ShardBench.connect("b").build());
    fleeting.subscribe("fleeting", 1);
    ShardBench.Client publisher = bench.connected(ShardBench.connect("p").build());

    bench.shards.forEach(shard -> shard.lowOnSpace(true));
    publisher.publish("kept", "refused", 1, 1);
    publisher.publish("fleeting", "flows", 1, 2);

    assertThat(publisher.received())
        .extracting(packet -> ((PubAck) packet).reasonCode())
        .containsExactly(ReasonCode.QUOTA_EXCEEDED, ReasonCode.SUCCESS);
    assertThat(fleeting.messages()).hasSize(1);

    bench.shards.forEach(shard -> shard.lowOnSpace(false));
    publisher.publish("kept", "taken", 1, 3);
    assertThat(keeper.messages()).containsExactly("1:taken");
  }

  @Test
  void lowDiskHoldsPublishesOf311BackAndStillReadsWhatFollows() {
    ShardBench.Client keeper = bench.connected(durable("a"));
    keeper.subscribe("t", 1);
    ShardBench.Client publisher =
        bench.connected(Connect.builder(MqttVersion.V3_1_1, "pub").build());

    bench.shards.forEach(shard -> shard.lowOnSpace(true));
    publisher.publish("t", "first", 1, 1);
    publisher.publish("t", "second", 1, 2);
    publisher.send(PingReq.INSTANCE);

    assertThat(publisher.received()).containsExactly(PingResp.INSTANCE);
    assertThat(keeper.messages()).isEmpty();

    bench.shards.forEach(shard -> shard.lowOnSpace(false));
    bench.settle();
    assertThat(publisher.received())
        .extracting(packet -> ((PubAck) packet).packetId())
        .containsExactly(1, 2);
    assertThat(keeper.messages()).containsExactly("1:first", "2:second");
  }

  @Test
  void durableSessionGetsWhatItMissed() {
    ShardBench.Client subscriber = bench.connected(durable("a"));
    subscriber.subscribe("t", 1);
    subscriber.connection.lose();
    publish("t", 1, 100);
    ShardBench.Client again = bench.open(durable("a"));
    bench.settle();
    assertThat(drain(again)).hasSize(100).startsWith("1:0", "2:1").endsWith("100:99");
  }

  @Test
  void messagesFlowPastOneThatIsNotAcknowledged() {
    ShardBench.Client subscriber = bench.connected(durable("a"));
    subscriber.subscribe("t", 1);
    publish("t", 1, 1);
    assertThat(subscriber.messages()).containsExactly("1:0");
    for (int i = 0; i < 3 * ShardBench.LIMITS.outgoingWindow(); i++) {
      publish("t", 1, 1);
      List<String> messages = subscriber.messages();
      assertThat(messages).as("after " + i + " that were acknowledged").hasSize(1);
      subscriber.send(new PubAck(i + 2));
    }
  }

  @Test
  void releasedMessageIsReleasedAgainWhenTheLogIsRecycled() {
    ShardBench.Client subscriber = bench.connected(durable("a"));
    subscriber.subscribe("t", 2);
    publish("t", 2, 3);
    assertThat(subscriber.messages()).containsExactly("1:0", "2:1", "3:2");
    subscriber.send(new PubRec(2));
    recycleTheLog();
    subscriber.connection.lose();
    bench.settle();
    ShardBench.Client again = bench.open(durable("a"));
    bench.settle();
    List<Packet> received = again.received();
    assertThat(received).filteredOn(PubRel.class::isInstance).containsExactly(new PubRel(2));
    assertThat(received).hasSize(4); // CONNACK, PUBLISH 1, PUBREL 2, PUBLISH 3
    assertThat(lost()).isZero();
  }

  @Test
  void acknowledgedMessageIsNotLostNorFinishedTwice() {
    ShardBench.Client subscriber = bench.connected(durable("a"));
    subscriber.subscribe("t", 1);
    publish("t", 1, 3);
    subscriber.received();
    subscriber.send(new PubAck(2));
    recycleTheLog();
    subscriber.connection.lose();
    bench.settle();
    ShardBench.Client again = bench.open(durable("a"));
    bench.settle();
    assertThat(again.messages()).containsExactly("1:0", "3:2");
    again.send(new PubAck(1));
    again.send(new PubAck(3));
    assertThat(lost()).isZero();
    assertThat(session("a").recordedBacklog()).isZero();
  }

  @Test
  void sessionWhoseRecordedWillIsRefusedIsOver() {
    ShardBench.Client client =
        bench.connected(ShardBench.connect("a").will(will("forbidden", 0)).build());
    Rules rules = new Rules("forbidden");
    bench.shards.forEach(shard -> shard.reconfigure(ShardBench.LIMITS, rules));
    client.connection.lose();
    bench.settle();
    assertThat(sessions()).isZero();
  }

  @Test
  void willThatWasRefusedDoesNotComeBackAfterAKill() {
    ShardBench.Client watcher = bench.connected(durable("w"));
    watcher.subscribe("forbidden", 1);
    ShardBench.Client client =
        bench.connected(
            ShardBench.connect("a")
                .cleanStart(false)
                .sessionExpirySeconds(1_000)
                .will(will("forbidden", 0))
                .build());
    Rules rules = new Rules("forbidden");
    bench.shards.forEach(shard -> shard.reconfigure(ShardBench.LIMITS, rules));
    client.connection.lose();
    bench.settle();
    bench = bench.killed(); // the rules are other ones now
    watcher = bench.open(durable("w"));
    bench.pass(1);
    assertThat(watcher.messages()).isEmpty();
    assertThat(session("a").will).isNull();
  }

  @Test
  void willIsPublishedWhenTheConnectionIsLost() {
    ShardBench.Client watcher = bench.connected(ShardBench.connect("w").build());
    watcher.subscribe("gone", 1);
    ShardBench.Client client =
        bench.connected(ShardBench.connect("a").will(will("gone", 0)).build());
    client.connection.lose();
    bench.settle();
    assertThat(watcher.messages()).hasSize(1);
    assertThat(sessions()).isEqualTo(1);
  }

  @Test
  void willTimerThatRunsOutWhileItsClientComesBackDoesNothing() {
    ShardBench.Client watcher = bench.connected(ShardBench.connect("w").build());
    watcher.subscribe("gone", 1);
    ShardBench.Client client =
        bench.connected(
            ShardBench.connect("a")
                .cleanStart(false)
                .sessionExpirySeconds(100)
                .will(will("gone", 5))
                .build());
    client.connection.lose();
    bench.pass(4);
    ShardBench.Client again =
        bench.open(
            ShardBench.connect("a")
                .cleanStart(false)
                .sessionExpirySeconds(100)
                .will(will("gone", 0))
                .build());
    bench.passWithoutTheLog(1_500_000_000L);
    bench.pass(3);
    assertThat(watcher.messages()).isEmpty();
    again.connection.lose();
    bench.settle();
    assertThat(watcher.messages()).as("the will of the new connection").hasSize(1);
  }

  @Test
  void sessionThatRunsOutWhileItsClientComesBackStays() {
    ShardBench.Client client =
        bench.connected(ShardBench.connect("a").cleanStart(false).sessionExpirySeconds(5).build());
    client.connection.lose();
    bench.pass(4);
    ShardBench.Client again =
        bench.open(ShardBench.connect("a").cleanStart(false).sessionExpirySeconds(5).build());
    bench.passWithoutTheLog(1_500_000_000L);
    bench.pass(20);
    assertThat(again.received()).hasSize(1).first().isInstanceOf(ConnAck.class);
    assertThat(again.connection.closed).isFalse();
  }

  @Test
  void recordOfAFullLogIsWrittenLater() {
    ShardBench.Client subscriber = bench.connected(durable("a"));
    subscriber.subscribe("t", 1);
    Session session = session("a");
    Shard shard = bench.shards.get(session.shard);
    publish("t", 1, 1);
    subscriber.received();
    while (shard.appender.hasRoom(60_000)) {
      shard.append(
          new Records.RetainedSent(session.number, -1, Slice.wrap(new byte[59_000])), true);
    }
    while (shard.appender.hasRoom(4_096)) {
      shard.appendFinished(0, 0, false, 0);
    }
    for (int i = 0; i < 10_000; i++) {
      shard.appendWhenRoom(new Records.Finished(session.number, 0, false, 0));
    }
    bench.settle();
    assertThat(session.finishedByRecords).isEqualTo(10_000);
  }

  @Test
  void identifierThatIsHeldWhenItsTurnComesIsReplacedAfterAForce() {
    bench = new ShardBench(2, Access.OPEN, new TestLimits().packetIds(101).build());
    ShardBench.Client subscriber = bench.connected(durable("a"));
    subscriber.subscribe("t", 1);
    publish("t", 1, 1);
    assertThat(subscriber.messages()).containsExactly("1:0");
    for (int id = 2; id <= 101; id++) {
      publish("t", 1, 1);
      assertThat(subscriber.messages()).containsExactly(id + ":0");
      subscriber.send(new PubAck(id));
    }
    publish("t", 1, 1);
    assertThat(subscriber.messages()).as("1 is held").containsExactly("101:0");

    bench = bench.killed();
    ShardBench.Client again = bench.open(durable("a"));
    bench.settle();
    assertThat(again.messages()).as("both held ones").containsExactly("1:0", "101:0");
    again.send(new PubAck(101));
    publish("t", 1, 1);
    assertThat(again.messages()).containsExactly("2:0");
    again.send(new PubAck(1));
    again.send(new PubAck(2));
    assertThat(session("a").outgoing.renamed()).isEmpty();
    assertThat(session("a").recordedBacklog()).isZero();
    assertThat(session("a").recordedBytes).isZero();
  }

  @Test
  void replacedIdentifierSurvivesACheckpoint() {
    bench = new ShardBench(2, Access.OPEN, new TestLimits().packetIds(101).build());
    ShardBench.Client subscriber = bench.connected(durable("a"));
    subscriber.subscribe("t", 2);
    publish("t", 2, 1);
    for (int id = 2; id <= 101; id++) {
      publish("t", 1, 1);
      subscriber.send(new PubAck(id));
    }
    publish("t", 2, 1);
    subscriber.received();
    subscriber.send(new PubRec(101));
    recycleTheLog();
    bench = bench.killed();
    ShardBench.Client again = bench.open(durable("a"));
    bench.settle();
    assertThat(again.received())
        .hasSize(3)
        .contains(new PubRel(101))
        .filteredOn(Publish.class::isInstance)
        .first()
        .extracting(p -> ((Publish) p).packetId())
        .isEqualTo(1);
    assertThat(lost()).isZero();
  }

  @Test
  void acknowledgementsThatACrashTakesLeaveTheQueueItsRoom() {
    ShardBench.Client subscriber = bench.connected(durable("a"));
    subscriber.subscribe("t", 1);
    publish("t", 1, 10);
    subscriber.received();
    for (int id = 1; id <= 10; id++) {
      subscriber.put(new PubAck(id)); // nothing of it is forced
    }
    bench.spill();
    bench.loops.forEach(FakeLoop::turn);
    bench.checkpointWithoutTheLog();
    bench = bench.killed();
    ShardBench.Client again = bench.open(durable("a"));
    bench.settle();
    assertThat(drain(again)).hasSize(10);
    assertThat(session("a").recordedBacklog()).isZero();
    assertThat(session("a").recordedBytes).isZero();
  }

  @Test
  void queueOfADurableSessionIsBoundedInBytesBeforeAndAfterACrash() {
    bench = new ShardBench(2, Access.OPEN, new TestLimits().queueBytes(1_000).build());
    ShardBench.Client subscriber = bench.connected(durable("a"));
    subscriber.subscribe("t", 1);
    subscriber.connection.lose();
    publish("t", 1, 50); // 21 bytes each, or 22
    assertThat(session("a").recordedBacklog()).isEqualTo(45);
    assertThat(bench.shards.stream().mapToLong(s -> s.counters.droppedQueueFull).sum())
        .isEqualTo(5);
    bench.checkpoint();
    bench = bench.killed();
    publish("t", 1, 1);
    assertThat(session("a").recordedBacklog()).isEqualTo(45);
    ShardBench.Client again = bench.open(durable("a"));
    bench.settle();
    assertThat(drain(again)).hasSize(45);
    assertThat(session("a").recordedBytes).isZero();
    publish("t", 1, 1);
    assertThat(again.messages()).hasSize(1);
  }

  @Test
  void subscriptionsOnTheirWayToTheLogCountForTheMaximum() {
    bench = new ShardBench(2, Access.OPEN, new TestLimits().subscriptions(3).build());
    ShardBench.Client client = bench.connected(durable("a"));
    for (int i = 0; i < 5; i++) {
      client.put(subscribe(1 + i, "t/" + i));
    }
    client.put(subscribe(6, "t/0"));
    bench.settle();
    assertThat(client.received())
        .extracting(packet -> ((SubAck) packet).reasonCodes().getFirst())
        .containsExactly(
            ReasonCode.GRANTED_QOS_1,
            ReasonCode.GRANTED_QOS_1,
            ReasonCode.GRANTED_QOS_1,
            ReasonCode.QUOTA_EXCEEDED,
            ReasonCode.QUOTA_EXCEEDED,
            ReasonCode.GRANTED_QOS_1);
    assertThat(session("a").subscriptions).hasSize(3);
    assertThat(session("a").subscribing).isEmpty();
  }

  @Test
  void unsubscribeWithTooManyFiltersIsRefused() {
    ShardBench.Client client = bench.connected(durable("a"));
    List<TopicFilter> filters = new ArrayList<>();
    for (int i = 0; i <= ShardBench.LIMITS.filtersPerSubscribe(); i++) {
      filters.add(TopicFilter.of("t/" + i));
    }
    client.send(new Unsubscribe(1, filters));
    assertThat(client.received())
        .singleElement()
        .extracting(packet -> ((Disconnect) packet).reasonCode())
        .isEqualTo(ReasonCode.QUOTA_EXCEEDED);
  }

  private static Subscribe subscribe(int packetId, String filter) {
    return new Subscribe(
        packetId,
        List.of(
            new Subscription(TopicFilter.of(filter), SubscriptionOptions.of(Qos.AT_LEAST_ONCE))));
  }

  @Test
  void messageWhoseRowIsDamagedLeavesTheQueue() {
    ShardBench.Client subscriber = bench.connected(durable("a"));
    subscriber.subscribe("t", 1);
    ShardBench.Client other = bench.connected(durable("b"));
    other.subscribe("t", 1);
    subscriber.connection.lose();
    other.connection.lose();
    publish("t", 1, 100);
    recycleTheLog();
    bench = bench.killed();
    bench.losesBodies();
    ShardBench.Client again = bench.open(durable("a"));
    bench.settle();
    drain(again);
    assertThat(lost()).isPositive();
    assertThat(session("a").recordedBacklog()).isZero();
    assertThat(session("a").recordedBytes).isZero();
  }

  private static Connect durable(String clientId) {
    return ShardBench.connect(clientId).cleanStart(false).sessionExpirySeconds(1_000).build();
  }

  private void publish(String topic, int qos, int count) {
    ShardBench.Client publisher =
        bench.connected(Connect.builder(MqttVersion.V3_1_1, "pub").build());
    for (int i = 0; i < count; i++) {
      publisher.publish(topic, Integer.toString(i), qos, 1 + i);
    }
    publisher.connection.lose();
    bench.settle();
  }

  /// Fills the log with messages of another session, and makes a checkpoint.
  private void recycleTheLog() {
    ShardBench.Client other = bench.connected(durable("other"));
    other.subscribe("other", 1);
    ShardBench.Client publisher = bench.connected(ShardBench.connect("pub").build());
    for (int i = 0; i < 60; i++) {
      publisher.publish("other", "x".repeat(50_000), 1, 1 + i);
      other.received();
      other.send(new PubAck(1 + i));
    }
    bench.checkpoint();
  }

  /// Takes and acknowledges QoS 1 messages until no more come.
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

  private static Will will(String topic, long delaySeconds) {
    return new Will(
        TopicName.of(topic),
        Slice.utf8("will"),
        Qos.AT_LEAST_ONCE,
        false,
        delaySeconds,
        -1,
        Slice.EMPTY);
  }

  private Session session(String clientId) {
    return bench.shards.stream()
        .flatMap(shard -> shard.sessions.all().stream())
        .filter(s -> s.clientId.equals(clientId))
        .findFirst()
        .orElseThrow();
  }

  private int sessions() {
    return bench.shards.stream().mapToInt(shard -> shard.sessions.all().size()).sum();
  }

  private long lost() {
    return bench.keeper.lost()
        + bench.shards.stream().mapToLong(shard -> shard.counters.lost).sum();
  }

  private record Rules(String refused) implements Access, Rights {
    @Override
    public Rights rights(String clientId, String owner) {
      return this;
    }

    @Override
    public boolean mayPublish(TopicName topic) {
      return !topic.toString().equals(refused);
    }

    @Override
    public boolean maySubscribe(TopicFilter filter) {
      return true;
    }

    @Override
    public boolean mayReceive(TopicName topic) {
      return true;
    }
  }
}
