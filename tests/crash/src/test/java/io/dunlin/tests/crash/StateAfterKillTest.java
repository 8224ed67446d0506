package io.dunlin.tests.crash;

import static io.dunlin.mqtt.Qos.AT_LEAST_ONCE;
import static io.dunlin.mqtt.Qos.AT_MOST_ONCE;
import static io.dunlin.mqtt.Qos.EXACTLY_ONCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.crashtest.Wire;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.Unsubscribe;
import io.dunlin.mqtt.Will;
import io.dunlin.tests.interop.BrokerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// One piece of state at a time: it is there, and as it was, after the broker was killed.
class StateAfterKillTest {
  private static BrokerProcess broker;

  @BeforeAll
  static void startBroker() {
    broker = BrokerProcess.start("--set", "session.will-grace-seconds=1");
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"V3_1_1", "V5"})
  void sessionAndSubscriptionAreThere(MqttVersion version) throws IOException {
    String clientId = "keeper-" + version;
    open(
        durable(version, clientId), wire -> wire.subscribe("kept/" + version + "/+", EXACTLY_ONCE));

    killAndRestart();

    open(
        durable(version, clientId),
        subscriber -> {
          assertThat(subscriber.sessionPresent()).isTrue();
          open(
              transientClient("p"),
              publisher -> publisher.publish("kept/" + version + "/x", "new", EXACTLY_ONCE, false));
          assertThat(subscriber.readPublish().payload().utf8()).isEqualTo("new");
        });
  }

  @Test
  void endedSubscriptionsAndSessionsStayAway() throws IOException {
    open(
        durable(MqttVersion.V5, "leaver"),
        wire -> {
          wire.subscribe("left", AT_LEAST_ONCE);
          wire.send(new Unsubscribe(2, List.of(TopicFilter.of("left")), List.of()));
          wire.read();
        });
    open(durable(MqttVersion.V5, "forgotten"), wire -> wire.subscribe("left", AT_LEAST_ONCE));
    open(transientClient("forgotten"), wire -> {});

    killAndRestart();

    open(
        durable(MqttVersion.V5, "leaver"),
        wire -> {
          assertThat(wire.sessionPresent()).isTrue();
          wire.publish("left", "nobody hears this", AT_LEAST_ONCE, false);
          wire.subscribe("marker", AT_MOST_ONCE);
          wire.publish("marker", "marker", AT_MOST_ONCE, false);
          assertThat(wire.readPublish().payload().utf8()).isEqualTo("marker");
        });
    open(durable(MqttVersion.V5, "forgotten"), wire -> assertThat(wire.sessionPresent()).isFalse());
  }

  @Test
  void retainedValuesAreTheLastAcknowledged() throws IOException {
    int topics = 50;
    open(
        transientClient("teller"),
        wire -> {
          for (int value = 1; value <= 3; value++) {
            for (int topic = 0; topic < topics; topic++) {
              wire.publish("told/" + topic, topic + "=" + value, Qos.of(value % 3), true);
            }
          }
          for (int topic = 0; topic < topics; topic += 2) {
            wire.publish("told/" + topic, "", AT_LEAST_ONCE, true);
          }
        });

    killAndRestart();

    open(
        transientClient("asker"),
        wire -> {
          wire.subscribe("told/+", AT_MOST_ONCE);
          List<String> values =
              IntStream.range(0, topics / 2).mapToObj(_ -> payloadOfNext(wire)).toList();
          assertThat(values)
              .containsExactlyInAnyOrderElementsOf(
                  IntStream.range(0, topics)
                      .filter(topic -> topic % 2 == 1)
                      .mapToObj(topic -> topic + "=3")
                      .toList());
          wire.publish("told/marker", "marker", AT_MOST_ONCE, false);
          assertThat(payloadOfNext(wire)).isEqualTo("marker");
        });
  }

  @Test
  void queuedMessagesComeOnceAndInOrder() throws IOException {
    open(durable(MqttVersion.V5, "sleeper"), wire -> wire.subscribe("slept", EXACTLY_ONCE));
    open(
        transientClient("p"),
        wire -> {
          for (int number = 0; number < 100; number++) {
            wire.publish("slept", "first " + number, EXACTLY_ONCE, false);
          }
        });
    killAndRestart();
    open(
        transientClient("p"),
        wire -> {
          for (int number = 0; number < 100; number++) {
            wire.publish("slept", "second " + number, EXACTLY_ONCE, false);
          }
        });

    killAndRestart();

    open(
        durable(MqttVersion.V5, "sleeper"),
        wire -> {
          for (String round : List.of("first ", "second ")) {
            for (int number = 0; number < 100; number++) {
              Publish publish = wire.readPublish();
              assertThat(publish.payload().utf8()).isEqualTo(round + number);
            }
          }
        });
  }

  @Test
  void messageThatWasReceivedButNotReleasedIsNotPublishedAgain() throws IOException {
    Publish publish = new Publish(TopicName.of("half"), Slice.utf8("once"), EXACTLY_ONCE, false, 7);
    Publish again =
        new Publish(
            publish.topic(),
            publish.payload(),
            EXACTLY_ONCE,
            false,
            true,
            7,
            0,
            false,
            -1,
            null,
            null,
            null,
            List.of(),
            List.of());
    open(durable(MqttVersion.V5, "listener"), wire -> wire.subscribe("half", EXACTLY_ONCE));
    open(
        durable(MqttVersion.V5, "sender"),
        wire -> {
          wire.send(publish);
          wire.expect(new PubRec(7));
        });

    killAndRestart();

    open(
        durable(MqttVersion.V5, "sender"),
        wire -> {
          assertThat(wire.sessionPresent()).isTrue();
          wire.send(again);
          wire.expect(new PubRec(7));
          wire.send(new PubRel(7));
          wire.expect(new PubComp(7));
          wire.publish("half", "marker", EXACTLY_ONCE, false);
        });
    open(
        durable(MqttVersion.V5, "listener"),
        wire -> {
          assertThat(payloadOfNext(wire)).isEqualTo("once");
          assertThat(payloadOfNext(wire)).isEqualTo("marker");
        });
  }

  @Test
  void deliveryThatWasReceivedIsOnlyReleased() throws IOException {
    open(durable(MqttVersion.V5, "taker"), wire -> wire.subscribe("taken", EXACTLY_ONCE));
    open(transientClient("p"), wire -> wire.publish("taken", "one", EXACTLY_ONCE, false));
    int[] packetId = new int[1];
    open(
        durable(MqttVersion.V5, "taker"),
        wire -> {
          packetId[0] = wire.readPublish().packetId();
          wire.send(new PubRec(packetId[0]));
          wire.expect(new PubRel(packetId[0]));
        });

    killAndRestart();

    open(
        durable(MqttVersion.V5, "taker"),
        wire -> {
          wire.expect(new PubRel(packetId[0]));
          wire.send(new PubComp(packetId[0]));
        });
  }

  @Test
  void acknowledgedDeliveryDoesNotComeAgain() throws IOException {
    open(durable(MqttVersion.V5, "acker"), wire -> wire.subscribe("acked", AT_LEAST_ONCE));
    open(
        transientClient("p"),
        wire -> {
          wire.publish("acked", "one", AT_LEAST_ONCE, false);
          wire.publish("acked", "two", AT_LEAST_ONCE, false);
        });
    open(
        durable(MqttVersion.V5, "acker"),
        wire -> {
          wire.send(new PubAck(wire.readPublish().packetId()));
          wire.readPublish();
        });
    // A record of the PUBACK is forced with what somebody waits for.
    open(transientClient("p"), wire -> wire.publish("acked", "three", AT_LEAST_ONCE, false));

    killAndRestart();

    open(
        durable(MqttVersion.V5, "acker"),
        wire -> {
          Publish publish = wire.readPublish();
          assertThat(publish.payload().utf8()).isEqualTo("two");
          assertThat(publish.dup()).isTrue();
        });
  }

  @Test
  void willOfAClientThatStaysAwayIsPublished() throws IOException {
    open(durable(MqttVersion.V5, "heir"), wire -> wire.subscribe("wills/+", AT_LEAST_ONCE));
    try (Wire away = new Wire(broker.address(), withWill("away"));
        Wire returning = new Wire(broker.address(), withWill("returning"))) {
      assertThat(List.of(away.sessionPresent(), returning.sessionPresent())).doesNotContain(true);
      killAndRestart();
    }

    open(
        withWill("returning"),
        _ ->
            open(
                durable(MqttVersion.V5, "heir"),
                heir -> {
                  Publish will = heir.readPublish();
                  assertThat(will.payload().utf8()).isEqualTo("will of away");
                  heir.send(new PubAck(will.packetId()));
                  // The other will had the same grace: it would come before this.
                  heir.publish("wills/marker", "marker", AT_MOST_ONCE, false);
                  assertThat(payloadOfNext(heir)).isEqualTo("marker");
                }));
  }

  private static void killAndRestart() {
    broker.kill();
    broker.restart();
  }

  private interface Talk {
    void over(Wire wire) throws IOException;
  }

  /// Connects, talks, and cuts the connection.
  private static void open(Connect connect, Talk talk) throws IOException {
    try (Wire wire = new Wire(broker.address(), connect)) {
      talk.over(wire);
    }
  }

  private static Connect durable(MqttVersion version, String clientId) {
    return Connect.builder(version, clientId).cleanStart(false).sessionExpirySeconds(3_600).build();
  }

  private static Connect transientClient(String clientId) {
    return Connect.builder(MqttVersion.V5, clientId).build();
  }

  private static Connect withWill(String clientId) {
    Will will =
        new Will(
            TopicName.of("wills/" + clientId),
            Slice.utf8("will of " + clientId),
            AT_LEAST_ONCE,
            false);
    return Connect.builder(MqttVersion.V5, clientId)
        .cleanStart(false)
        .sessionExpirySeconds(3_600)
        .will(will)
        .build();
  }

  private static String payloadOfNext(Wire wire) {
    try {
      return wire.readPublish().payload().utf8();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
