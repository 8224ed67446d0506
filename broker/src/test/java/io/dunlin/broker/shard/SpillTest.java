package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.store.Keeper;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.Will;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What reaches the store while the log holds its commits back.
class SpillTest {
  private final ShardBench bench = new ShardBench(2, Access.OPEN);

  @AfterEach
  void nothingHasFailed() {
    assertThat(bench.failures).isEmpty();
  }

  @Test
  void willThatHasFiredStaysInTheStoreUntilItsRecordIsCommitted() {
    Will will = new Will(TopicName.of("w"), Slice.utf8("gone"), Qos.AT_LEAST_ONCE, false);
    ShardBench.Client client = bench.connected(durable("a").will(will).build());
    bench.checkpoint();
    assertThat(bench.row("a").will()).isNotNull();

    client.connection.lose();
    bench.spill();
    bench.settleWithoutTheLog();

    assertThat(bench.row("a").will()).as("nothing is committed").isNotNull();
    bench.settle();
    bench.checkpoint();
    assertThat(bench.row("a").will()).isNull();
  }

  @Test
  void messageThatWasGivenBackStaysInTheStoreUntilItsRecordIsCommitted() {
    ShardBench.Client holder = bench.connected(durable("a").build());
    holder.subscribe("$share/g/t", 1);
    bench.connected(ShardBench.connect("p").build()).publish("t", "hello", 1, 1);
    assertThat(holder.messages()).hasSize(1);
    bench.connected(durable("b").build()).subscribe("$share/g/t", 1);
    bench.checkpoint();

    holder.connection.lose();
    bench.settleWithoutTheLog(); // what follows is appended only
    bench.spill();
    bench.settleWithoutTheLog();

    assertThat(bench.row("a").first()).as("the return is not committed").isZero();
    assertThat(bench.keeper.backlog()).as("it waits").isPositive();
    bench.settle();
    assertThat(bench.keeper.backlog()).isZero();
    bench.checkpoint();
    assertThat(bench.row("a").first()).isEqualTo(1);
  }

  @Test
  void retainedMessageReachesTheStoreWhenItsRecordIsCommitted() {
    ShardBench.Client client = bench.connected(ShardBench.connect("p").build());
    client.put(new Publish(TopicName.of("t"), Slice.utf8("hello"), Qos.AT_LEAST_ONCE, true, 1));

    List<Keeper.Task> changes = new ArrayList<>();
    bench.retained.drain((topic, row) -> changes.add(new Keeper.PutRetained(topic, row)), _ -> {});
    bench.spill();
    bench.settleWithoutTheLog();
    bench.keeper.submit(new Keeper.Several(changes)); // as a checkpoint does
    bench.settleWithoutTheLog();

    assertThat(changes).hasSize(1);
    assertThat(retainedRows()).as("nothing is committed").isZero();
    bench.settle();
    assertThat(retainedRows()).isEqualTo(1);
  }

  private int retainedRows() {
    List<byte[]> rows = new ArrayList<>();
    bench.store.scan(
        Keeper.FAMILIES.indexOf("retained"), new byte[0], null, (key, _) -> rows.add(key));
    return rows.size();
  }

  @Test
  void rowsOfMessagesThatTheStoreHasLostAreWrittenAgain() {
    ShardBench.Client client = bench.connected(durable("a").build());
    client.subscribe("t", 1);
    client.connection.lose();
    ShardBench.Client publisher = bench.connected(ShardBench.connect("p").build());
    for (int i = 1; i <= 5; i++) {
      publisher.publish("t", "m" + i, 1, i);
    }
    bench.checkpoint();
    bench.loses("queues");
    bench.shards.forEach(Shard::changeAll);
    bench.checkpoint();

    ShardBench next = bench.killed();
    ShardBench.Client again = next.open(durable("a").build());
    next.settle();
    assertThat(again.messages()).containsExactly("1:m1", "2:m2", "3:m3", "4:m4", "5:m5");
    assertThat(next.keeper.lost()).isZero();
  }

