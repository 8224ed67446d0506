package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.spi.Rights;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.Subscribe;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.SubscriptionOptions;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.Unsubscribe;
import io.dunlin.mqtt.Will;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Shared subscriptions with persistent members, whose messages wait in a queue of the group.
class GroupQueueTest {
  private static final String SHARED = "$share/group/t";
  private static final int SHARDS = 2;

  private ShardBench bench = new ShardBench(SHARDS, Access.OPEN);
  private int published;

  @AfterEach
  void nothingHasFailed() {
    assertThat(bench.failures).isEmpty();
    assertThat(sum(c -> c.failedRecords)).isZero();
    assertThat(sum(c -> c.lost)).isZero();
  }

  // -- rights differ --------------------------------------------------------------------------

  @Test
  void expiredMessageForAnAbsentMemberAloneHoldsUpNobody() {
    Rights some = new NotSecret();
    bench = new ShardBench(SHARDS, (clientId, _) -> clientId.equals("b") ? some : Rights.OPEN);
    ShardBench.Client a = bench.connected(durable("a").build());
    a.subscribe("$share/group/+", 1);
    leave(a);
    ShardBench.Client b = bench.connected(durable("b").build());
    b.subscribe("$share/group/+", 1);
    ShardBench.Client publisher = publisher();
    publisher.send(
        new Publish(
            TopicName.of("secret"),
            Slice.utf8("0"),
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
            List.of()));
    publisher.publish("t", "1", 1, 2);
    assertThat(payloads(b)).as("in order").isEmpty();
    bench.pass(2);
    publisher.publish("t", "2", 1, 3);
    assertThat(payloads(b)).isEqualTo(numbers(1, 3));
    assertThat(sum(c -> c.droppedExpired)).isEqualTo(1);
  }

  private record NotSecret() implements Rights {
    @Override
    public boolean mayPublish(TopicName topic) {
      return true;
    }

    @Override
    public boolean maySubscribe(TopicFilter filter) {
      return true;
    }

    @Override
    public boolean mayReceive(TopicName topic) {
      return !topic.toString().equals("secret");
    }
  }

  // -- nobody is there ------------------------------------------------------------------------

  @Test
  void whatWaitsComesFirstAndInOrder() {
    leave(member("a", 1));
    member("b", 1).connection.lose();
    bench.settle();
    publish(1, 40);
    ShardBench.Client back = bench.open(durable("b").receiveMaximum(3).build());
    bench.settle();
    publish(1, 5);
    assertThat(payloads(drain(back))).isEqualTo(numbers(0, 45));
  }

  @Test
  void memberWhoseLastMessageHasGoneToAnotherGetsTheNext() {
    ShardBench.Client a = bench.connected(durable("a").receiveMaximum(1).build());
    a.subscribe("other", 2);
    a.subscribe(SHARED, 1);
    ShardBench.Client publisher = publisher();
    publisher.publish("other", "x", 2, 1);
    a.send(new PubRec(1)); // its window stays full until PUBCOMP
    publisher.publish("t", "0", 1, 2);
    leave(a);
    ShardBench.Client b = member("b", 1);
    assertThat(payloads(drain(b))).containsExactly("0");

    ShardBench.Client back = bench.connected(durable("a").receiveMaximum(1).build());
    leave(b);
    back.send(new PubComp(1));
    publisher.publish("t", "1", 1, 3);

    assertThat(payloads(back)).containsExactly("1");
  }

  @Test
  void whatWaitsIsKeptOverAKill() {
    leave(member("a", 2));
    publish(1, 10);
    publish(2, 10);
    restart();
    publish(1, 5);
    bench.checkpoint();
    publish(1, 5);
    restart();
    ShardBench.Client back = bench.open(durable("a").build());
    bench.settle();
    assertThat(payloads(drain(back))).isEqualTo(numbers(0, 30));
  }

  @Test
  void queueIsBoundedAndCountsWhatItDrops() {
    leave(member("a", 1));
    int most = (int) ShardBench.LIMITS.queueMessages();
    publish(1, most + 7);
    assertThat(sum(c -> c.droppedQueueFull)).isEqualTo(7);
    restart();
    publish(1, 2);
    assertThat(sum(c -> c.droppedQueueFull)).as("after a restart").isEqualTo(2);
    assertThat(payloads(drain(open("a")))).isEqualTo(numbers(0, most));
  }

  @Test
  void queueIsThereAsLongAsItsLastMember() {
    ShardBench.Client durable = member("a", 1);
    ShardBench.Client fleeting = fleeting("f", 1);
    assertThat(queues()).isEqualTo(1);
    unsubscribe(durable);
    assertThat(queues()).as("a member is there, and may have to wait").isEqualTo(1);
    publish(1, 2);
    assertThat(payloads(fleeting)).isEqualTo(numbers(0, 2));
    unsubscribe(fleeting);
    assertThat(queues()).isZero();
    restart();
    assertThat(queues()).isZero();
    member("a", 1);
    assertThat(queues()).isEqualTo(1);
  }

