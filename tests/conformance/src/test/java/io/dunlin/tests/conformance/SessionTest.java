package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Connect.connect;
import static io.dunlin.tests.conformance.Publish.publish;
import static io.dunlin.tests.conformance.Will.will;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Sessions: what is kept, for how long, and whose it is.
class SessionTest extends ConformanceTest {
  private final String topic = topic();
  private final String clientId = clientId();

  @EveryVersion
  @Statement({"MQTT-3.1.2-23", "MQTT-3.1.2-5", "MQTT-4.1.0-1", "MQTT-4.5.0-1"})
  @Statement(
      value = {"MQTT-3.1.2-4", "MQTT-3.1.2-5", "MQTT-4.1.0-1", "MQTT-4.5.0-1", "MQTT-3.1.4-3"},
      version = "3.1.1")
  void aSessionKeepsSubscriptionsAndQueuesWhileItsClientIsAway(Version version) {
    Wire client = durableClient(version, clientId);
    client.subscribe(topic, 2);
    leave(client);
    Wire publisher = client(version);
    publisher.publish(topic, "one", 1);
    publisher.publish(topic, "two", 2);
    Wire again = durableClient(version, clientId);
    again.acknowledge(again.expectPublish(topic, "one"));
    again.acknowledge(again.expectPublish(topic, "two"));
    publisher.publish(topic, "three", 0);
    again.expectPublish(topic, "three");
    again.expectNothing();
  }

  @EveryVersion
  @Statement({"MQTT-3.1.2-4", "MQTT-3.1.4-4"})
  @Statement(
      value = {"MQTT-3.1.2-6", "MQTT-3.1.4-3"},
      version = "3.1.1")
  void aCleanConnectThrowsTheFormerSessionAway(Version version) {
    Wire client = durableClient(version, clientId);
    client.subscribe(topic, 1);
    leave(client);
    Wire publisher = client(version);
    publisher.publish(topic, "queued", 1);
    leave(client(version, connect(clientId)));
    Received connAck = open(version).connect(durable(clientId));
    assertThat(connAck.sessionPresent()).isFalse();
  }

  @EveryVersion
  @Statement("MQTT-3.1.2-4")
  @Statement(value = "MQTT-3.1.2-6", version = "3.1.1")
  void nothingOfTheFormerSessionComesAfterACleanConnect(Version version) {
    Wire client = durableClient(version, clientId);
    client.subscribe(topic, 1);
    leave(client);
    Wire publisher = client(version);
    publisher.publish(topic, "queued", 1);
    Wire clean = client(version, connect(clientId));
    publisher.publish(topic, "later", 1);
    expectNothingFrom(publisher, clean);
  }

  @EveryVersion
  @Statement({"rule-session-expiry-absent", "MQTT-4.1.0-2"})
  @Statement(value = "MQTT-3.1.2-6", version = "3.1.1")
  void aCleanSessionEndsWithItsConnection(Version version) {
    Wire client = client(version, connect(clientId));
    client.subscribe(topic, 1);
    leave(client);
    Received connAck = open(version).connect(durable(clientId));
    assertThat(connAck.sessionPresent()).isFalse();
  }

  @EveryVersion
  @Statement({"MQTT-4.1.0-1"})
  @Statement(
      value = {"MQTT-4.1.0-2", "MQTT-4.1.0-1"},
      version = "3.1.1")
  void aSessionLastsAsLongAsItsConnection(Version version) {
    Wire client = client(version, connect(clientId));
    client.subscribe(topic, 1);
    Wire publisher = client(version);
    for (int i = 0; i < 20; i++) {
      publisher.publish(topic, "m" + i, 1);
      client.acknowledge(client.expectPublish(topic, "m" + i));
    }
  }

  @EveryVersion
  @Statement("MQTT-3.1.3-2")
  @Statement(value = "MQTT-3.1.3-2", version = "3.1.1")
  void sessionsBelongToTheirClientIdentifier(Version version) {
    Wire client = durableClient(version, clientId);
    client.subscribe(topic, 1);
    leave(client);
    Wire other = durableClient(version, clientId());
    Wire publisher = client(version);
    publisher.publish(topic, "for the first", 1);
    expectNothingFrom(publisher, other);
    Wire again = durableClient(version, clientId);
    again.expectPublish(topic, "for the first");
  }

