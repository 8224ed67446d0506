package io.dunlin.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.client.ClientConfig;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.SubAck;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/// The receiver's side of PUBLISH.
class ClientReceiveTest extends ClientConformanceTest {
  @From311
  @Statement({
    "MQTT-2.2.1-5",
    "MQTT-3.3.4-1",
    "MQTT-3.4.2-1",
    "MQTT-3.4.2-2",
    "MQTT-3.4.2-3",
    "MQTT-3.5.2-1",
    "MQTT-3.5.2-2",
    "MQTT-3.5.2-3",
    "MQTT-3.7.2-1",
    "MQTT-3.7.2-2",
    "MQTT-3.7.2-3",
    "MQTT-4.3.2-4",
    "MQTT-4.3.3-8",
    "MQTT-4.3.3-11",
    "MQTT-4.5.0-2"
  })
  @Statement(
      value = {"MQTT-2.3.1-6", "MQTT-3.3.4-1", "MQTT-4.3.2-2", "MQTT-4.3.3-2", "MQTT-4.5.0-2"},
      version = "3.1.1")
  void eachMessageIsAnsweredByItsQos(Version version) {
    // Without a handler: acknowledged whether or not it is used.
    ClientConfig.Builder unused = config(clean(version)).handler(_ -> {});
    Pair pair = connect(version, unused, NOTHING);

    pair.line().send(Publish.publish("t", "0"));
    pair.line().expectNothing();
    pair.line().send(Publish.publish("t", "1").qos(1, 11));
    assertThat(pair.line().expect(PacketType.PUBACK).whole())
        .isEqualTo(new byte[] {0x40, 2, 0, 11});
    pair.line().send(Publish.publish("t", "2").qos(2, 12));
    assertThat(pair.line().expect(PacketType.PUBREC).whole())
        .isEqualTo(new byte[] {0x50, 2, 0, 12});
    pair.line().send(Packets.pubRel(12));
    assertThat(pair.line().expect(PacketType.PUBCOMP).whole())
        .isEqualTo(new byte[] {0x70, 2, 0, 12});
  }

  @From311
  @Statement({"MQTT-4.6.0-2", "MQTT-4.6.0-3"})
  @Statement(
      value = {"MQTT-4.6.0-2", "MQTT-4.6.0-3"},
      version = "3.1.1")
  void acknowledgementsGoInTheOrderOfTheMessages(Version version) {
    Pair pair = connect(version, clean(version), NOTHING);

    for (int id = 30; id > 10; id--) {
      pair.line().send(Publish.publish("t", "m").qos(1 + id % 2, id));
    }

    for (int id = 30; id > 10; id--) {
      pair.line().expect(id % 2 == 0 ? PacketType.PUBACK : PacketType.PUBREC, id);
    }
  }

  @From311
  @Statement({"MQTT-4.3.3-10", "MQTT-4.3.3-12", "MQTT-4.3.3-13"})
  @Statement(
      value = {"MQTT-4.3.3-2", "MQTT-3.1.2-4"},
      version = "3.1.1")
  void aQos2MessageIsDeliveredOnceAlsoOverConnections(Version version) {
    Pair pair = connect(version, durable(version), NOTHING);
    Publish publish = Publish.publish("t", "once").qos(2, 5);
    if (version.hasProperties()) {
      publish.with(Property.MESSAGE_EXPIRY_INTERVAL, 0); // the exchange goes on all the same
    }
    pair.line().send(publish);
    pair.line().expect(PacketType.PUBREC, 5);
    pair.line().send(publish.dup());
    pair.line().expect(PacketType.PUBREC, 5);

    ServerScript.Line again = reconnect(pair.line(), version, true);
    again.send(publish.dup());
    again.expect(PacketType.PUBREC, 5);
    again.send(Packets.pubRel(5));
    again.expect(PacketType.PUBCOMP, 5);
    again.send(Publish.publish("t", "new").qos(2, 5)); // now it is another message
    again.expect(PacketType.PUBREC, 5);

    assertThat(nextReceived()).isEqualTo("once");
    assertThat(nextReceived()).isEqualTo("new");
    assertThat(received).isEmpty();
  }

  @From311
  @Statement("MQTT-4.3.2-5")
  @Statement(value = "MQTT-4.3.2-2", version = "3.1.1")
  void afterThePubAckTheIdentifierIsANewMessage(Version version) {
    Pair pair = connect(version, clean(version), NOTHING);

    pair.line().send(Publish.publish("t", "first").qos(1, 5));
    pair.line().expect(PacketType.PUBACK, 5);
    pair.line().send(Publish.publish("t", "second").qos(1, 5).dup());
    pair.line().expect(PacketType.PUBACK, 5);

    assertThat(nextReceived()).isEqualTo("first");
    assertThat(nextReceived()).isEqualTo("second");
  }