  @Test
  void queueEndsWithTheSessionOfItsLastMember() {
    leave(member("a", 1));
    publish(1, 3);
    bench.connected(ShardBench.connect("a").cleanStart(true).build());
    assertThat(queues()).isZero();
    assertThat(payloads(member("b", 1))).isEmpty();
  }

  @Test
  void replacedSubscriptionKeepsTheQueue() {
    ShardBench.Client member = member("a", 1);
    leave(member);
    publish(1, 3);
    ShardBench.Client back = open("a");
    back.put(subscribe(Qos.EXACTLY_ONCE));
    bench.settle();
    leave(back);
    publish(1, 3);
    assertThat(payloads(drain(open("a")))).isEqualTo(numbers(0, 6));
  }

  // -- somebody is there ----------------------------------------------------------------------

  @Test
  void membersTakeTurns() {
    List<ShardBench.Client> members =
        List.of(member("a", 1), member("b", 1), member("c", 1), fleeting("f", 1));
    publish(1, 40);
    assertThat(members).allSatisfy(member -> assertThat(payloads(member)).hasSize(10));
  }

  @Test
  void memberWithoutRoomIsPassedOver() {
    ShardBench.Client slow = bench.connected(durable("slow").receiveMaximum(2).build());
    slow.subscribe(SHARED, 1);
    ShardBench.Client quick = member("quick", 1);
    publish(1, 30);
    assertThat(payloads(slow)).hasSize(2);
    assertThat(payloads(quick)).hasSize(28);
  }

  @Test
  void nothingGoesToAnAbsentMemberWhileAnotherIsThere() {
    leave(member("away", 1));
    ShardBench.Client present = member("present", 1);
    publish(1, 10);
    assertThat(payloads(present)).isEqualTo(numbers(0, 10));
    assertThat(payloads(open("away"))).isEmpty();
  }

  @Test
  void membersGetWhatTheirSubscriptionGrants() {
    ShardBench.Client zero = bench.connected(durable("zero").build());
    zero.subscribe(SHARED, 0);
    ShardBench.Client two = member("two", 2);
    publish(2, 6);
    assertThat(publishes(zero)).hasSize(3).allMatch(p -> p.qos().value() == 0);
    assertThat(publishes(two)).hasSize(3).allMatch(p -> p.qos().value() == 2);
  }

  // -- a member goes --------------------------------------------------------------------------

  @Test
  void whatADeadMemberHasNotAcknowledgedGoesToTheOthersInOrder() {
    ShardBench.Client dying = member("dying", 1);
    publish(1, 10);
    ShardBench.Client other = member("other", 1);
    assertThat(payloads(dying)).isEqualTo(numbers(0, 10));
    dying.send(new PubAck(3));
    dying.connection.lose();
    publish(1, 2);
    List<String> expected = new ArrayList<>(numbers(0, 12));
    expected.remove("2");
    assertThat(payloads(other)).isEqualTo(expected);
    assertThat(payloads(open("dying"))).isEmpty();
  }

  @Test
  void memberThatComesBackFirstGetsItsMessagesAgainAsTheyWere() {
    ShardBench.Client member = member("a", 1);
    publish(1, 2);
    List<Publish> before = publishes(member);
    member.connection.lose();
    bench.settle();
    publish(1, 1);
    List<Publish> after = publishes(open("a"));
    assertThat(after).extracting(Publish::packetId).startsWith(1, 2);
    assertThat(after).extracting(Publish::dup).containsExactly(true, true, false);
    assertThat(before).extracting(Publish::packetId).containsExactly(1, 2);
  }

  @Test
  void qos2MessageThatMayHaveBeenSentStaysWithItsClient() {
    ShardBench.Client first = bench.connected(durable("a").receiveMaximum(2).build());
    first.subscribe(SHARED, 2);
    publish(2, 4);
    assertThat(payloads(first)).isEqualTo(numbers(0, 2));
    ShardBench.Client other = member("other", 2);
    assertThat(payloads(other)).as("what had no room").isEqualTo(numbers(2, 4));
    first.connection.lose();
    bench.settle();
    publish(2, 1);
    assertThat(payloads(other)).isEqualTo(numbers(4, 5));
    List<Publish> again = publishes(open("a"));
    assertThat(again).extracting(p -> p.payload().utf8()).containsExactly("0", "1");
    assertThat(again).allMatch(Publish::dup);
  }