  @Test
  void rowsThatTheStoreHasLostAreWrittenAgainOverSeveralTurns() {
    ShardBench one = new ShardBench(1, Access.OPEN);
    int sessions = 40; // of 33 rows each
    for (int i = 0; i < sessions; i++) {
      ShardBench.Client client = one.connected(durable("s" + i).build());
      client.subscribe("t", 1);
      client.connection.lose();
    }
    ShardBench.Client publisher = one.connected(ShardBench.connect("p").build());
    for (int i = 0; i < 32; i++) {
      publisher.publish("t", "m" + i, 1, 1 + i);
    }
    one.checkpoint();
    one.loses("queues");
    one.shards.forEach(Shard::changeAll);

    one.spill();
    one.loops.forEach(FakeLoop::turn);

    assertThat(one.keeper.backlog()).isBetween(Spill.TURN_ROWS, Spill.TURN_ROWS + 1);
    one.settle();
    for (int i = 0; i < sessions; i++) {
      assertThat(one.queueRows("s" + i)).hasSize(32);
    }
    assertThat(one.failures).isEmpty();
  }

  @Test
  void longQueueIsSpilledOverSeveralTurns() {
    ShardBench.Client client = bench.connected(durable("a").build());
    client.subscribe("t", 1);
    client.connection.lose();
    ShardBench.Client publisher = bench.connected(ShardBench.connect("p").build());
    for (int i = 0; i < 90; i++) {
      publisher.publish("t", "m" + i, 1, 1 + i);
    }
    int sessions = 0;
    while (sessions < 3 * Spill.TURN_ROWS) {
      bench.open(durable("s" + sessions++).build());
    }
    bench.settle();
    int before = bench.spilled;

    bench.spill();
    bench.loops.forEach(FakeLoop::turn);

    assertThat(bench.spilled).as("not in one turn").isEqualTo(before);
    assertThat(bench.keeper.backlog()).isLessThanOrEqualTo(2 * Spill.TURN_ROWS + 2);
    bench.settle();
    assertThat(bench.spilled).isEqualTo(before + 2);
    assertThat(bench.row("a").end()).isEqualTo(90);
    assertThat(bench.row("s0").durable()).isTrue();
  }

  @Test
  void durablePublishersWaitWhileTheLogIsTooLong() {
    ShardBench small = new ShardBench(1, Access.OPEN, new TestLimits().logMaxBytes(4_000).build());
    ShardBench.Client client = small.connected(durable("a").build());
    client.subscribe("t", 1);
    client.connection.lose();
    ShardBench.Client publisher = small.connected(ShardBench.connect("p").build());
    String kilobyte = "x".repeat(1_000);
    for (int i = 1; i <= 4; i++) {
      publisher.publish("t", kilobyte, 1, i);
    }
    assertThat(publisher.received()).hasSize(4);

    assertThatThrownBy(() -> publisher.publish("t", kilobyte, 1, 5))
        .hasMessageContaining("not taken");
    small.checkpoint();

    ShardBench.Client other = small.connected(ShardBench.connect("q").build());
    other.publish("t", kilobyte, 1, 1);
    assertThat(other.received()).hasSize(1);
    assertThat(small.failures).isEmpty();
  }

  @Test
  void messageThatCommitsBetweenTwoTurnsOfASpillIsKeptToo() {
    ShardBench one = new ShardBench(1, Access.OPEN);
    for (int i = 0; i < Spill.TURN_ROWS - 10; i++) {
      one.open(durable("s" + i).build());
    }
    one.settle();
    ShardBench.Client client = one.connected(durable("a").build());
    client.subscribe("t", 1);
    client.connection.lose();
    ShardBench.Client publisher = one.connected(ShardBench.connect("p").build());
    for (int i = 0; i < 25; i++) {
      publisher.publish("t", "m" + i, 1, 1 + i);
    }
    publisher.put(new Publish(TopicName.of("t"), Slice.utf8("last"), Qos.AT_LEAST_ONCE, false, 99));
    one.loops.forEach(FakeLoop::turn);
    one.spill(); // its first turn ends in the middle of the queue
    one.commitAlone(); // and this is applied before its second
    one.settle();
    one.checkpoint();

    ShardBench next = one.killed();
    ShardBench.Client again = next.open(durable("a").build());
    next.settle();
    assertThat(again.messages()).hasSize(26).endsWith("26:last");
  }

  @Test
  void messageThatIsFinishedBetweenTwoTurnsOfASpillGetsNoRow() {
    ShardBench one = benchWhoseFirstTurnEndsWithin(10);
    ShardBench.Client client = one.connected(durable("a").build());
    client.subscribe("t", 1);
    publish(one, 25);
    assertThat(client.messages()).hasSize(25);
    client.put(new PubAck(21)); // out of order: older ones are open still
    urge(one);
    one.loops.forEach(FakeLoop::turn);
    one.spill();
    one.commitAlone();
    one.settle();
    one.checkpoint();

    assertThat(one.queueRows("a")).hasSize(24).doesNotContain(20L);
    ShardBench next = one.killed();
    ShardBench.Client again = next.open(durable("a").build());
    next.settle();
    assertThat(again.messages()).hasSize(24).doesNotContain("21:m20", "0:m20");
  }

