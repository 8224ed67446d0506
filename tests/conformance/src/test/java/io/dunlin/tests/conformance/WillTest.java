package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Bytes.bytes;
import static io.dunlin.tests.conformance.Connect.connect;
import static io.dunlin.tests.conformance.Will.will;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/// The will: when it is published and when not, and as what.
class WillTest extends ConformanceTest {
  private final String topic = topic();

  @EveryVersion
  @Statement({"MQTT-3.1.2-7", "MQTT-3.1.2-8", "MQTT-3.1.2-9"})
  @Statement(
      value = {"MQTT-3.1.2-8", "MQTT-3.1.2-9", "MQTT-4.8.0-2"},
      version = "3.1.1")
  void theWillIsPublishedWhenTheConnectionIsLost(Version version) {
    for (int qos = 0; qos <= 2; qos++) {
      Wire watcher = subscriber(version, topic, 2);
      client(version, connect(clientId()).will(will(topic, "gone").qos(qos))).close();
      Received will = watcher.expectPublish(topic, "gone");
      assertThat(will.qos()).as("QoS of %s", will).isEqualTo(qos);
      leave(watcher);
    }
  }

  @EveryVersion
  @Statement({"MQTT-3.1.2-8", "MQTT-4.13.1-1"})
  @Statement(
      value = {"MQTT-3.1.2-8", "MQTT-4.8.0-1"},
      version = "3.1.1")
  void theWillIsPublishedAfterAProtocolViolation(Version version) {
    Wire watcher = subscriber(version, topic, 0);
    Wire client = client(version, connect(clientId()).will(will(topic, "gone")));
    client.send(bytes(0x36, 0x00)); // QoS 3
    client.expectRefusal(Reason.MALFORMED);
    watcher.expectPublish(topic, "gone");
  }

  @EveryVersion
  @Statement({"MQTT-3.14.4-3", "MQTT-3.1.2-10"})
  @Statement(
      value = {"MQTT-3.14.4-3", "MQTT-3.1.2-10"},
      version = "3.1.1")
  void aDisconnectDiscardsTheWill(Version version) {
    Wire watcher = subscriber(version, topic, 0);
    leave(client(version, connect(clientId()).will(will(topic, "gone"))));
    expectNothingFrom(client(version), watcher);
  }

  @EveryVersion
  @Statement("MQTT-3.1.2-10")
  @Statement(value = "MQTT-3.1.2-10", version = "3.1.1")
  void theWillIsPublishedOnce(Version version) {
    String clientId = clientId();
    Wire watcher = subscriber(version, topic, 0);
    client(version, connect(clientId).will(will(topic, "gone"))).close();
    watcher.expectPublish(topic, "gone");
    client(version, connect(clientId)).close();
    expectNothingFrom(client(version), watcher);
  }

  @EveryVersion
  @Statement(value = "MQTT-3.1.2-12", version = "3.1.1")
  void theWillOfAFormerConnectionIsNotTheNextOnes(Version version) {
    String clientId = clientId();
    Wire watcher = subscriber(version, topic, 0);
    leave(client(version, durable(clientId).will(will(topic, "gone"))));
    Wire withoutWill = durableClient(version, clientId);
    withoutWill.send(bytes(0x36, 0x00)); // QoS 3
    withoutWill.expectRefusal(Reason.MALFORMED);
    expectNothingFrom(client(version), watcher);
  }

  @EveryVersion
  @Statement({"MQTT-3.1.2-14", "MQTT-3.1.2-15"})
  @Statement(
      value = {"MQTT-3.1.2-16", "MQTT-3.1.2-17"},
      version = "3.1.1")
  void theWillIsRetainedExactlyIfWillRetainIsSet(Version version) {
    Wire watcher = subscriber(version, topic + "/#", 0);
    client(version, connect(clientId()).will(will(topic + "/kept", "kept").retained())).close();
    watcher.expectPublish(topic + "/kept", "kept");
    client(version, connect(clientId()).will(will(topic + "/lost", "lost"))).close();
    watcher.expectPublish(topic + "/lost", "lost");
    Wire late = subscriber(version, topic + "/#", 0);
    assertThat(late.expectPublish(topic + "/kept", "kept").retain()).isTrue();
    late.expectNothing();
    late.publishRetained(topic + "/kept", "", 0);
  }

  @EveryVersion
  void aWillMayBeEmpty(Version version) {
    Wire watcher = subscriber(version, topic, 0);
    client(version, connect(clientId()).will(will(topic, ""))).close();
    watcher.expectPublish(topic, "");
  }

