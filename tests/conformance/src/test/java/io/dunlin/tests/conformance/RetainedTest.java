package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Retained messages: stored, replaced, removed, and sent to new subscriptions.
class RetainedTest extends ConformanceTest {
  private final String topic = topic();

  @AfterEach
  void removeRetainedMessage() {
    client(Version.V3_1_1).publishRetained(topic, "", 1);
  }

  @EveryVersion
  @Statement({"MQTT-3.3.1-5", "MQTT-3.3.1-9"})
  @Statement(
      value = {"MQTT-3.3.1-5", "MQTT-3.3.1-6", "MQTT-3.3.1-8"},
      version = "3.1.1")
  void aNewSubscriptionGetsTheLastRetainedMessageWithItsQos(Version version) {
    Wire publisher = client(version);
    for (int qos = 0; qos <= 2; qos++) {
      publisher.publishRetained(topic, "former " + qos, qos);
      publisher.publishRetained(topic, "last " + qos, qos);
      publisher.expectNothing(); // QoS 0 has no acknowledgement to wait for
      Wire late = subscriber(version, topic, 2);
      Received retained = late.expectPublish(topic, "last " + qos);
      assertThat(retained.retain()).as("RETAIN of %s", retained).isTrue();
      assertThat(retained.qos()).as("QoS of %s", retained).isEqualTo(qos);
      late.acknowledge(retained);
      late.expectNothing();
    }
  }

  @EveryVersion
  @Statement("MQTT-3.3.1-5")
  @Statement(value = "MQTT-3.3.1-7", version = "3.1.1")
  void aRetainedQos0MessageReplacesWhatWasRetained(Version version) {
    Wire publisher = client(version);
    publisher.publishRetained(topic, "old", 1);
    publisher.publishRetained(topic, "new", 0);
    publisher.expectNothing();
    subscriber(version, topic, 1).expectPublish(topic, "new");
  }

