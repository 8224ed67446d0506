package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Bytes.bytes;
import static io.dunlin.tests.conformance.Publish.publish;
import static io.dunlin.tests.conformance.Subscribe.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// SUBSCRIBE and SUBACK.
class SubscribeTest extends ConformanceTest {
  private final String topic = topic();

  @EveryVersion
  @Statement({"MQTT-3.8.4-1", "MQTT-3.8.4-5", "MQTT-3.8.4-6", "MQTT-3.8.4-7", "MQTT-3.9.3-1"})
  @Statement({"MQTT-3.8.4-2", "MQTT-3.9.3-2"})
  @Statement(
      value = {
        "MQTT-3.8.4-1",
        "MQTT-3.8.4-2",
        "MQTT-3.8.4-4",
        "MQTT-3.8.4-5",
        "MQTT-3.9.3-1",
        "MQTT-3.9.3-2"
      },
      version = "3.1.1")
  void oneSubAckHasACodeForEachFilterInTheirOrder(Version version) {
    Wire client = client(version);
    client.send(
        subscribe(77)
            .filter(topic + "/two", 2)
            .filter(topic + "/zero", 0)
            .filter(topic + "/one", 1)
            .filter(topic + "/two", 2));
    Received subAck = client.expectAck(PacketType.SUBACK, 77);
    assertThat(subAck.reasons()).containsExactly(2, 0, 1, 2);
    client.expectNothing();
  }

  @EveryVersion
  @Statement("MQTT-3.8.4-5")
  @Statement(value = "MQTT-3.8.4-4", version = "3.1.1")
  void everyFilterOfAPacketTakesEffect(Version version) {
    Wire client = client(version);
    Subscribe subscribe = subscribe(1);
    for (int i = 0; i < 50; i++) {
      subscribe.filter(topic + "/" + i, 0);
    }
    client.subscribe(subscribe, new int[50]);
    for (int i = 0; i < 50; i++) {
      client.publish(topic + "/" + i, "x", 0);
      client.expectPublish(topic + "/" + i, "x");
    }
  }

  @From311
  @Statement({"MQTT-3.8.3-2"})
  @Statement(value = "MQTT-3.8.3-3", version = "3.1.1")
  void aSubscribeWithoutFiltersIsAProtocolError(Version version) {
    Wire client = client(version);
    client.send(subscribe(1));
    client.expectRefusal(Reason.PROTOCOL_ERROR, Reason.MALFORMED);
  }

  @EveryVersion
  @Statement("rule-length-does-not-fit")
  @Statement(value = "MQTT-3.8.3-3", version = "3.1.1")
  void aFilterWithoutOptionsIsMalformed(Version version) {
    Bytes body = new Bytes().u16(1);
    if (version.hasProperties()) {
      body.variable(0);
    }
    Wire client = client(version);
    client.send(Bytes.packet(0x82, body.string(topic)));
    client.expectRefusal(Reason.MALFORMED);
  }

  @From311
  @Statement({"MQTT-3.8.3-5", "rule-subscribe-qos-3", "rule-subscribe-retain-handling-3"})
  @Statement(value = "MQTT-3.8.3-4", version = "3.1.1")
  void reservedOptionsEndTheConnection(Version version) {
    int[] reserved =
        version.hasProperties()
            ? new int[] {0x40, 0x80, 0x03, 0x30}
            : new int[] {0x03, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80};
    for (int options : reserved) {
      Wire client = client(version);
      client.send(subscribe(1).filter(topic, options));
      client.expectRefusal(Reason.MALFORMED, Reason.PROTOCOL_ERROR);
    }
  }

  @EveryVersion
  @Statement("MQTT-3.8.4-8")
  @Statement(value = "MQTT-3.8.4-6", version = "3.1.1")
  void messagesComeAtTheLowerOfPublishedAndGrantedQos(Version version) {
    Wire publisher = client(version);
    for (int granted = 0; granted <= 2; granted++) {
      Wire subscriber = subscriber(version, topic, granted);
      for (int published = 0; published <= 2; published++) {
        String payload = published + " to " + granted;
        publisher.publish(topic, payload, published);
        Received publish = subscriber.expectPublish(topic, payload);
        assertThat(publish.qos()).as("QoS of %s", publish).isEqualTo(Math.min(published, granted));
        subscriber.acknowledge(publish);
      }
      leave(subscriber);
    }
  }

