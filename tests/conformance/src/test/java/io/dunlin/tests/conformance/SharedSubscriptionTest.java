package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Connect.connect;
import static io.dunlin.tests.conformance.Subscribe.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Shared subscriptions.
class SharedSubscriptionTest extends ConformanceTest {
  private final String topic = topic();
  private final String shared = "$share/" + clientId() + "/" + topic;

  @EveryVersion
  @Statement({"MQTT-4.8.2-1", "MQTT-4.8.2-2"})
  @Statement(value = "rule-share", version = "3.1.1")
  void anInvalidShareIsRefused(Version version) {
    for (String filter :
        List.of("$share/", "$share/g", "$share/g/", "$share//a", "$share/g+/a", "$share/g#/a")) {
      Wire client = client(version);
      client.send(subscribe(1).filter(filter, 0));
      Received answer = client.readUnlessEnded();
      if (answer != null && answer.type() == PacketType.SUBACK) {
        assertThat(answer.reason())
            .as("filter '%s': %s", filter, answer)
            .isEqualTo(version.hasProperties() ? Reason.TOPIC_FILTER_INVALID : 0x80);
      } else if (answer != null) {
        assertThat(answer.reason())
            .as("filter '%s': %s", filter, answer)
            .isIn(Reason.MALFORMED, Reason.PROTOCOL_ERROR, Reason.TOPIC_FILTER_INVALID);
      }
    }
  }

  @BeforeV5
  @Statement(value = "rule-share-is-a-name", version = "3.1.1")
  @Departure("Closed as in 5.0: the client meant a shared subscription, and would wait in vain.")
  void anInvalidShareEndsTheConnection(Version version) {
    for (String filter : List.of("$share/g", "$share//a", "$share/g/")) {
      Wire client = client(version);
      client.send(subscribe(1).filter(filter, 0));
      if (brokerExplains()) {
        client.expectRefusal();
      }
    }
  }

  @EveryVersion
  @Statement({"MQTT-4.8.2-1", "MQTT-4.5.0-1"})
  @Statement(value = "rule-share", version = "3.1.1")
  void eachMessageGoesToOneMember(Version version) {
    Wire one = subscriber(version, shared, 1);
    Wire two = subscriber(version, shared, 1);
    Wire publisher = client(version);
    for (int i = 0; i < 20; i++) {
      publisher.publish(topic, "m" + i, 1);
    }
    List<String> received = new ArrayList<>();
    for (Wire member : List.of(one, two)) {
      List<String> share = drain(publisher, member);
      assertThat(share).as("the share of a member").isNotEmpty();
      received.addAll(share);
    }
    assertThat(received).hasSize(20).doesNotHaveDuplicates();
  }

  /// Everything that the publisher has sent so far, acknowledged.
  private static List<String> drain(Wire publisher, Wire member) {
    String marker = topic();
    member.subscribe(marker, 1);
    publisher.publish(marker, "", 1);
    List<String> payloads = new ArrayList<>();
    Received next = member.await(PacketType.PUBLISH);
    while (!next.topic().equals(marker)) {
      payloads.add(next.payload());
      member.acknowledge(next);
      next = member.await(PacketType.PUBLISH);
    }
    return payloads;
  }

  @EveryVersion
  @Statement("MQTT-4.8.2-1")
  @Statement(value = "rule-share", version = "3.1.1")
  void eachShareAndEachPlainSubscriptionGetsItsCopy(Version version) {
    Wire one = subscriber(version, shared, 0);
    Wire two = subscriber(version, "$share/" + clientId() + "/" + topic, 0);
    Wire plain = subscriber(version, topic, 0);
    client(version).publish(topic, "x", 0);
    for (Wire each : List.of(one, two, plain)) {
      each.expectPublish(topic, "x");
    }
  }

