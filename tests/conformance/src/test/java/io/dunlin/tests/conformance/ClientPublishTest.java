package io.dunlin.tests.conformance;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.base.Slice;
import io.dunlin.client.Client;
import io.dunlin.client.ClientException;
import io.dunlin.client.Message;
import io.dunlin.client.Published;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.UserProperty;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// The sender's side of PUBLISH.
class ClientPublishTest extends ClientConformanceTest {
  @From311
  @Statement({
    "MQTT-2.2.1-2",
    "MQTT-2.2.2-1",
    "MQTT-3.2.2-17",
    "MQTT-3.2.2-18",
    "MQTT-3.3.1-2",
    "MQTT-3.3.1-4",
    "MQTT-3.3.2-1",
    "MQTT-3.3.2-8",
    "MQTT-3.3.2-9",
    "MQTT-3.3.4-6",
    "MQTT-4.3.1-1",
    "MQTT-4.3.2-2",
    "MQTT-4.3.3-2"
  })
  @Statement(
      value = {
        "MQTT-2.3.1-1",
        "MQTT-2.3.1-5",
        "MQTT-3.3.1-2",
        "MQTT-3.3.1-4",
        "MQTT-3.3.2-1",
        "MQTT-4.3.1-1"
      },
      version = "3.1.1")
  void aPublishHasTheBytesOfItsQos(Version version) {
    Pair pair = connect(version, clean(version), NOTHING);

    for (int qos = 0; qos < 3; qos++) {
      var _ = pair.client().publish(message("p", qos));
    }

    for (int qos = 0; qos < 3; qos++) {
      Bytes body = new Bytes().string("t");
      if (qos > 0) {
        body.u16(qos);
      }
      if (version.hasProperties()) {
        body.u8(0);
      }
      assertThat(pair.line().expect(PacketType.PUBLISH).whole())
          .isEqualTo(Bytes.packet(0x30 | qos << 1, body.raw("p".getBytes(US_ASCII))));
    }
  }

  @Test
  @Statement({"MQTT-3.2.2-17", "MQTT-3.2.2-18", "MQTT-3.3.2-7", "MQTT-3.3.2-8", "MQTT-3.3.2-9"})
  void topicsGoByAsManyAliasesAsBothSidesTakeAnewOnEachConnection() {
    Bytes two = new Bytes().property(Property.TOPIC_ALIAS_MAXIMUM, 2);
    Pair pair = connect(Version.V5, config(durable(Version.V5)).maxTopicAliases(3), two);
    List<String> topics = List.of("plant/a", "plant/b", "plant/a", "plant/c", "plant/a", "plant/b");
    for (int i = 0; i < topics.size(); i++) {
      var _ = pair.client().publish(Message.of(topics.get(i), Slice.EMPTY, Qos.of(i % 3)));
    }
    for (String expected :
        List.of("plant/a 1", "plant/b 2", " 1", "plant/c 2", " 1", "plant/b 2")) {
      expectAliased(pair.line(), expected);
    }

    ServerScript.Line again = reconnect(pair.line(), Version.V5, true); // that takes none

    for (String expected : List.of("plant/b", "plant/a", "plant/a", "plant/b")) {
      expectAliased(again, expected + " null");
    }
  }

  private static void expectAliased(ServerScript.Line line, String topicAndAlias) {
    FromClient publish = line.expect(PacketType.PUBLISH);
    assertThat(publish.topic() + " " + publish.value(Property.TOPIC_ALIAS))
        .isEqualTo(topicAndAlias);
  }

  @From311
  @Statement({"MQTT-2.2.1-3", "MQTT-4.3.2-1", "MQTT-4.3.3-1"})
  @Statement(
      value = {"MQTT-2.3.1-1", "MQTT-2.3.1-2", "MQTT-4.3.2-1"},
      version = "3.1.1")
  void identifiersInUseDiffer(Version version) {
    Pair pair = connect(version, clean(version), NOTHING);
    Set<Integer> identifiers = new HashSet<>();

    for (int i = 0; i < 20; i++) {
      var _ = pair.client().publish(message("p", 1 + i % 2));
      var _ = pair.client().subscribe("t" + i, Qos.AT_MOST_ONCE);
      var _ = pair.client().unsubscribe(List.of(TopicFilter.of("t")), List.of());
    }

    for (int i = 0; i < 60; i++) {
      FromClient packet = Objects.requireNonNull(pair.line().read());
      assertThat(packet.packetId()).isNotZero();
      identifiers.add(packet.packetId());
    }
    assertThat(identifiers).hasSize(60);
  }