  @EveryVersion
  @Statement({"MQTT-3.8.4-3", "MQTT-3.8.4-4", "MQTT-3.3.1-9"})
  @Statement(value = "MQTT-3.8.4-3", version = "3.1.1")
  void anEqualFilterReplacesTheSubscription(Version version) {
    Wire client = client(version);
    client.publishRetained(topic, "kept", 1);
    client.subscribe(topic, 0);
    assertThat(client.expectPublish(topic, "kept").qos()).isZero();
    client.subscribe(topic, 1);
    Received again = client.expectPublish(topic, "kept");
    assertThat(again.qos()).isEqualTo(1);
    assertThat(again.retain()).isTrue();
    client.acknowledge(again);
    client(version).publish(topic, "new", 1);
    client.acknowledge(client.expectPublish(topic, "new"));
    client.expectNothing();
    client.publishRetained(topic, "", 0);
  }

  @EveryVersion
  @Statement("MQTT-3.8.4-4")
  @Statement(value = "MQTT-3.8.4-3", version = "3.1.1")
  void replacingASubscriptionLosesNoMessage(Version version) {
    Wire subscriber = subscriber(version, topic, 1);
    Wire publisher = client(version);
    for (int i = 0; i < 50; i++) {
      subscriber.send(subscribe(100 + i).filter(topic, 1));
      publisher.publish(topic, "m" + i, 1);
    }
    List<String> expected = new ArrayList<>();
    List<String> received = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      expected.add("m" + i);
      Received publish = subscriber.await(PacketType.PUBLISH);
      received.add(publish.payload());
      subscriber.acknowledge(publish);
    }
    assertThat(received).isEqualTo(expected);
  }

  @EveryVersion
  @Statement(value = "MQTT-3.8.3-2", version = "3.1.1")
  void wildcardSubscriptionsAreSupported(Version version) {
    Wire client = subscriber(version, topic + "/+/#", 0);
    client.publish(topic + "/a/b", "x", 0);
    client.expectPublish(topic + "/a/b", "x");
  }

  @EveryVersion
  @Statement("rule-subscribe-filter-invalid")
  void oneBadFilterDoesNotHarmTheOthersOrEndsTheConnection(Version version) {
    Wire client = client(version);
    client.send(subscribe(1).filter(topic + "/good", 0).filter(topic + "/#/bad", 0));
    Received answer = client.readUnlessEnded();
    if (answer != null && answer.type() == PacketType.SUBACK) {
      int failure = version.hasProperties() ? Reason.TOPIC_FILTER_INVALID : 0x80;
      assertThat(answer.reasons()).containsExactly(0, failure);
      client.publish(topic + "/good", "x", 0);
      client.expectPublish(topic + "/good", "x");
    } else if (answer != null) {
      assertThat(answer.type()).isEqualTo(PacketType.DISCONNECT);
      assertThat(answer.reason()).isIn(Reason.MALFORMED, Reason.TOPIC_FILTER_INVALID);
    }
  }

  // 5.0.

  @Test
  @Statement("MQTT-3.8.3-3")
  void noLocalKeepsOnesOwnMessagesAway() {
    Wire client = subscriber(Version.V5, topic, Subscribe.NO_LOCAL);
    client.publish(topic, "own", 1);
    client(Version.V5).publish(topic, "another's", 1);
    client.expectPublish(topic, "another's");
    client.expectNothing();
  }

  @Test
  @Statement("MQTT-3.8.3-3")
  void noLocalGoesByTheClientIdentifierNotTheConnection() {
    String clientId = clientId();
    Wire first = durableClient(Version.V5, clientId);
    first.subscribe(topic, Subscribe.NO_LOCAL | 1);
    leave(first);
    Wire second = durableClient(Version.V5, clientId);
    second.publish(topic, "own", 1);
    second.expectNothing();
  }

  @Test
  @Statement("MQTT-3.8.3-4")
  void noLocalOnASharedSubscriptionIsAProtocolError() {
    Wire client = client(Version.V5);
    client.send(subscribe(1).filter("$share/g/" + topic, Subscribe.NO_LOCAL));
    client.expectRefusal(Reason.PROTOCOL_ERROR);
  }

  @Test
  @Statement("rule-subscribe-identifier-0")
  void subscriptionIdentifier0IsAProtocolError() {
    Wire client = client(Version.V5);
    client.send(subscribe(1).with(Property.SUBSCRIPTION_IDENTIFIER, 0).filter(topic, 0));
    client.expectRefusal(Reason.PROTOCOL_ERROR);
  }

  @Test
  @Statement("rule-subscribe-identifier-range")
  void everySubscriptionIdentifierComesBack() {
    Wire client = client(Version.V5);
    for (int identifier : new int[] {1, 127, 128, 16_384, 2_097_152, 268_435_455}) {
      client.subscribe(
          subscribe(1).with(Property.SUBSCRIPTION_IDENTIFIER, identifier).filter(topic, 0), 0);
      client.publish(topic, "x", 0);
      Received publish = client.expectPublish(topic, "x");
      assertThat(publish.all(Property.SUBSCRIPTION_IDENTIFIER)).containsExactly((long) identifier);
    }
  }

  @Test
  @Statement({"MQTT-3.8.4-3", "MQTT-3.3.4-3"})
  void replacingASubscriptionReplacesItsIdentifier() {
    Wire client = client(Version.V5);
    client.subscribe(subscribe(1).with(Property.SUBSCRIPTION_IDENTIFIER, 5).filter(topic, 0), 0);
    client.subscribe(topic, 0);
    client.publish(topic, "x", 0);
    assertThat(client.expectPublish(topic, "x").has(Property.SUBSCRIPTION_IDENTIFIER)).isFalse();
  }

  @Test
  void subscriptionIdentifiersAndOptionsSurviveTheConnection() {
    String clientId = clientId();
    Wire client = durableClient(Version.V5, clientId);
    client.subscribe(
        subscribe(1)
            .with(Property.SUBSCRIPTION_IDENTIFIER, 5)
            .filter(topic, Subscribe.RETAIN_AS_PUBLISHED | 1),
        1);
    leave(client);
    Wire publisher = client(Version.V5);
    publisher.publishRetained(topic, "x", 1);
    Received publish = durableClient(Version.V5, clientId).expectPublish(topic, "x");
    assertThat(publish.all(Property.SUBSCRIPTION_IDENTIFIER)).containsExactly(5L);
    assertThat(publish.retain()).isTrue();
    publisher.publishRetained(topic, "", 0);
  }

  @Test
  void userPropertiesOfASubscribeAreAccepted() {
    Wire client = client(Version.V5);
    client.subscribe(
        subscribe(1)
            .with(Property.USER_PROPERTY, "a=1")
            .with(Property.USER_PROPERTY, "a=1")
            .filter(topic, 0),
        0);
  }

  @Test
  @Statement({"MQTT-3.8.4-7", "MQTT-3.9.3-2"})
  void aMessageForASubscriptionToTheServersTopicsCanBeAskedFor() {
    Wire client = client(Version.V5);
    client.send(subscribe(1).filter("$SYS/#", 2));
    Received subAck = client.await(PacketType.SUBACK);
    assertThat(subAck.reason()).isIn(0, 1, 2, Reason.NOT_AUTHORIZED);
  }

  @EveryVersion
  void aSubscribeOfManyFiltersInOnePacketIsAnswered(Version version) {
    Subscribe subscribe = subscribe(1);
    for (int i = 0; i < 1000; i++) {
      subscribe.filter(topic + "/" + i, i % 3);
    }
    Wire client = client(version);
    client.send(subscribe);
    assertThat(client.expectAck(PacketType.SUBACK, 1).reasons()).hasSize(1000);
  }

  @EveryVersion
  void aSubscribeInTwoPiecesIsAnswered(Version version) {
    byte[] whole = subscribe(1).filter(topic, 0).bytes(version);
    Wire client = client(version);
    client.send(Arrays.copyOf(whole, 5));
    client.send(Arrays.copyOfRange(whole, 5, whole.length));
    client.expectAck(PacketType.SUBACK, 1);
    client.send(bytes(0xC0)).send(bytes(0x00));
    client.expect(PacketType.PINGRESP);
    client.send(publish(topic, "x"));
    client.expectPublish(topic, "x");
  }
}