  @EveryVersion
  @Statement("MQTT-4.8.2-1")
  void aMemberThatUnsubscribesGetsNothingMore(Version version) {
    Wire one = subscriber(version, shared, 0);
    Wire two = subscriber(version, shared, 0);
    Received unsubAck = one.unsubscribe(shared);
    if (version.hasProperties()) {
      assertThat(unsubAck.reason()).isEqualTo(Reason.SUCCESS);
    }
    Wire publisher = client(version);
    for (int i = 0; i < 5; i++) {
      publisher.publish(topic, "m" + i, 0);
      two.expectPublish(topic, "m" + i);
    }
    expectNothingFrom(publisher, one);
  }

  @EveryVersion
  void wildcardsWorkInAShare(Version version) {
    Wire member = subscriber(version, shared + "/+/#", 0);
    client(version).publish(topic + "/a/b", "x", 0);
    member.expectPublish(topic + "/a/b", "x");
  }

  @Test
  @Statement("MQTT-4.8.2-3")
  void eachMemberGetsItsGrantedQos() {
    Wire zero = subscriber(Version.V5, shared, 0);
    Wire two = subscriber(Version.V5, shared, 2);
    Wire publisher = client(Version.V5);
    for (int i = 0; i < 10; i++) {
      publisher.publish(topic, "m" + i, 2);
    }
    assertQos(zero, 0);
    assertQos(two, 2);
  }

  private static void assertQos(Wire member, int qos) {
    member.send(Packets.pingReq());
    for (Received next = member.read(); next.type() == PacketType.PUBLISH; next = member.read()) {
      assertThat(next.qos()).as("QoS of %s", next).isEqualTo(qos);
    }
  }

  @Test
  @Statement("MQTT-4.8.2-4")
  void aQos2DeliveryIsCompletedToTheMemberThatComesBack() {
    String clientId = clientId();
    Wire one = durableClient(Version.V5, clientId);
    one.subscribe(shared, 2);
    client(Version.V5).publish(topic, "x", 2);
    int packetId = one.expectPublish(topic, "x").packetId();
    Wire two = subscriber(Version.V5, shared, 2);
    one.close();
    two.expectNothing();
    Wire again = durableClient(Version.V5, clientId);
    Received repeated = again.expectPublish(topic, "x");
    assertThat(repeated.packetId()).isEqualTo(packetId);
    again.acknowledge(repeated);
    two.expectNothing();
  }

  @Test
  @Statement("MQTT-4.8.2-5")
  void aQos2MessageOfAMemberWhoseSessionEndedGoesToNobodyElse() {
    String clientId = clientId();
    Wire one = client(Version.V5, connect(clientId));
    one.subscribe(shared, 2);
    Wire publisher = client(Version.V5);
    publisher.publish(topic, "x", 2);
    int packetId = one.expectPublish(topic, "x").packetId();
    one.send(Packets.pubRec(packetId));
    one.expectAck(PacketType.PUBREL, packetId);
    Wire two = subscriber(Version.V5, shared, 2);
    leave(one);
    expectNothingFrom(publisher, two);
  }

  @Test
  @Statement("MQTT-4.8.2-6")
  void aMessageThatAMemberRefusesGoesToNobodyElse() {
    Wire one = subscriber(Version.V5, shared, 2);
    Wire publisher = client(Version.V5);
    publisher.publish(topic, "first", 1);
    publisher.publish(topic, "second", 2);
    int first = one.expectPublish(topic, "first").packetId();
    int second = one.expectPublish(topic, "second").packetId();
    Wire two = subscriber(Version.V5, shared, 2);
    one.send(Packets.ack(PacketType.PUBACK, first, Reason.UNSPECIFIED_ERROR));
    one.send(Packets.ack(PacketType.PUBREC, second, Reason.UNSPECIFIED_ERROR));
    one.expectNothing();
    expectNothingFrom(publisher, two);
  }

