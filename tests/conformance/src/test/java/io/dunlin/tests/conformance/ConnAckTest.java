package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Connect.connect;
import static io.dunlin.tests.conformance.Publish.publish;
import static io.dunlin.tests.conformance.Will.will;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// CONNACK: Session Present, and what the server says of itself.
class ConnAckTest extends ConformanceTest {
  @EveryVersion
  @Statement({"MQTT-3.2.2-2", "MQTT-3.2.2-1"})
  @Statement(value = "MQTT-3.2.2-1", version = "3.1.1")
  void aCleanConnectFindsNoSession(Version version) {
    String clientId = clientId();
    leave(durableClient(version, clientId));
    Received connAck = open(version).connect(connect(clientId));
    assertThat(connAck.sessionPresent()).isFalse();
  }

  @From311
  @Statement({"MQTT-3.2.2-3", "MQTT-3.1.2-5", "MQTT-3.2.2-1"})
  @Statement(value = "MQTT-3.2.2-2", version = "3.1.1")
  void aStoredSessionIsPresent(Version version) {
    String clientId = clientId();
    leave(durableClient(version, clientId));
    Received connAck = open(version).connect(durable(clientId));
    assertThat(connAck.sessionPresent()).isTrue();
  }

  @EveryVersion
  @Statement({"MQTT-3.2.2-3", "MQTT-3.1.2-6"})
  @Statement(value = "MQTT-3.2.2-3", version = "3.1.1")
  void withoutStoredSessionNoneIsPresent(Version version) {
    Received connAck = open(version).connect(durable(clientId()));
    assertThat(connAck.sessionPresent()).isFalse();
  }

  @EveryVersion
  @Statement({"MQTT-3.2.0-1", "MQTT-3.2.0-2"})
  @Statement(value = "MQTT-3.2.0-1", version = "3.1.1")
  void connAckComesBeforeTheQueuedMessages(Version version) {
    String topic = topic();
    String clientId = clientId();
    Wire first = durableClient(version, clientId);
    first.subscribe(topic, 1);
    leave(first);
    Wire publisher = client(version);
    publisher.publish(topic, "one", 1);
    publisher.publish(topic, "two", 1);
    Wire again = open(version);
    again.connect(durable(clientId));
    again.acknowledge(again.expectPublish(topic, "one"));
    again.acknowledge(again.expectPublish(topic, "two"));
    again.expectNothing();
  }

  @Test
  @Statement({"MQTT-3.2.2-8", "rule-connack-flags"})
  void theServersPropertiesAreInTheirRange() {
    Received connAck = open(Version.V5).connect(connect(clientId()));
    // Received refuses values and reason codes out of range; what is absent has its default.
    assertThat(connAck.reason()).isZero();
    assertThat(connAck.number(Property.MAXIMUM_QOS, 2)).isBetween(0L, 2L);
  }

  @Test
  @Statement({"MQTT-3.2.2-9", "MQTT-3.2.2-12", "rule-publish-above-maximum-qos"})
  void qualityOfServiceThatIsNotAnnouncedAsMissingIsThere() {
    Wire client = open(Version.V5);
    long maximum = client.connect(connect(clientId())).number(Property.MAXIMUM_QOS, 2);
    for (int qos = 0; qos <= 2; qos++) {
      Wire withWill = open(Version.V5);
      withWill.send(connect(clientId()).will(will(topic(), "w").qos(qos)));
      if (qos <= maximum) {
        client.publish(topic(), "x", qos);
        withWill.expectConnAck(Reason.SUCCESS);
      } else {
        withWill.expectConnectRefusal(Reason.QOS_NOT_SUPPORTED);
        Wire publisher = client(Version.V5);
        publisher.send(publish(topic(), "x").qos(qos, 1));
        publisher.expectRefusal(Reason.QOS_NOT_SUPPORTED);
      }
    }
  }

  @Test
  @Statement("MQTT-3.2.2-10")
  void everyRequestedQosIsAccepted() {
    Wire client = client(Version.V5);
    for (int qos = 0; qos <= 2; qos++) {
      client.send(Subscribe.subscribe(1).filter(topic(), qos));
      assertThat(client.expectAck(PacketType.SUBACK, 1).reason()).isBetween(0, qos);
    }
  }

  @Test
  @Statement({"MQTT-3.2.2-13", "rule-publish-retain-not-available"})
  void retainIsRefusedExactlyWhenItIsAnnouncedAsMissing() {
    Wire client = open(Version.V5);
    boolean available =
        client.connect(connect(clientId())).number(Property.RETAIN_AVAILABLE, 1) == 1;
    Wire withWill = open(Version.V5);
    withWill.send(connect(clientId()).will(will(topic(), "w").retained()));
    if (available) {
      withWill.expectConnAck(Reason.SUCCESS);
      client.publishRetained(topic(), "", 1);
    } else {
      withWill.expectConnectRefusal(Reason.RETAIN_NOT_SUPPORTED);
      client.send(publish(topic(), "x").retained());
      client.expectRefusal(Reason.RETAIN_NOT_SUPPORTED);
    }
  }