  @Test
  void qos2MessageThatMayHaveBeenSentEndsWithItsSession() {
    ShardBench.Client first = member("a", 2);
    publish(2, 2);
    publish(1, 2);
    assertThat(payloads(first)).isEqualTo(numbers(0, 4));
    ShardBench.Client other = member("other", 2);
    bench.connected(ShardBench.connect("a").cleanStart(true).build());
    assertThat(payloads(other)).as("only those at QoS 1").isEqualTo(numbers(2, 4));
  }

  @Test
  void qos2MessageIsNotGivenToASecondAfterAKill() {
    ShardBench.Client first = member("a", 2);
    publish(2, 3);
    assertThat(payloads(first)).isEqualTo(numbers(0, 3));
    first.send(new PubRec(1));
    first.send(new PubComp(1));
    first.send(new PubRec(2));
    bench.pass(1);
    restart();
    ShardBench.Client other = member("other", 2);
    publish(2, 1);
    assertThat(payloads(other)).isEqualTo(numbers(3, 4));
    List<Packet> again = open("a").received();
    assertThat(again).filteredOn(Publish.class::isInstance).hasSize(1);
  }

  @Test
  void messageIsNotLostWithAKillBeforeItsAcknowledgement() {
    ShardBench.Client first = member("a", 1);
    ShardBench.Client fleeting = fleeting("f", 1);
    publish(1, 10);
    assertThat(payloads(first)).hasSize(5);
    assertThat(payloads(fleeting)).hasSize(5);
    restart();
    assertThat(payloads(member("other", 1))).containsExactlyInAnyOrderElementsOf(numbers(0, 10));
  }

  @Test
  void groupDoesNotWaitForTheWillOfAFleetingMemberAfterAKill() {
    leave(member("a", 1));
    Will will = new Will(TopicName.of("gone"), Slice.utf8("will"), Qos.AT_LEAST_ONCE, false);
    ShardBench.Client fleeting = bench.connected(ShardBench.connect("f").will(will).build());
    fleeting.subscribe(SHARED, 1);
    publish(1, 3);
    assertThat(payloads(fleeting)).isEqualTo(numbers(0, 3));
    bench.checkpoint();
    restart();
    assertThat(payloads(drain(open("a")))).as("at once").isEqualTo(numbers(0, 3));
  }

  @Test
  void qos2MessageOfAFleetingMemberIsNotGivenToASecondAfterAKill() {
    leave(member("a", 2));
    ShardBench.Client fleeting = fleeting("f", 2);
    publish(2, 3);
    assertThat(payloads(fleeting)).isEqualTo(numbers(0, 3));
    restart();
    assertThat(payloads(drain(open("a")))).isEmpty();
  }

  @Test
  void whatAFleetingMemberHadGoesToTheOthers() {
    leave(member("a", 2));
    ShardBench.Client fleeting = bench.connected(ShardBench.connect("f").receiveMaximum(2).build());
    fleeting.subscribe(SHARED, 1);
    publish(1, 5);
    assertThat(payloads(fleeting)).isEqualTo(numbers(0, 2));
    fleeting.connection.lose();
    bench.settle();
    assertThat(payloads(drain(open("a")))).isEqualTo(numbers(0, 5));
  }

  @Test
  void whatAnExpiredSessionHadGoesToTheOthers() {
    ShardBench.Client brief =
        bench.connected(ShardBench.connect("brief").sessionExpirySeconds(5).build());
    brief.subscribe(SHARED, 1);
    leave(member("a", 1));
    publish(1, 3);
    assertThat(payloads(brief)).isEqualTo(numbers(0, 3));
    brief.connection.lose();
    bench.pass(10);
    assertThat(payloads(drain(open("a")))).isEqualTo(numbers(0, 3));
  }

  @Test
  void messageThatMeetsAnUnsubscribeGoesToTheOthers() {
    ShardBench.Client leaving = member("leaving", 1);
    leave(member("other", 1));
    ShardBench.Client publisher = publisher();
    leaving.put(new Unsubscribe(7, List.of(TopicFilter.of(SHARED))));
    publisher.put(ShardBench.message("t", "0", 1, 1));
    bench.settle();
    List<String> before = payloads(leaving);
    List<String> after = payloads(drain(open("other")));
    assertThat(before.size() + after.size()).isEqualTo(1);
  }

  // -- no room --------------------------------------------------------------------------------