  @EveryVersion
  @Statement("MQTT-3.3.1-5")
  @Statement(value = "MQTT-3.3.1-6", version = "3.1.1")
  void aWildcardSubscriptionGetsEveryMatchingRetainedMessage(Version version) {
    Wire publisher = client(version);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      names.add(topic + "/" + i % 3 + "/" + i);
      publisher.publishRetained(names.getLast(), "x", 1);
    }
    Wire late = subscriber(version, topic + "/+/#", 0);
    List<String> received = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      received.add(late.await(PacketType.PUBLISH).topic());
    }
    assertThat(received).containsExactlyInAnyOrderElementsOf(names);
    late.expectNothing();
    names.forEach(name -> publisher.publishRetained(name, "", 1));
  }

  @EveryVersion
  @Statement("MQTT-3.3.1-12")
  @Statement(value = "MQTT-3.3.1-9", version = "3.1.1")
  void aStandingSubscriptionGetsItWithRetain0(Version version) {
    Wire subscriber = subscriber(version, topic, 1);
    client(version).publishRetained(topic, "x", 1);
    assertThat(subscriber.expectPublish(topic, "x").retain()).isFalse();
  }

  @EveryVersion
  @Statement({"MQTT-3.3.1-6", "MQTT-3.3.1-7"})
  @Statement(
      value = {"MQTT-3.3.1-10", "MQTT-3.3.1-11"},
      version = "3.1.1")
  void anEmptyRetainedPayloadIsForwardedAndRemovesTheMessage(Version version) {
    Wire publisher = client(version);
    publisher.publishRetained(topic, "x", 1);
    Wire subscriber = subscriber(version, topic, 0);
    subscriber.expectPublish(topic, "x");
    publisher.publishRetained(topic, "", 1);
    assertThat(subscriber.expectPublish(topic, "").retain()).isFalse();
    subscriber(version, topic, 0).expectNothing();
  }

  @EveryVersion
  @Statement("MQTT-3.3.1-8")
  @Statement(value = "MQTT-3.3.1-12", version = "3.1.1")
  void withoutRetainNothingIsStoredReplacedOrRemoved(Version version) {
    Wire publisher = client(version);
    publisher.publish(topic, "passing", 1);
    subscriber(version, topic, 0).expectNothing();
    publisher.publishRetained(topic, "kept", 1);
    publisher.publish(topic, "passing", 1);
    publisher.publish(topic, "", 1);
    subscriber(version, topic, 0).expectPublish(topic, "kept");
  }

  @EveryVersion
  @Statement("MQTT-3.3.1-5")
  void aRetainedMessageComesAtTheLowerOfBothQos(Version version) {
    client(version).publishRetained(topic, "x", 2);
    for (int granted = 0; granted <= 2; granted++) {
      Wire subscriber = subscriber(version, topic, granted);
      assertThat(subscriber.expectPublish(topic, "x").qos()).isEqualTo(granted);
    }
  }

  @Test
  @Statement("MQTT-3.3.1-10")
  void retainHandling1SendsThemToANewSubscriptionOnly() {
    Wire client = client(Version.V5);
    client.publishRetained(topic, "x", 1);
    client.subscribe(topic, Subscribe.SEND_RETAINED_IF_NEW);
    client.expectPublish(topic, "x");
    client.subscribe(topic, Subscribe.SEND_RETAINED_IF_NEW);
    client.expectNothing();
    client.unsubscribe(topic);
    client.subscribe(topic, Subscribe.SEND_RETAINED_IF_NEW);
    client.expectPublish(topic, "x");
  }

  @Test
  @Statement("MQTT-3.3.1-11")
  void retainHandling2SendsNone() {
    Wire client = client(Version.V5);
    client.publishRetained(topic, "x", 1);
    client.subscribe(topic, Subscribe.SEND_NO_RETAINED);
    client.expectNothing();
  }

  @Test
  @Statement("MQTT-3.3.1-13")
  void retainAsPublishedKeepsTheFlag() {
    Wire subscriber = subscriber(Version.V5, topic, Subscribe.RETAIN_AS_PUBLISHED);
    Wire publisher = client(Version.V5);
    publisher.publishRetained(topic, "retained", 1);
    publisher.publish(topic, "passing", 1);
    assertThat(subscriber.expectPublish(topic, "retained").retain()).isTrue();
    assertThat(subscriber.expectPublish(topic, "passing").retain()).isFalse();
  }

  @Test
  @Statement({"MQTT-3.3.2-17", "MQTT-3.3.2-16"})
  void aRetainedMessageKeepsItsProperties() {
    client(Version.V5)
        .publishAtLeastOnce(
            publish(topic, "x")
                .retained()
                .with(Property.USER_PROPERTY, "a=1")
                .with(Property.CORRELATION_DATA, new byte[] {7}));
    Received retained = subscriber(Version.V5, topic, 0).expectPublish(topic, "x");
    assertThat(retained.all(Property.USER_PROPERTY)).containsExactly("a=1");
    assertThat(retained.binary(Property.CORRELATION_DATA)).containsExactly(7);
  }

  @Test
  @Statement("rule-retained-expiry")
  void aRetainedMessageExpires() {
    Wire publisher = client(Version.V5);
    publisher.publishAtLeastOnce(
        publish(topic, "x").retained().with(Property.MESSAGE_EXPIRY_INTERVAL, 1));
    Received fresh = subscriber(Version.V5, topic, 0).expectPublish(topic, "x");
    assertThat(fresh.number(Property.MESSAGE_EXPIRY_INTERVAL, -1)).isBetween(0L, 1L);
    publisher.expectSilence(Duration.ofMillis(2100));
    subscriber(Version.V5, topic, 0).expectNothing();
  }

  @EveryVersion
  @Statement("rule-shared-no-retained")
  void aSharedSubscriptionGetsNoRetainedMessages(Version version) {
    Wire client = client(version);
    client.publishRetained(topic, "x", 1);
    client.subscribe("$share/" + clientId() + "/" + topic, 0);
    client.expectNothing();
  }
}
