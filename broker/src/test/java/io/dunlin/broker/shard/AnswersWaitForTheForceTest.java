package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Access;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.SubAck;
import io.dunlin.mqtt.Subscribe;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.SubscriptionOptions;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.UnsubAck;
import io.dunlin.mqtt.Unsubscribe;
import io.dunlin.mqtt.Will;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Which answers leave only when their record is forced (D6), and which at once.
class AnswersWaitForTheForceTest {
  private static final Subscribe SUBSCRIBE =
      new Subscribe(
          1,
          List.of(new Subscription(TopicFilter.of("t"), SubscriptionOptions.of(Qos.EXACTLY_ONCE))));

  private final ShardBench bench = new ShardBench(2, Access.OPEN);

  @Test
  void pubAckWaitsWhenADurableSessionGetsTheMessage() {
    bench.connected(durable("s")).send(SUBSCRIBE);
    waits(transientClient(), publish(1), PubAck.class);
  }

  @Test
  void pubAckWaitsWhenTheMessageIsRetained() {
    waits(
        transientClient(),
        new Publish(TopicName.of("t"), Slice.utf8("x"), Qos.AT_LEAST_ONCE, true, 1),
        PubAck.class);
  }

  @Test
  void pubAckOfAMessageThatNobodyKeepsDoesNotWait() {
    comesAtOnce(transientClient(), publish(1), PubAck.class);
    comesAtOnce(bench.connected(durable("d")), publish(1), PubAck.class);
  }

  @Test
  void pubRecAndPubCompOfADurablePublisherWait() {
    ShardBench.Client publisher = bench.connected(durable("p"));
    waits(publisher, publish(2), PubRec.class);
    waits(publisher, new PubRel(1), PubComp.class);
  }

  @Test
  void pubRecAndPubCompOfATransientPublisherDoNot() {
    ShardBench.Client publisher = transientClient();
    comesAtOnce(publisher, publish(2), PubRec.class);
    comesAtOnce(publisher, new PubRel(1), PubComp.class);
  }

  @Test
  void repeatedPublishOfADurablePublisherWaitsForTheFirst() {
    ShardBench.Client publisher = bench.connected(durable("p"));
    publisher.put(publish(2));
    waits(publisher, publish(2), PubRec.class);
  }

  @Test
  void pubRelAfterThePubRecOfADurableSubscriberWaits() {
    ShardBench.Client subscriber = bench.connected(durable("s"));
    subscriber.send(SUBSCRIBE);
    transientClient().send(publish(2));
    assertThat(subscriber.messages()).containsExactly("1:x");
    waits(subscriber, new PubRec(1), PubRel.class);
  }

  @Test
  void subAckAndUnsubAckOfADurableSessionWait() {
    ShardBench.Client client = bench.connected(durable("s"));
    waits(client, SUBSCRIBE, SubAck.class);
    waits(client, new Unsubscribe(2, List.of(TopicFilter.of("t"))), UnsubAck.class);
  }

  @Test
  void subAckAndUnsubAckOfATransientSessionDoNot() {
    ShardBench.Client client = transientClient();
    comesAtOnce(client, SUBSCRIBE, SubAck.class);
    comesAtOnce(client, new Unsubscribe(2, List.of(TopicFilter.of("t"))), UnsubAck.class);
  }

  @Test
  void connAckWaitsWhenADurableSessionBeginsGoesOnOrEnds() {
    connAckWaits(durable("a"));
    connAckWaits(durable("a"));
    connAckWaits(ShardBench.connect("a").cleanStart(true).build());
  }

  @Test
  void connAckWaitsWhenThereIsAWill() {
    Will will =
        new Will(TopicName.of("w"), Slice.utf8("x"), Qos.AT_MOST_ONCE, false, 0, -1, Slice.EMPTY);
    connAckWaits(ShardBench.connect("a").will(will).build());
  }

  @Test
  void connAckOfATransientSessionDoesNotWait() {
    ShardBench.Client client = bench.open(ShardBench.connect("a").build());
    bench.passWithoutTheLog(0);
    assertThat(client.received()).singleElement().isInstanceOf(ConnAck.class);
  }

  @Test
  void answerWithNothingToWaitForQueuesBehindOneThatWaits() {
    bench.connected(durable("s")).send(SUBSCRIBE);
    ShardBench.Client publisher = transientClient();
    publisher.put(publish(1));
    publisher.put(new Publish(TopicName.of("other"), Slice.utf8("x"), Qos.AT_LEAST_ONCE, false, 2));
    bench.passWithoutTheLog(0);
    assertThat(publisher.received()).isEmpty();
    bench.settle();
    assertThat(publisher.received())
        .extracting(packet -> ((PubAck) packet).packetId())
        .containsExactly(1, 2);
  }

  private void connAckWaits(Connect connect) {
    ShardBench.Client client = bench.open(connect);
    bench.passWithoutTheLog(0);
    assertThat(client.received()).isEmpty();
    bench.settle();
    assertThat(client.received()).singleElement().isInstanceOf(ConnAck.class);
    client.connection.lose();
    bench.settle();
  }

  private void waits(ShardBench.Client client, Packet packet, Class<? extends Packet> answer) {
    client.put(packet);
    bench.passWithoutTheLog(0);
    assertThat(client.received()).as("before the force").isEmpty();
    bench.settle();
    assertThat(client.received()).isNotEmpty().allSatisfy(p -> assertThat(p).isInstanceOf(answer));
  }

  private void comesAtOnce(
      ShardBench.Client client, Packet packet, Class<? extends Packet> answer) {
    client.put(packet);
    bench.passWithoutTheLog(0);
    assertThat(client.received()).singleElement().isInstanceOf(answer);
  }

  private ShardBench.Client transientClient() {
    return bench.connected(ShardBench.connect("transient").build());
  }

  private static Publish publish(int qos) {
    return ShardBench.message("t", "x", qos, 1);
  }

  private static Connect durable(String clientId) {
    return ShardBench.connect(clientId).cleanStart(false).sessionExpirySeconds(1_000).build();
  }
}