  @From311
  @Statement({
    "MQTT-2.2.1-5",
    "MQTT-3.6.1-1",
    "MQTT-3.6.2-1",
    "MQTT-3.6.2-2",
    "MQTT-3.6.2-3",
    "MQTT-4.3.3-4",
    "MQTT-4.3.3-6",
    "MQTT-4.3.3-7",
    "MQTT-4.6.0-4"
  })
  @Statement("rule-ack-short-form")
  @Statement(
      value = {"MQTT-2.3.1-6", "MQTT-3.6.1-1", "MQTT-4.3.3-1", "MQTT-4.6.0-4"},
      version = "3.1.1")
  void aPubRecGetsAPubRelWithItsIdentifierInTheirOrder(Version version) {
    Pair pair = connect(version, clean(version), NOTHING);
    // One that expires at once: an exchange that has begun goes on.
    CompletableFuture<Published> first =
        pair.client().publish(Message.builder("t").qos(Qos.EXACTLY_ONCE).expirySeconds(0).build());
    CompletableFuture<Published> second = pair.client().publish(message("2", 2));
    pair.line().expect(PacketType.PUBLISH, 1);
    pair.line().expect(PacketType.PUBLISH, 2);

    pair.line().send(Packets.pubRec(2), Packets.pubRec(1));

    for (int packetId : List.of(2, 1)) {
      assertThat(pair.line().expect(PacketType.PUBREL).whole())
          .isEqualTo(new byte[] {0x62, 2, 0, (byte) packetId});
    }
    assertThat(first).isNotDone();
    pair.line().send(Packets.pubComp(1), Packets.pubComp(2));
    assertThat(await(first).reasonCode()).isEqualTo(ReasonCode.SUCCESS);
    await(second);
    pair.line().expectNothing();
  }

  @From311
  @Statement({
    "MQTT-3.1.2-23",
    "MQTT-3.3.1-1",
    "MQTT-4.1.0-1",
    "MQTT-4.3.2-3",
    "MQTT-4.3.3-3",
    "MQTT-4.3.3-5",
    "MQTT-4.4.0-1",
    "MQTT-4.6.0-1"
  })
  @Statement(
      value = {
        "MQTT-2.3.1-3",
        "MQTT-3.1.2-4",
        "MQTT-3.3.1-1",
        "MQTT-4.1.0-1",
        "MQTT-4.1.0-2",
        "MQTT-4.3.2-1",
        "MQTT-4.3.3-1",
        "MQTT-4.4.0-1",
        "MQTT-4.6.0-1",
        "MQTT-4.8.0-2"
      },
      version = "3.1.1")
  void whatIsUnfinishedIsSentAgainWithTheSessionInItsOrder(Version version) {
    Pair pair = connect(version, durable(version), NOTHING);
    List<CompletableFuture<Published>> all = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      all.add(pair.client().publish(message("m" + i, i == 1 || i == 4 ? 1 : 2)));
      pair.line().expectPublish("m" + i);
    }
    pair.line().send(Packets.pubRec(2));
    pair.line().expect(PacketType.PUBREL, 2);

    ServerScript.Line again = reconnect(pair.line(), version, true);