  @Test
  @Statement("MQTT-3.1.3-10")
  void thePropertiesOfTheWillAreForwardedInTheirOrder() {
    Wire watcher = subscriber(Version.V5, topic, 0);
    Will will =
        will(topic, "gone")
            .with(Property.USER_PROPERTY, "b=1")
            .with(Property.USER_PROPERTY, "a=2")
            .with(Property.USER_PROPERTY, "b=1")
            .with(Property.CONTENT_TYPE, "text/plain")
            .with(Property.RESPONSE_TOPIC, "answers")
            .with(Property.CORRELATION_DATA, new byte[] {1, 2})
            .with(Property.PAYLOAD_FORMAT_INDICATOR, 1);
    client(Version.V5, connect(clientId()).will(will)).close();
    Received received = watcher.expectPublish(topic, "gone");
    assertThat(received.all(Property.USER_PROPERTY)).containsExactly("b=1", "a=2", "b=1");
    assertThat(received.text(Property.CONTENT_TYPE)).isEqualTo("text/plain");
    assertThat(received.text(Property.RESPONSE_TOPIC)).isEqualTo("answers");
    assertThat(received.binary(Property.CORRELATION_DATA)).containsExactly(1, 2);
    assertThat(received.number(Property.PAYLOAD_FORMAT_INDICATOR, 0)).isEqualTo(1);
  }

  @Test
  @Statement("rule-disconnect-with-will")
  void disconnectWithWillPublishesIt() {
    Wire watcher = subscriber(Version.V5, topic, 0);
    Wire client = client(Version.V5, connect(clientId()).will(will(topic, "gone")));
    client.send(Packets.disconnect(Reason.DISCONNECT_WITH_WILL, new Bytes()));
    client.expectEnd();
    watcher.expectPublish(topic, "gone");
  }

  @Test
  @Statement("MQTT-3.1.2-8")
  void theWillWaitsForItsDelay() {
    Wire watcher = subscriber(Version.V5, topic, 0);
    client(Version.V5, durable(clientId()).will(will(topic, "gone").delay(1))).close();
    watcher.expectSilence(Duration.ofMillis(700));
    watcher.expectPublish(topic, "gone");
  }

  @Test
  @Statement({"MQTT-3.1.3-9", "MQTT-3.1.2-8"})
  void theWillIsNotPublishedWhenTheClientIsBackInTime() {
    String clientId = clientId();
    Wire watcher = subscriber(Version.V5, topic, 0);
    client(Version.V5, durable(clientId).will(will(topic, "gone").delay(1))).close();
    durableClient(Version.V5, clientId);
    watcher.expectSilence(Duration.ofMillis(2200));
  }

  @Test
  @Statement("MQTT-3.1.3-9")
  void aTakeOverWithinTheDelayDoesNotPublishTheWill() {
    String clientId = clientId();
    Wire watcher = subscriber(Version.V5, topic, 0);
    Wire old = client(Version.V5, durable(clientId).will(will(topic, "gone").delay(1)));
    durableClient(Version.V5, clientId);
    old.expectEnd();
    watcher.expectSilence(Duration.ofMillis(2200));
  }

  @Test
  @Statement({"rule-will-delay-session-end", "MQTT-3.1.2-8"})
  void theWillIsPublishedWhenTheSessionEndsBeforeItsDelay() {
    Wire watcher = subscriber(Version.V5, topic, 0);
    Connect connect = connect(clientId()).sessionExpiry(1).will(will(topic, "gone").delay(1000));
    client(Version.V5, connect).close();
    watcher.expectPublish(topic, "gone");
    client(Version.V5, connect(clientId()).will(will(topic, "no session").delay(1000))).close();
    watcher.expectPublish(topic, "no session");
  }

  @Test
  @Statement("rule-will-delay-clean-start")
  void aCleanStartEndsTheDelayOfTheOldSession() {
    String clientId = clientId();
    Wire watcher = subscriber(Version.V5, topic, 0);
    client(Version.V5, durable(clientId).will(will(topic, "gone").delay(1000))).close();
    client(Version.V5, connect(clientId));
    watcher.expectPublish(topic, "gone");
  }

  @EveryVersion
  @Statement({"rule-will-take-over", "MQTT-3.1.4-3"})
  @Statement(value = "MQTT-3.1.4-2", version = "3.1.1")
  void aTakeOverWithoutDelayPublishesTheWill(Version version) {
    String clientId = clientId();
    Wire watcher = subscriber(version, topic, 0);
    Wire old = client(version, durable(clientId).will(will(topic, "gone")));
    durableClient(version, clientId);
    old.expectEnd();
    watcher.expectPublish(topic, "gone");
  }

  /// The limit is the broker's own (`message.topic-levels-max`); a will is no way around it.
  @Test
  void aWillHasNoMoreLevelsThanAnyTopic() {
    if (!brokerExplains()) {
      return;
    }
    Wire client = open(Version.V5);
    client.send(connect(clientId()).will(will("a/".repeat(300), "x")));
    client.expectConnectRefusal(Reason.TOPIC_NAME_INVALID);
  }
}