  @Test
  @Statement("rule-subscribe-not-available")
  void subscriptionsAreRefusedExactlyWhenTheirKindIsAnnouncedAsMissing() {
    Wire client = open(Version.V5);
    Received connAck = client.connect(connect(clientId()));
    refusedIf(
        connAck.number(Property.WILDCARD_SUBSCRIPTION_AVAILABLE, 1) == 0,
        Subscribe.subscribe(1).filter(topic() + "/#", 0),
        0xA2);
    refusedIf(
        connAck.number(Property.SHARED_SUBSCRIPTION_AVAILABLE, 1) == 0,
        Subscribe.subscribe(1).filter("$share/g/" + topic(), 0),
        0x9E);
    refusedIf(
        connAck.number(Property.SUBSCRIPTION_IDENTIFIER_AVAILABLE, 1) == 0,
        Subscribe.subscribe(1).with(Property.SUBSCRIPTION_IDENTIFIER, 1).filter(topic(), 0),
        0xA1);
  }

  private void refusedIf(boolean missing, Subscribe subscribe, int reason) {
    Wire client = client(Version.V5);
    client.send(subscribe);
    Received answer = client.read();
    assertThat(answer.reason()).as("%s", answer).isEqualTo(missing ? reason : 0);
  }

  @Test
  @Statement("MQTT-3.1.2-28")
  void noResponseInformationUnlessRequested() {
    Received silent = open(Version.V5).connect(connect(clientId()));
    Received refused =
        open(Version.V5)
            .connect(connect(clientId()).with(Property.REQUEST_RESPONSE_INFORMATION, 0));
    assertThat(silent.has(Property.RESPONSE_INFORMATION)).isFalse();
    assertThat(refused.has(Property.RESPONSE_INFORMATION)).isFalse();
  }

  @Test
  @Statement("rule-response-information")
  void responseInformationOnRequestIsTheBeginningOfAUsableTopic() {
    Wire client = open(Version.V5);
    Received connAck =
        client.connect(connect(clientId()).with(Property.REQUEST_RESPONSE_INFORMATION, 1));
    if (brokerExplains()) {
      assertThat(connAck.has(Property.RESPONSE_INFORMATION)).as("%s", connAck).isTrue();
    }
    if (connAck.has(Property.RESPONSE_INFORMATION)) {
      String topic = connAck.text(Property.RESPONSE_INFORMATION) + "/answers";
      client.subscribe(topic, 0);
      client.publish(topic, "x", 0);
      client.expectPublish(topic, "x");
    }
  }

  @Test
  @Statement({"MQTT-3.2.2-19", "MQTT-3.2.2-20", "MQTT-3.1.2-24"})
  void aRefusalStaysWithinTheClientsMaximumPacketSize() {
    // Wire fails on any packet above the maximum.
    for (int maximum : new int[] {5, 8, 16}) {
      Wire client = open(Version.V5);
      client.send(
          connect(clientId())
              .with(Property.MAXIMUM_PACKET_SIZE, maximum)
              .with(Property.AUTHENTICATION_METHOD, "no such method"));
      client.expectConnectRefusal(Reason.BAD_AUTHENTICATION_METHOD, Reason.NOT_AUTHORIZED);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 8, 16, 24})
  @Statement({"MQTT-3.2.2-19", "MQTT-3.2.2-20", "MQTT-3.1.2-24"})
  void theRefusalOfAMalformedConnectStaysWithinIt(int maximum) {
    for (Connect wrong :
        List.of(
            connect(clientId()).will(will("a/#", "x")),
            connect(clientId()).with(Property.AUTHENTICATION_DATA, new byte[] {1}),
            connect(clientId()).with(Property.RECEIVE_MAXIMUM, 0),
            connect(clientId())
                .with(Property.SESSION_EXPIRY_INTERVAL, 1)
                .with(Property.SESSION_EXPIRY_INTERVAL, 1),
            connect("").clientId((byte) 0xff))) {
      Wire client = open(Version.V5);
      client.send(wrong.with(Property.MAXIMUM_PACKET_SIZE, maximum));
      client.expectConnectRefusal(
          Reason.MALFORMED,
          Reason.PROTOCOL_ERROR,
          Reason.TOPIC_NAME_INVALID,
          Reason.CLIENT_ID_NOT_VALID);
    }
  }
}