  @Test
  void nothingIsLostWhenTheLogHasNoRoomForTheHandover() {
    for (int shard = 0; shard < SHARDS; shard++) {
      ShardBench.Client dying = member("dying" + shard, 1);
      published = 0;
      publish(1, 20);
      assertThat(payloads(dying)).hasSize(20);
      ShardBench.Client other = member("other" + shard, 1);
      bench.appenders.get(shard).refuses = true;
      dying.connection.lose();
      bench.settle();
      bench.appenders.get(shard).refuses = false;
      bench.pass(1);
      assertThat(payloads(other)).as("shard %d was full", shard).isEqualTo(numbers(0, 20));
      unsubscribe(other);
      bench.connected(ShardBench.connect("dying" + shard).cleanStart(true).build());
    }
  }

  @Test
  void publishersWaitUntilTheQueueIsThere() {
    ShardBench.Client member = bench.connected(durable("a").build());
    RefusingAppender appender = bench.appenders.get(Shard.shardOf("a", SHARDS));
    ShardBench.Client publisher = publisher();
    member.put(subscribe(Qos.AT_LEAST_ONCE));
    appender.refuses = true; // for what says that it has joined
    bench.settle();
    assertThat(member.received()).as("SUBACK").hasSize(1);
    assertThatThrownBy(() -> publisher.publish("t", "0", 1, 1)).hasMessageContaining("not taken");
    appender.refuses = false;
    bench.pass(1);
    publish(1, 1);
    assertThat(payloads(member)).isEqualTo(numbers(0, 1));
  }

  // -- the bench ------------------------------------------------------------------------------

  private static Connect.Builder durable(String clientId) {
    return ShardBench.connect(clientId).cleanStart(false).sessionExpirySeconds(3_600);
  }

  private static Subscribe subscribe(Qos qos) {
    return new Subscribe(
        1, List.of(new Subscription(TopicFilter.of(SHARED), SubscriptionOptions.of(qos))));
  }

  private ShardBench.Client member(String clientId, int qos) {
    ShardBench.Client client = bench.open(durable(clientId).build());
    bench.settle();
    client.put(subscribe(Qos.of(qos)));
    bench.settle();
    return client;
  }

  private ShardBench.Client fleeting(String clientId, int qos) {
    ShardBench.Client client = bench.connected(ShardBench.connect(clientId).build());
    client.subscribe(SHARED, qos);
    return client;
  }

  private ShardBench.Client open(String clientId) {
    ShardBench.Client client = bench.open(durable(clientId).build());
    bench.settle();
    return client;
  }

  private void leave(ShardBench.Client client) {
    client.send(new Disconnect(ReasonCode.SUCCESS));
  }

  private void unsubscribe(ShardBench.Client client) {
    client.send(new Unsubscribe(7, List.of(TopicFilter.of(SHARED))));
    bench.pass(1);
  }

  private ShardBench.Client publisher() {
    return bench.connected(ShardBench.connect("publisher").build());
  }

  /// Publishes the next numbers and waits for the answers.
  private void publish(int qos, int count) {
    ShardBench.Client publisher = publisher();
    for (int i = 0; i < count; i++) {
      publisher.publish("t", Integer.toString(published++), qos, i + 1);
    }
    assertThat(publisher.received()).hasSize(count);
  }

  private void restart() {
    bench = bench.killed();
  }

  private long queues() {
    return bench.shards.stream().mapToLong(s -> s.groupQueues().count()).sum();
  }

  private long sum(java.util.function.ToLongFunction<Counters> counter) {
    return bench.shards.stream().map(s -> s.counters).mapToLong(counter).sum();
  }

  private static List<String> numbers(int from, int to) {
    return IntStream.range(from, to).mapToObj(Integer::toString).toList();
  }

  private static List<Publish> publishes(ShardBench.Client client) {
    return client.received().stream()
        .filter(Publish.class::isInstance)
        .map(Publish.class::cast)
        .toList();
  }

  private static List<String> payloads(ShardBench.Client client) {
    return payloads(publishes(client));
  }

  private static List<String> payloads(List<Publish> publishes) {
    return publishes.stream().map(p -> p.payload().utf8()).toList();
  }

  /// All that comes when everything is acknowledged.
  private static List<Publish> drain(ShardBench.Client client) {
    List<Publish> all = new ArrayList<>();
    List<Publish> some = publishes(client);
    while (!some.isEmpty()) {
      for (Publish p : some) {
        client.put(p.qos().value() == 2 ? new PubRec(p.packetId()) : new PubAck(p.packetId()));
      }
      all.addAll(some);
      some = settledPublishes(client);
    }
    return all;
  }

  private static List<Publish> settledPublishes(ShardBench.Client client) {
    List<Publish> publishes = new ArrayList<>();
    client.settle();
    for (Packet packet : client.received()) {
      if (packet instanceof Publish p) {
        publishes.add(p);
      } else if (packet instanceof PubRel r) {
        client.put(new PubComp(r.packetId()));
      }
    }
    client.settle();
    publishes.addAll(publishes(client));
    return publishes;
  }
}