  @Test
  @Statement({"MQTT-4.3.3-9", "MQTT-3.4.2-1", "MQTT-3.5.2-1"})
  void aMessageThatTheApplicationCannotTakeIsRefused() {
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((thread, e) -> { // of all tests that run at this time
      if (thread.getName().equals("dunlin-client-handler")) {
        received.add(String.valueOf(e.getMessage()));
      }
    });
    try {
      ClientConfig.Builder failing =
          config(clean(Version.V5))
              .handler(message -> {
                throw new IllegalStateException("no " + message.message().payload().utf8());
              });
      Pair pair = connect(Version.V5, failing, NOTHING);

      pair.line().send(Publish.publish("t", "1").qos(1, 1), Publish.publish("t", "2").qos(2, 2));

      assertThat(pair.line().expect(PacketType.PUBACK, 1).reason()).isEqualTo(0x83);
      assertThat(pair.line().expect(PacketType.PUBREC, 2).reason()).isEqualTo(0x83);
      pair.line().send(Publish.publish("t", "new").qos(2, 2));
      assertThat(pair.line().expect(PacketType.PUBREC, 2).reason()).isEqualTo(0x83);
      assertThat(List.of(nextReceived(), nextReceived(), nextReceived()))
          .containsExactly("no 1", "no 2", "no new");
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
  }

  @Test
  @Statement({"MQTT-3.3.2-7", "MQTT-3.3.2-10"})
  @Statement({"rule-publish-alias-set-anew", "rule-publish-alias-not-set"})
  void topicAliasesStandForTheirTopicsOnTheirConnection() {
    ClientConfig.Builder config =
        config(durable(Version.V5).topicAliasMaximum(3))
            .handler(message ->
                received.add(message.message().topic() + " " + message.message().payload().utf8()));
    Pair pair = connect(Version.V5, config, NOTHING);

    pair.line()
        .send(
            Publish.publish("a", "1").with(Property.TOPIC_ALIAS, 1),
            Publish.publish("b", "2").with(Property.TOPIC_ALIAS, 3),
            Publish.publish("", "3").with(Property.TOPIC_ALIAS, 1),
            Publish.publish("c", "4").with(Property.TOPIC_ALIAS, 1),
            Publish.publish("", "5").with(Property.TOPIC_ALIAS, 1),
            Publish.publish("", "6").with(Property.TOPIC_ALIAS, 3));

    for (String expected : List.of("a 1", "b 2", "a 3", "c 4", "c 5", "b 6")) {
      assertThat(nextReceived()).isEqualTo(expected);
    }
    ServerScript.Line again = reconnect(pair.line(), Version.V5, true);
    again.send(Publish.publish("", "7").with(Property.TOPIC_ALIAS, 1));
    assertThat(again.expect(PacketType.DISCONNECT).reason()).isEqualTo(0x82);
    again.expectEnd();
  }

  @Test
  @Statement("rule-publish-above-receive-maximum")
  void moreThanTheReceiveMaximumEndsTheConnection() throws InterruptedException {
    CountDownLatch held = new CountDownLatch(1);
    ClientConfig.Builder config =
        config(clean(Version.V5).receiveMaximum(2))
            .handler(_ -> {
              try {
                held.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    Pair pair = connect(Version.V5, config, NOTHING);

    for (int id = 1; id <= 3; id++) {
      pair.line().send(Publish.publish("t", "m").qos(1 + id % 2, id));
    }

    assertThat(pair.line().expect(PacketType.DISCONNECT).reason()).isEqualTo(0x93);
    pair.line().expectEnd();
    held.countDown();
  }

  @Test
  @Statement("rule-ack-unknown-pubrel")
  void aPubRelOfNothingIsAnsweredWithThat() {
    Pair pair = connect(Version.V5, clean(Version.V5), NOTHING);

    pair.line().send(Packets.pubRel(77));

    assertThat(pair.line().expect(PacketType.PUBCOMP, 77).reason()).isEqualTo(0x92);
    pair.line().expectNothing();
  }

  @Test
  @Statement("rule-subscribe-publish-before-suback")
  void aMessageMayComeBeforeTheSubAck() {
    Pair pair = connect(Version.V5, clean(Version.V5), NOTHING);
    CompletableFuture<SubAck> answer = pair.client().subscribe("t", Qos.AT_LEAST_ONCE);
    FromClient subscribe = pair.line().expect(PacketType.SUBSCRIBE);

    pair.line().send(Publish.publish("t", "early").qos(1, 1));

    assertThat(nextReceived()).isEqualTo("early");
    pair.line().expect(PacketType.PUBACK, 1);
    pair.line().send(Bytes.packet(0x90, new Bytes().u16(subscribe.packetId()).u8(0).u8(1)));
    assertThat(await(answer).reasonCodes()).hasSize(1);
  }

  @From311
  @Statement("MQTT-1.5.4-3")
  @Statement("rule-utf8-control-characters")
  @Statement(value = "MQTT-1.5.3-3", version = "3.1.1")
  void theByteOrderMarkAndControlCharactersOfATopicStay(Version version) {
    ClientConfig.Builder config =
        config(clean(version)).handler(m -> received.add(m.message().topic().toString()));
    Pair pair = connect(version, config, NOTHING);

    pair.line().send(Publish.publish("\uFEFFa\u0001", ""));

    assertThat(nextReceived()).isEqualTo("\uFEFFa\u0001");
  }
}