  @Test
  void theSubscriptionIdentifierOfAShareGoesWithItsMessages() {
    Wire member = client(Version.V5);
    member.subscribe(subscribe(1).with(Property.SUBSCRIPTION_IDENTIFIER, 77).filter(shared, 0), 0);
    client(Version.V5).publish(topic, "x", 0);
    assertThat(member.expectPublish(topic, "x").all(Property.SUBSCRIPTION_IDENTIFIER))
        .containsExactly(77L);
  }

  @EveryVersion
  void aMessageThatADeadMemberDidNotAcknowledgeGoesToAnother(Version version) {
    Wire one = subscriber(version, shared, 1);
    client(version).publish(topic, "x", 1);
    one.expectPublish(topic, "x");
    Wire two = subscriber(version, shared, 1);
    one.close();
    if (brokerExplains()) { // the specification only allows it
      two.expectPublish(topic, "x");
    }
  }

  @EveryVersion
  void whatWaitsForAGroupComesInOrderAndBeforeWhatIsNew(Version version) {
    String clientId = clientId();
    Wire member = durableClient(version, clientId);
    member.subscribe(shared, 2);
    leave(member);
    Wire publisher = client(version);
    for (int i = 0; i < 10; i++) {
      publisher.publish(topic, "m" + i, 1 + i % 2);
    }
    publisher.publish(topic, "at most once", 0);
    Wire again = durableClient(version, clientId);
    publisher.publish(topic, "m10", 1);
    for (int i = 0; i <= 10; i++) {
      again.acknowledge(again.await(PacketType.PUBLISH), "m" + i);
    }
    again.expectNothing();
  }

  @EveryVersion
  void nothingWaitsForAnAbsentMemberWhileAnotherIsThere(Version version) {
    if (!brokerExplains()) {
      return; // the specification allows it
    }
    String clientId = clientId();
    Wire absent = durableClient(version, clientId);
    absent.subscribe(shared, 2);
    leave(absent);
    Wire present = subscriber(version, shared, 1);
    Wire publisher = client(version);
    for (int qos = 0; qos <= 2; qos++) {
      for (int i = 0; i < 5; i++) {
        publisher.publish(topic, qos + "." + i, qos);
        present.acknowledge(present.expectPublish(topic, qos + "." + i));
      }
    }
    durableClient(version, clientId).expectNothing();
  }

  @EveryVersion
  void whatADeadPersistentMemberDidNotAcknowledgeGoesToAnotherInOrder(Version version) {
    Wire dying = durableClient(version, clientId());
    dying.subscribe(shared, 1);
    Wire publisher = client(version);
    for (int i = 0; i < 6; i++) {
      publisher.publish(topic, "m" + i, 1);
    }
    for (int i = 0; i < 6; i++) {
      Received publish = dying.expectPublish(topic, "m" + i);
      if (i < 2) {
        dying.acknowledge(publish);
      }
    }
    dying.expectNothing(); // so the acknowledgements have come
    Wire other = durableClient(version, clientId());
    other.subscribe(shared, 2);
    dying.close();
    if (brokerExplains()) { // the specification only allows it
      for (int i = 2; i < 6; i++) {
        other.acknowledge(other.await(PacketType.PUBLISH), "m" + i);
      }
    }
    other.expectNothing();
  }

  @EveryVersion
  @Statement("MQTT-4.8.2-4")
  void aQos2MessageThatMayHaveBeenSentWaitsForItsClientAlone(Version version) {
    String clientId = clientId();
    Wire one = durableClient(version, clientId);
    one.subscribe(shared, 2);
    Wire publisher = client(version);
    publisher.publish(topic, "x", 2);
    int packetId = one.expectPublish(topic, "x").packetId();
    Wire two = subscriber(version, shared, 2);
    one.close();
    two.expectNothing();
    publisher.publish(topic, "y", 2);
    two.acknowledge(two.expectPublish(topic, "y"));
    Wire again = durableClient(version, clientId);
    Received repeated = again.expectPublish(topic, "x");
    assertThat(repeated.packetId()).isEqualTo(packetId);
    again.acknowledge(repeated);
    two.expectNothing();
  }
}
