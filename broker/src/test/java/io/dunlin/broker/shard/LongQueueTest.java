package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.store.Keeper;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.TopicName;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A queue that is longer than what memory knows of it, while the store has much to do.
class LongQueueTest {
  private final ShardBench bench = new ShardBench(2, Access.OPEN);
  private final ShardBench.Client publisher = bench.connected(ShardBench.connect("p").build());
  private final AtomicBoolean storeGoesOn = new AtomicBoolean();
  private int published;

  @AfterEach
  void nothingHasFailed() {
    assertThat(bench.failures).isEmpty();
    assertThat(bench.keeper.lost()).isZero();
  }

  @Test
  void clientThatComesBackGetsItsFirstMessagesWhileTheStoreIsBehind() {
    sleeping("a", "t");
    storeStalls();
    publish(90);

    ShardBench.Client client = bench.open(durable("a"));
    bench.settle();
    assertThat(client.messages()).isEqualTo(from(1, Session.SLEEPING_WINDOW));

    storeGoesOn();
    assertThat(client.messages()).isEqualTo(from(Session.SLEEPING_WINDOW + 1, 90));
  }

  @Test
  void rowsThatAreWrittenAreReadWhileThoseOfLaterMessagesWait() {
    sleeping("a", "t");
    publish(60);
    storeStalls();
    publish(30);

    ShardBench.Client client = bench.open(durable("a"));
    bench.settle();
    assertThat(client.messages()).isEqualTo(from(1, 60));

    storeGoesOn();
    assertThat(client.messages()).isEqualTo(from(61, 90));
  }

  @Test
  void anotherConnectionGetsTheFirstMessagesWhileRowsAreAwaited() {
    sleeping("a", "t");
    storeStalls();
    publish(90);
    ShardBench.Client first = bench.open(durable("a"));
    bench.settle();
    assertThat(first.messages()).hasSize(Session.SLEEPING_WINDOW);
    first.send(new PubAck(1));

    ShardBench.Client second = bench.open(durable("a"));
    bench.settle();
    assertThat(second.messages()).isEqualTo(from(2, Session.SLEEPING_WINDOW));

    storeGoesOn();
    assertThat(second.messages()).isEqualTo(from(Session.SLEEPING_WINDOW + 1, 90));
  }

  @Test
  void memberOfAGroupGetsItsFirstMessagesWhileTheStoreIsBehind() {
    sleeping("a", "$share/g/t");
    storeStalls();
    publish(90);

    ShardBench.Client client = bench.open(durable("a"));
    bench.settle();
    assertThat(client.messages()).isEqualTo(from(1, Session.SLEEPING_WINDOW));

    storeGoesOn();
    assertThat(client.messages()).isEqualTo(from(Session.SLEEPING_WINDOW + 1, 90));
  }

  @Test
  void messagesThatExpiredDoNotWaitForEachOther() {
    sleeping("a", "t");
    for (int i = 1; i <= 60; i++) {
      publisher.send(expiring(i));
    }
    publisher.publish("t", "alive", 1, 61);
    bench.pass(2);

    ShardBench.Client client = bench.open(durable("a"));
    long begun = bench.nanos();
    bench.settle();
    assertThat(client.messages()).containsExactly("61:alive");
    assertThat(bench.nanos() - begun).as("ns").isLessThan(1_000_000_000L);
  }

  private static Publish expiring(int packetId) {
    return new Publish(
        TopicName.of("t"),
        Slice.utf8("short"),
        Qos.AT_LEAST_ONCE,
        false,
        false,
        packetId,
        0,
        false,
        1,
        null,
        null,
        null,
        List.of(),
        List.of());
  }

  private void sleeping(String clientId, String filter) {
    ShardBench.Client client = bench.connected(durable(clientId));
    client.subscribe(filter, 1);
    client.connection.lose();
    bench.settle();
  }

  private static Connect durable(String clientId) {
    return ShardBench.connect(clientId).cleanStart(false).sessionExpirySeconds(1_000).build();
  }

  private void publish(int count) {
    for (int i = 0; i < count; i++) {
      published++;
      publisher.publish("t", "m" + published, 1, published);
    }
  }

  /// What the store is given from now on is not carried out.
  private void storeStalls() {
    bench.keeper.submit(new Keeper.Await(storeGoesOn::get));
    bench.settle();
  }

  private void storeGoesOn() {
    storeGoesOn.set(true);
    bench.keeper.resume();
    bench.settle();
  }

  /// Messages as [ShardBench.Client#messages] gives them.
  private static List<String> from(long first, long last) {
    return LongStream.rangeClosed(first, last).mapToObj(n -> n + ":m" + n).toList();
  }
}