    again.expect(PacketType.PUBLISH, 1);
    again.expect(PacketType.PUBREL, 2);
    for (int i = 3; i <= 4; i++) {
      FromClient publish = again.expect(PacketType.PUBLISH, i);
      assertThat(publish.dup()).isTrue();
      assertThat(publish.payload()).isEqualTo("m" + i);
    }
    again.send(Packets.pubAck(1), Packets.pubComp(2), Packets.pubRec(3), Packets.pubAck(4));
    again.expect(PacketType.PUBREL, 3);
    again.send(Packets.pubComp(3));
    all.forEach(ClientConformanceTest::await);
    again.expectNothing();
  }

  @From311
  @Statement({"MQTT-3.2.2-5", "MQTT-4.4.0-1"})
  @Statement(value = "MQTT-3.1.2-6", version = "3.1.1")
  void withoutTheSessionItsStateIsThrownAway(Version version) {
    Pair pair = connect(version, clean(version), NOTHING);
    CompletableFuture<Published> once = pair.client().publish(message("once", 2));
    CompletableFuture<Published> released = pair.client().publish(message("released", 2));
    CompletableFuture<Published> atLeastOnce = pair.client().publish(message("again", 1));
    for (int i = 1; i <= 3; i++) {
      pair.line().expect(PacketType.PUBLISH, i);
    }
    pair.line().send(Packets.pubRec(2));
    pair.line().expect(PacketType.PUBREL, 2);

    ServerScript.Line again = reconnect(pair.line(), version, false);

    FromClient publish = again.expectPublish("again"); // as a new message
    assertThat(publish.dup()).isFalse();
    again.send(Packets.pubAck(publish.packetId()));
    await(atLeastOnce);
    await(released); // the server had it
    assertThat(failure(once)).isInstanceOf(ClientException.SessionLost.class);
    again.expectNothing();
  }

  @Test
  @Statement("MQTT-4.4.0-2")
  void aRefusedMessageIsNotSentAgain() {
    Pair pair = connect(Version.V5, durable(Version.V5), NOTHING);
    CompletableFuture<Published> first = pair.client().publish(message("1", 1));
    CompletableFuture<Published> second = pair.client().publish(message("2", 2));
    pair.line().expectPublish("1");
    pair.line().expectPublish("2");

    pair.line()
        .send(Packets.ack(PacketType.PUBACK, 1, 0x97), Packets.ack(PacketType.PUBREC, 2, 0x97));

    for (CompletableFuture<Published> each : List.of(first, second)) {
      assertThat(failure(each)).isInstanceOf(ClientException.PublishRefused.class);
    }
    reconnect(pair.line(), Version.V5, true).expectNothing();
  }

  @Test
  @Statement({"MQTT-3.3.4-7", "MQTT-3.3.4-8", "MQTT-4.9.0-1", "MQTT-4.9.0-2", "MQTT-4.9.0-3"})
  void noMoreIsOpenThanTheServersReceiveMaximum() {
    Pair pair =
        connect(Version.V5, clean(Version.V5), new Bytes().property(Property.RECEIVE_MAXIMUM, 2));
    for (int i = 1; i <= 5; i++) {
      var _ = pair.client().publish(message("m" + i, i == 2 ? 2 : 1));
    }
    pair.line().expectPublish("m1");
    pair.line().expectPublish("m2");

    var _ = pair.client().publish(message("free", 0)); // all else goes on
    pair.line().expectPublish("free");
    var _ = pair.client().subscribe("s", Qos.AT_MOST_ONCE);
    pair.line().expect(PacketType.SUBSCRIBE);
    pair.line().send(Publish.publish("t", "in").qos(1, 9));
    pair.line().expect(PacketType.PUBACK, 9);
    pair.line().send(Packets.pubRec(2));
    pair.line().expect(PacketType.PUBREL, 2);
    pair.line().expectNothing(); // a PUBREC leaves it open

    pair.line().send(Packets.pubComp(2));
    pair.line().expectPublish("m3");
    pair.line().send(Packets.pubAck(1));
    pair.line().expectPublish("m4");
    pair.line().expectNothing();
  }

  @Test
  @Statement("rule-receive-maximum-absent")
  void withoutAReceiveMaximumAllGoOut() {
    Pair pair = connect(Version.V5, clean(Version.V5), NOTHING);

    for (int i = 0; i < 500; i++) {
      var _ = pair.client().publish(message("m" + i, 1));
    }

    for (int i = 0; i < 500; i++) {
      pair.line().expectPublish("m" + i);
    }
  }

  @Test
  @Statement({"MQTT-3.2.2-11", "MQTT-3.2.2-14", "MQTT-3.2.2-15"})
  void whatTheServerSaysItDoesNotTakeIsNotSent() {
    Pair pair =
        connect(
            Version.V5,
            clean(Version.V5),
            new Bytes()
                .property(Property.MAXIMUM_QOS, 1)
                .property(Property.RETAIN_AVAILABLE, 0)
                .property(Property.MAXIMUM_PACKET_SIZE, 50));
    Client client = pair.client();
    List<CompletableFuture<Published>> refused =
        List.of(
            client.publish(message("qos", 2)),
            client.publish(Message.builder("t").retain(true).build()),
            client.publish(Message.builder("t").retain(true).qos(Qos.AT_LEAST_ONCE).build()),
            client.publish(message("x".repeat(60), 0)),
            client.publish(message("x".repeat(60), 1)));

    for (CompletableFuture<Published> each : refused) {
      assertThat(failure(each)).isInstanceOf(ClientException.PublishRefused.class);
    }
    pair.line().expectNothing();
    var _ = client.publish(message("fits", 1));
    pair.line().expectPublish("fits");
  }

  @Test
  @Statement("rule-maximum-packet-size-absent")
  void withoutAMaximumPacketSizeALargeMessageGoesOut() {
    Pair pair = connect(Version.V5, clean(Version.V5), NOTHING);
    String large = "x".repeat(1 << 20);

    var _ = pair.client().publish(message(large, 0));

    pair.line().expectPublish(large);
  }

  @Test
  @Statement({"MQTT-3.3.2-2", "MQTT-4.7.0-1", "MQTT-4.7.3-1", "MQTT-4.7.3-2", "MQTT-4.7.3-3"})
  @Statement("rule-publish-empty-topic")
  @Statement(
      value = {"MQTT-3.3.2-2", "MQTT-4.7.1-1", "MQTT-4.7.3-1", "MQTT-4.7.3-2", "MQTT-4.7.3-3"},
      version = "3.1.1")
  void whatIsNoTopicNameIsNotPublishedTo() {
    for (String wrong : List.of("", "a/+", "a/#", "a\0", "x".repeat(65_536))) {
      assertThatThrownBy(() -> Message.builder(wrong)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(Message.builder("x".repeat(65_535)).build().topic().bytes().length())
        .isEqualTo(65_535);
  }

  @From311
  @Statement("MQTT-1.5.4-3")
  @Statement("rule-utf8-control-characters")
  @Statement(value = "MQTT-1.5.3-3", version = "3.1.1")
  void theByteOrderMarkAndControlCharactersStay(Version version) {
    Pair pair = connect(version, clean(version), NOTHING);
    String topic = "\uFEFFa\u0001/\uFEFF";

    var _ = pair.client().publish(Message.of(topic, Slice.EMPTY, Qos.AT_MOST_ONCE));

    assertThat(pair.line().expect(PacketType.PUBLISH).topic()).isEqualTo(topic);
  }

  @Test
  @Statement({"MQTT-3.3.2-1", "MQTT-3.3.2-13", "MQTT-3.3.2-19", "MQTT-1.5.7-1"})
  void thePropertiesOfAMessageGoWithIt() {
    Pair pair = connect(Version.V5, clean(Version.V5), NOTHING);

    var _ =
        pair.client()
            .publish(
                Message.builder("t")
                    .payloadFormatUtf8(true)
                    .expirySeconds(9)
                    .contentType("text/plain")
                    .responseTopic(TopicName.of("r"))
                    .correlationData(Slice.utf8("c"))
                    .userProperties(List.of(new UserProperty("k", "v")))
                    .build());

    FromClient publish = pair.line().expect(PacketType.PUBLISH);
    assertThat(publish.value(Property.PAYLOAD_FORMAT_INDICATOR)).isEqualTo(1L);
    assertThat(publish.value(Property.MESSAGE_EXPIRY_INTERVAL)).isEqualTo(9L);
    assertThat(publish.value(Property.CONTENT_TYPE)).isEqualTo("text/plain");
    assertThat(publish.value(Property.RESPONSE_TOPIC)).isEqualTo("r");
    assertThat(publish.value(Property.CORRELATION_DATA)).isEqualTo(new byte[] {'c'});
    assertThat(publish.value(Property.USER_PROPERTY)).isEqualTo("k=v");
  }

  @Test
  @Statement({"rule-ack-unknown-pubrec", "rule-ack-unknown-pubcomp"})
  void acknowledgementsOfNothingAreNoError() {
    Pair pair = connect(Version.V5, clean(Version.V5), NOTHING);

    pair.line().send(Packets.pubAck(7), Packets.pubComp(8), Packets.pubRec(9));

    FromClient release = pair.line().expect(PacketType.PUBREL, 9);
    assertThat(release.reason()).isEqualTo(0x92);
    pair.line().expectNothing();
  }
}