  @EveryVersion
  @Statement(value = "MQTT-3.1.2-7", version = "3.1.1")
  void retainedMessagesOutliveTheSession(Version version) {
    Wire client = client(version, connect(clientId));
    client.publishRetained(topic, "kept", 1);
    leave(client);
    leave(client(version, connect(clientId)));
    Wire late = subscriber(version, topic, 0);
    late.expectPublish(topic, "kept");
    late.publishRetained(topic, "", 0);
  }

  // Take-over.

  @EveryVersion
  @Statement({"MQTT-3.1.4-3", "MQTT-4.13.2-1", "MQTT-3.14.2-1", "MQTT-3.14.2-2", "MQTT-3.14.4-2"})
  @Statement("MQTT-3.14.4-1")
  @Statement(value = "MQTT-3.1.4-2", version = "3.1.1")
  void aSecondConnectionTakesTheSessionOver(Version version) {
    Wire old = durableClient(version, clientId);
    old.subscribe(topic, 1);
    Wire young = open(version);
    Received connAck = young.connect(durable(clientId));
    if (version != Version.V3_1) {
      assertThat(connAck.sessionPresent()).isTrue();
    }
    old.expectRefusal(Reason.SESSION_TAKEN_OVER);
    client(version).publish(topic, "for the new one", 1);
    young.expectPublish(topic, "for the new one");
  }

  @EveryVersion
  @Statement("MQTT-3.1.4-3")
  @Statement(value = "MQTT-3.1.4-2", version = "3.1.1")
  void aCleanTakeOverBeginsAnew(Version version) {
    Wire old = durableClient(version, clientId);
    old.subscribe(topic, 1);
    Wire young = open(version);
    assertThat(young.connect(connect(clientId)).sessionPresent()).isFalse();
    old.expectRefusal(Reason.SESSION_TAKEN_OVER);
    Wire publisher = client(version);
    publisher.publish(topic, "lost", 1);
    expectNothingFrom(publisher, young);
  }

  // Expiry (5.0).

  @Test
  @Statement("MQTT-4.1.0-2")
  void aSessionIsDiscardedWhenItsExpiryIntervalIsOver() {
    Wire watcher = subscriber(Version.V5, topic, 0);
    // A will whose delay is longer than the session tells when the session has ended.
    Connect connect =
        connect(clientId).resume().sessionExpiry(1).will(will(topic, "ended").delay(1000));
    client(Version.V5, connect).close();
    watcher.expectPublish(topic, "ended");
    assertThat(open(Version.V5).connect(durable(clientId)).sessionPresent()).isFalse();
  }

  @Test
  @Statement("rule-session-expiry-never")
  void aSessionOfTheHighestExpiryIntervalIsKept() {
    Connect connect = connect(clientId).resume().sessionExpiry(0xFFFFFFFFL);
    leave(client(Version.V5, connect));
    assertThat(open(Version.V5).connect(connect(clientId).resume()).sessionPresent()).isTrue();
  }

  @Test
  @Statement("rule-disconnect-sets-session-expiry")
  void aDisconnectCanEndTheSession() {
    Wire client = durableClient(Version.V5, clientId);
    client.send(
        Packets.disconnect(
            Reason.SUCCESS, new Bytes().property(Property.SESSION_EXPIRY_INTERVAL, 0)));
    client.expectEnd();
    assertThat(open(Version.V5).connect(durable(clientId)).sessionPresent()).isFalse();
  }

  @Test
  @Statement("rule-disconnect-session-expiry")
  void aDisconnectCannotProlongASessionOfZero() {
    Wire client = client(Version.V5, connect(clientId));
    client.send(
        Packets.disconnect(
            Reason.SUCCESS, new Bytes().property(Property.SESSION_EXPIRY_INTERVAL, 60)));
    client.expectRefusal(Reason.PROTOCOL_ERROR);
  }

  // Sending again.