  @Test
  void messageThatLeavesAGroupsQueueBetweenTwoTurnsOfASpillGetsNoRow() {
    ShardBench one = benchWhoseFirstTurnEndsWithin(34); // 25 rows of the member, then the group's
    ShardBench.Client member = one.connected(durable("a").build());
    member.subscribe("$share/g/t", 2);
    ShardBench.Client publisher = one.connected(ShardBench.connect("p").build());
    for (int i = 0; i < 25; i++) {
      publisher.publish("t", "m" + i, 2, 1 + i);
      publisher.send(new PubRel(1 + i, ReasonCode.SUCCESS));
    }
    assertThat(member.messages()).hasSize(25);
    member.send(new PubRec(21));
    member.put(new PubComp(21, ReasonCode.SUCCESS));
    urge(one);
    one.loops.forEach(FakeLoop::turn);
    one.spill();
    one.commitAlone();
    one.settle();
    one.checkpoint();

    assertThat(one.queueRows("a")).hasSize(24).doesNotContain(20L);
    assertThat(one.queueRows("$share/g/t")).hasSize(24).doesNotContain(20L);
  }

  @Test
  void numbersOfASessionThatEndsBetweenTwoTurnsOfASpillAreNotTakenForThoseOfTheNext() {
    ShardBench one = benchWhoseFirstTurnEndsWithin(10);
    ShardBench.Client first = one.connected(durable("a").build());
    first.subscribe("t", 1);
    ShardBench.Client second = one.connected(durable("b").build());
    second.subscribe("t", 1);
    publish(one, 25);
    assertThat(second.messages()).hasSize(25);
    second.send(new PubAck(21));
    first.connection.lose();
    one.settle();
    one.open(Connect.builder(MqttVersion.V5, "a").cleanStart(true).build());
    one.loops.forEach(FakeLoop::turn);
    one.spill();
    one.commitAlone();
    one.settle();
    one.checkpoint();

    assertThat(one.queueRows("b")).hasSize(24).doesNotContain(20L);
  }

  /// A shard whose next spill has `rows` left in its first turn for what comes from now on.
  private static ShardBench benchWhoseFirstTurnEndsWithin(int rows) {
    ShardBench one = new ShardBench(1, Access.OPEN);
    for (int i = 0; i < Spill.TURN_ROWS - rows; i++) {
      one.open(durable("s" + i).build());
    }
    one.settle();
    return one;
  }

  /// Appends a record that is forced at once, with all before it.
  private static void urge(ShardBench bench) {
    bench.open(durable("urgent").build());
  }

  private static void publish(ShardBench bench, int messages) {
    ShardBench.Client publisher = bench.connected(ShardBench.connect("p").build());
    for (int i = 0; i < messages; i++) {
      publisher.publish("t", "m" + i, 1, 1 + i);
    }
  }

  @Test
  void nothingOvertakesAMessageThatWasDroppedBeforeThatIsCommitted() {
    ShardBench.Client client = bench.connected(durable("a").build());
    client.subscribe("t", 1);
    client.connection.lose();
    ShardBench.Client publisher = bench.connected(ShardBench.connect("p").build());
    publisher.send(expiring("first"));
    publisher.publish("t", "second", 1, 2);
    bench.pass(3);

    ShardBench.Client again = bench.open(durable("a").build());
    bench.settleWithoutTheLog();
    bench.commit(); // of the CONNECT
    bench.settleWithoutTheLog();
    assertThat(again.received()).as("the CONNACK alone").hasSize(1);

    bench.settle();
    assertThat(again.messages()).containsExactly("2:second");
  }

  private static Publish expiring(String payload) {
    return new Publish(
        TopicName.of("t"),
        Slice.utf8(payload),
        Qos.AT_LEAST_ONCE,
        false,
        false,
        1,
        0,
        false,
        1,
        null,
        null,
        null,
        List.of(),
        List.of());
  }

  private static Connect.Builder durable(String clientId) {
    return Connect.builder(MqttVersion.V5, clientId).cleanStart(false).sessionExpirySeconds(600);
  }
}
