package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Rights;
import io.dunlin.codec.PacketEncoder;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PingReq;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
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
import io.dunlin.transport.ConnectionHandler;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class AnswersTest {
  private final ShardBench bench = new ShardBench(1, (_, _) -> new NothingPrivate());

  // MQTT 5.0 §3.4.2.2.2, §3.5.2.2.2, §3.9.2.1.2
  @Test
  void aRefusalSaysWhy() {
    ShardBench.Client client = bench.connected(ShardBench.connect("a").build());

    client.publish("private", "x", 1, 1);
    assertThat(client.received())
        .containsExactly(
            new PubAck(1, ReasonCode.NOT_AUTHORIZED, "may not publish to this topic", List.of()));
    client.publish("private", "x", 2, 2);
    assertThat(client.received())
        .containsExactly(
            new PubRec(2, ReasonCode.NOT_AUTHORIZED, "may not publish to this topic", List.of()));
    client.send(subscribe("public", "private"));
    assertThat(client.received())
        .containsExactly(
            new SubAck(
                1,
                List.of(ReasonCode.SUCCESS, ReasonCode.NOT_AUTHORIZED),
                "may not subscribe to one of the filters",
                List.of()));
    client.send(new PubRel(9, ReasonCode.SUCCESS));
    assertThat(client.received())
        .first()
        .isInstanceOfSatisfying(
            PubComp.class, answer -> assertThat(answer.reasonString()).isNotNull());
  }

  @Test
  void whoeverWantsNoProblemInformationGetsReasonCodesOnly() { // [MQTT-3.1.2-29]
    ShardBench.Client client =
        bench.connected(ShardBench.connect("a").requestProblemInformation(false).build());

    client.publish("private", "x", 1, 1);
    client.publish("private", "x", 2, 2);
    client.send(subscribe("private"));

    assertThat(client.received())
        .containsExactly(
            new PubAck(1, ReasonCode.NOT_AUTHORIZED),
            new PubRec(2, ReasonCode.NOT_AUTHORIZED),
            new SubAck(1, List.of(ReasonCode.NOT_AUTHORIZED)));
  }

  @Test
  void aReasonStringThatDoesNotFitIsLeftOut() { // [MQTT-3.4.2-2] [MQTT-3.5.2-2] [MQTT-3.9.2-1]
    ShardBench.Client client =
        bench.connected(ShardBench.connect("a").maximumPacketSize(30).build());

    client.publish("private", "x", 1, 1);
    client.publish("private", "x", 2, 2);
    client.send(subscribe("private"));

    assertThat(client.received())
        .containsExactly(
            new PubAck(1, ReasonCode.NOT_AUTHORIZED),
            new PubRec(2, ReasonCode.NOT_AUTHORIZED),
            new SubAck(1, List.of(ReasonCode.NOT_AUTHORIZED)));
  }

  @Test
  void beforeMqtt5NothingIsSaid() {
    Connect connect = Connect.builder(MqttVersion.V3_1_1, "a").cleanStart(true).build();
    ShardBench.Client client = bench.connected(connect);

    client.publish("private", "x", 1, 1);

    assertThat(client.received()).containsExactly(new PubAck(1, ReasonCode.SUCCESS));
  }

  @Test
  void anAnswerLargerThanTheClientTakesEndsTheConnection() { // [MQTT-3.1.2-24]
    ShardBench.Client client =
        bench.connected(ShardBench.connect("a").maximumPacketSize(30).build());

    client.send(subscribe(Collections.nCopies(40, "public").toArray(String[]::new)));

    List<Packet> received = client.received();
    assertThat(received).hasSize(1);
    assertThat(received.getFirst())
        .isInstanceOfSatisfying(
            Disconnect.class,
            end -> assertThat(end.reasonCode()).isEqualTo(ReasonCode.PACKET_TOO_LARGE));
    assertThat(client.connection.closed).isTrue();
  }

  @Test
  void bytesBeforeAnIncompletePacketAreCounted() {
    ShardBench.Client client = bench.connected(ShardBench.connect("a").build());
    FakeLoop loop = bench.loops.getFirst();
    Slice ping = PacketEncoder.encode(PingReq.INSTANCE, MqttVersion.V5);
    int at = loop.reserve(3);
    ping.copyTo(loop.arena(), at);
    ping.sub(0, 1).copyTo(loop.arena(), at + 2);
    Counters counters = bench.shards.getFirst().counters;
    long before = counters.bytesReceived;

    ConnectionHandler handler = Objects.requireNonNull(client.connection.handler);
    int consumed = handler.onBytes(loop.arena(), at, at + 3);

    assertThat(consumed - at).isEqualTo(2);
    assertThat(counters.bytesReceived - before).isEqualTo(2);
    bench.settle();
  }

  @Test
  void whatIsAcceptedAsRetainedIsKept() {
    ShardBench.Client client = bench.connected(ShardBench.connect("a").build());
    int refused = 0;
    int kept = 0;
    for (int i = 1; i <= 40; i++) {
      String payload = "x".repeat(60_000 / 2);
      TopicName topic = TopicName.of("public/" + i);
      client.send(new Publish(topic, Slice.utf8(payload), Qos.AT_LEAST_ONCE, true, i));
      PubAck answer = (PubAck) client.received().getFirst();
      refused += answer.reasonCode().isFailure() ? 1 : 0;
      kept += answer.reasonCode().isFailure() ? 0 : 1;
    }
    assertThat(refused).as("some do not fit into 1 MiB").isPositive();
    client.subscribe("public/#", 0);
    assertThat(bench.retained.size()).isEqualTo(kept);
  }

  private static Subscribe subscribe(String... filters) {
    SubscriptionOptions options = SubscriptionOptions.of(Qos.AT_MOST_ONCE);
    return new Subscribe(
        1,
        List.of(filters).stream().map(f -> new Subscription(TopicFilter.of(f), options)).toList());
  }

  /// Nobody may do anything with the topic `private`.
  private static final class NothingPrivate implements Rights {
    @Override
    public boolean mayPublish(TopicName topic) {
      return !topic.toString().equals("private");
    }

    @Override
    public boolean maySubscribe(TopicFilter filter) {
      return !filter.toString().equals("private");
    }

    @Override
    public boolean mayReceive(TopicName topic) {
      return mayPublish(topic);
    }
  }
}