  @EveryVersion
  @Statement({"MQTT-4.4.0-1", "MQTT-3.3.1-1", "MQTT-4.3.2-3", "MQTT-4.3.3-3"})
  @Statement(
      value = {
        "MQTT-4.4.0-1",
        "MQTT-3.3.1-1",
        "MQTT-4.6.0-1",
        "MQTT-4.3.2-1",
        "MQTT-4.3.3-1",
        "MQTT-2.3.1-4"
      },
      version = "3.1.1")
  void unacknowledgedMessagesComeAgainInTheirOrder(Version version) {
    for (int qos = 1; qos <= 2; qos++) {
      String id = clientId();
      Wire client = durableClient(version, id);
      client.subscribe(topic, qos);
      Wire publisher = client(version);
      int[] packetIds = new int[5];
      for (int i = 0; i < 5; i++) {
        publisher.publish(topic, "m" + i, qos);
        Received first = client.expectPublish(topic, "m" + i);
        assertThat(first.dup()).isFalse();
        packetIds[i] = first.packetId();
      }
      client.close();
      Wire again = durableClient(version, id);
      for (int i = 0; i < 5; i++) {
        Received second = again.expectPublish(topic, "m" + i);
        assertThat(second.dup()).as("DUP of %s", second).isTrue();
        assertThat(second.packetId()).as("identifier of %s", second).isEqualTo(packetIds[i]);
        again.acknowledge(second);
      }
      again.expectNothing();
    }
  }

  @Test
  @Statement("MQTT-4.4.0-1")
  void nothingIsSentAgainWhileTheConnectionLasts() {
    Wire client = subscriber(Version.V5, topic, 1);
    client.publish(topic, "once", 1);
    client.expectPublish(topic, "once");
    client.expectSilence(Duration.ofSeconds(3));
  }

  @EveryVersion
  @Statement({"MQTT-4.4.0-1", "MQTT-4.3.3-5", "MQTT-4.3.3-6"})
  @Statement(
      value = {"MQTT-4.4.0-1", "MQTT-4.3.3-1"},
      version = "3.1.1")
  void anUnacknowledgedPubRelComesAgainInsteadOfThePublish(Version version) {
    Wire client = durableClient(version, clientId);
    client.subscribe(topic, 2);
    client(version).publish(topic, "once", 2);
    int packetId = client.expectPublish(topic, "once").packetId();
    client.send(Packets.pubRec(packetId));
    client.expectAck(PacketType.PUBREL, packetId);
    client.close();
    Wire again = durableClient(version, clientId);
    again.expectAck(PacketType.PUBREL, packetId);
    again.send(Packets.pubComp(packetId));
    again.expectNothing();
    again.close();
    durableClient(version, clientId).expectNothing();
  }

  @EveryVersion
  @Statement("MQTT-4.4.0-1")
  @Statement(value = "MQTT-4.4.0-1", version = "3.1.1")
  void whatWasAcknowledgedDoesNotComeAgain(Version version) {
    Wire client = durableClient(version, clientId);
    client.subscribe(topic, 1);
    client(version).publish(topic, "once", 1);
    client.acknowledge(client.expectPublish(topic, "once"));
    client.expectNothing();
    client.close();
    durableClient(version, clientId).expectNothing();
  }

  @Test
  @Statement("MQTT-4.4.0-2")
  void aMessageThatTheClientRefusedIsAcknowledged() {
    Wire client = durableClient(Version.V5, clientId);
    client.subscribe(topic, 2);
    Wire publisher = client(Version.V5);
    publisher.publish(topic, "refused", 1);
    int packetId = client.expectPublish(topic, "refused").packetId();
    client.send(Packets.ack(PacketType.PUBACK, packetId, Reason.UNSPECIFIED_ERROR));
    publisher.publish(topic, "refused too", 2);
    packetId = client.expectPublish(topic, "refused too").packetId();
    client.send(Packets.ack(PacketType.PUBREC, packetId, Reason.QUOTA_EXCEEDED));
    client.expectNothing();
    client.close();
    durableClient(Version.V5, clientId).expectNothing();
  }

  @EveryVersion
  @Statement({"MQTT-4.1.0-1", "MQTT-4.3.3-10"})
  @Statement(
      value = {"MQTT-4.1.0-1", "MQTT-4.3.3-2"},
      version = "3.1.1")
  void anOpenQos2ExchangeOfTheClientSurvivesTheConnection(Version version) {
    Wire watcher = subscriber(version, topic, 0);
    Wire client = durableClient(version, clientId);
    client.send(publish(topic, "once").qos(2, 7));
    client.expectAck(PacketType.PUBREC, 7);
    client.close();
    Wire again = durableClient(version, clientId);
    again.send(publish(topic, "once").qos(2, 7).dup());
    again.expectAck(PacketType.PUBREC, 7);
    again.send(Packets.pubRel(7));
    again.expectAck(PacketType.PUBCOMP, 7, Reason.SUCCESS);
    watcher.expectPublish(topic, "once");
    expectNothingFrom(again, watcher);
  }
}
