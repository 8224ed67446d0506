package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Bytes.bytes;
import static io.dunlin.tests.conformance.Connect.connect;
import static io.dunlin.tests.conformance.Packets.disconnect;
import static io.dunlin.tests.conformance.Packets.pingReq;
import static io.dunlin.tests.conformance.Publish.publish;
import static io.dunlin.tests.conformance.Subscribe.subscribe;
import static io.dunlin.tests.conformance.Will.will;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// CONNECT: what comes first, what its fields may be, and what becomes of a client that breaks it.
class ConnectTest extends ConformanceTest {
  private static final String ALPHANUMERIC =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

  @EveryVersion
  @Statement("MQTT-3.1.4-5")
  @Statement({"MQTT-4.2-1", "MQTT-3.2.0-1"})
  @Statement(
      value = {"MQTT-3.1.4-4", "MQTT-3.2.0-1", "MQTT-7.0.0-2", "MQTT-7.1.1-1"},
      version = "3.1.1")
  void wellFormedConnectIsAnsweredByConnAck(Version version) {
    Wire client = open(version);
    client.send(connect(clientId()));
    assertThat(client.expectConnAck(Reason.SUCCESS).sessionPresent()).isFalse();
    client.expectNothing();
  }

  @EveryVersion
  @Statement({"MQTT-3.1.0-1", "MQTT-3.14.0-1"})
  @Statement(value = "MQTT-3.1.0-1", version = "3.1.1")
  void anotherFirstPacketEndsTheConnectionWithoutAnAnswer(Version version) {
    List<Outgoing> others =
        List.of(
            pingReq(),
            disconnect(),
            publish(topic(), "x"),
            publish(topic(), "x").qos(1, 1),
            subscribe(1).filter(topic(), 0),
            Packets.pubAck(1));
    for (Outgoing first : others) {
      Wire client = open(version);
      client.send(first);
      assertThat(client.readToEnd()).as("after %s", Bytes.hex(first.bytes(version))).isEmpty();
    }
  }

  @EveryVersion
  @Statement("MQTT-3.1.0-2")
  @Statement("MQTT-3.2.0-2")
  @Statement(
      value = {"MQTT-3.1.0-2", "MQTT-4.8.0-1"},
      version = "3.1.1")
  void secondConnectEndsTheConnection(Version version) {
    String clientId = clientId();
    Wire client = client(version, connect(clientId));
    client.send(connect(clientId));
    client.expectRefusal(Reason.PROTOCOL_ERROR);
  }

  @Test
  @Statement("MQTT-3.1.2-1")
  @Statement(
      value = {"MQTT-3.1.2-1", "MQTT-3.2.2-6"},
      version = "3.1.1")
  void anotherProtocolNameIsNotAccepted() {
    for (String name : List.of("MQTX", "mqtt", "", "MQTTT", "MQIsdq")) {
      for (Version version : Version.values()) {
        Wire client = open(version);
        client.send(connect(clientId()).protocol(name, version.level));
        assertRefusedInAnyForm(client, "protocol name '" + name + "', level " + version.level);
      }
    }
  }

  @Test
  @Statement("MQTT-3.1.2-2")
  @Statement(value = "MQTT-3.1.2-2", version = "3.1.1")
  void anUnsupportedProtocolLevelIsAnsweredAndRefused() {
    for (int level : new int[] {0, 1, 6, 127}) {
      Wire client = open(Version.V3_1_1);
      client.send(connect(clientId()).protocol("MQTT", level));
      assertThat(client.readToEnd())
          .as("level %d: CONNACK 0x01 of 3.1.1, or 0x84 of 5.0", level)
          .satisfiesAnyOf(
              answer -> assertThat(answer).containsExactly(0x20, 2, 0, 1),
              answer -> assertThat(answer).startsWith(0x20).contains(Reason.UNSUPPORTED_VERSION));
    }
  }

  private static void assertRefusedInAnyForm(Wire client, String what) {
    byte[] answer = client.readToEnd();
    if (answer.length > 0) {
      assertThat(answer[0])
          .as("CONNACK after %s: %s", what, Bytes.hex(answer))
          .isEqualTo((byte) 0x20);
      assertThat(answer[3]).as("code after %s: %s", what, Bytes.hex(answer)).isNotZero();
    }
  }

  @From311
  @Statement("MQTT-3.1.2-3")
  @Statement(value = "MQTT-3.1.2-3", version = "3.1.1")
  void theReservedFlagMustBeZero(Version version) {
    Wire client = open(version);
    client.send(connect(clientId()).setFlags(0x01));
    client.expectConnectRefusal(Reason.MALFORMED);
  }

  @EveryVersion
  @Statement({"MQTT-3.1.2-12", "MQTT-3.1.4-1"})
  @Statement(
      value = {"MQTT-3.1.2-14", "MQTT-3.1.4-1"},
      version = "3.1.1")
  void willQos3IsMalformed(Version version) {
    Wire client = open(version);
    client.send(connect(clientId()).will(will(topic(), "w")).setFlags(0x18));
    client.expectConnectRefusal(Reason.MALFORMED);
  }

  @From311
  @Statement("MQTT-3.1.2-11")
  @Statement(
      value = {"MQTT-3.1.2-11", "MQTT-3.1.2-13"},
      version = "3.1.1")
  void willQosWithoutWillIsRefused(Version version) {
    for (int willQos : new int[] {0x08, 0x10, 0x18}) {
      Wire client = open(version);
      client.send(connect(clientId()).setFlags(willQos));
      client.expectConnectRefusal(Reason.MALFORMED, Reason.PROTOCOL_ERROR);
    }
  }

  @From311
  @Statement("MQTT-3.1.2-13")
  @Statement(value = "MQTT-3.1.2-15", version = "3.1.1")
  void willRetainWithoutWillIsRefused(Version version) {
    Wire client = open(version);
    client.send(connect(clientId()).setFlags(0x20));
    client.expectConnectRefusal(Reason.MALFORMED, Reason.PROTOCOL_ERROR);
  }

  @EveryVersion
  @Statement("MQTT-3.1.2-9")
  @Statement(value = "MQTT-3.1.2-9", version = "3.1.1")
  void willFlagWithoutWillFieldsIsMalformed(Version version) {
    Wire client = open(version);
    client.send(connect(clientId()).setFlags(0x04));
    client.expectConnectRefusal(Reason.MALFORMED);
  }

  @From311
  @Statement(value = "MQTT-3.1.2-11", version = "3.1.1")
  void willFieldsWithoutWillFlagAreMalformed(Version version) {
    Wire client = open(version);
    client.send(connect(clientId()).will(will(topic(), "w")).clearFlags(0x04));
    client.expectConnectRefusal(Reason.MALFORMED);
  }

  @EveryVersion
  @Statement("MQTT-3.1.2-16")
  @Statement("rule-bytes-left-over")
  @Statement(
      value = {"MQTT-3.1.2-18", "rule-bytes-left-over"},
      version = "3.1.1")
  void userNameWithoutItsFlagIsMalformed(Version version) {
    Wire client = open(version);
    client.send(connect(clientId()).userName("user").clearFlags(0x80));
    client.expectConnectRefusal(Reason.MALFORMED);
  }

  @From311
  @Statement("MQTT-3.1.2-17")
  @Statement(value = "MQTT-3.1.2-19", version = "3.1.1")
  void userNameFlagWithoutUserNameIsMalformed(Version version) {
    Wire client = open(version);
    client.send(connect(clientId()).setFlags(0x80));
    client.expectConnectRefusal(Reason.MALFORMED);
  }

  @EveryVersion
  @Statement("MQTT-3.1.2-18")
  @Statement(value = "MQTT-3.1.2-20", version = "3.1.1")
  void passwordWithoutItsFlagIsMalformed(Version version) {
    Wire client = open(version);
    client.send(connect(clientId()).userName("user").password("secret").clearFlags(0x40));
    client.expectConnectRefusal(Reason.MALFORMED);
  }

  @From311
  @Statement("MQTT-3.1.2-19")
  @Statement(value = "MQTT-3.1.2-21", version = "3.1.1")
  void passwordFlagWithoutPasswordIsMalformed(Version version) {
    Wire client = open(version);
    client.send(connect(clientId()).userName("user").setFlags(0x40));
    client.expectConnectRefusal(Reason.MALFORMED);
  }

  @Test
  @Statement(value = "MQTT-3.1.2-22", version = "3.1.1")
  void passwordWithoutUserNameIsMalformedIn311() {
    Wire client = open(Version.V3_1_1);
    client.send(connect(clientId()).password("secret"));
    client.expectConnectRefusal();
  }

  @Test
  @Statement("MQTT-3.1.2-19")
  void passwordWithoutUserNameIsWellFormed() {
    Wire client = open(Version.V5);
    client.send(connect(clientId()).password("secret"));
    Received connAck = client.expect(PacketType.CONNACK);
    assertThat(connAck.reason()).as("%s", connAck).isNotIn(Reason.MALFORMED, Reason.PROTOCOL_ERROR);
  }

  @EveryVersion
  @Statement("MQTT-3.1.3-1")
  @Statement(value = "MQTT-3.1.3-1", version = "3.1.1")
  void thePayloadFieldsStandInTheirOrder(Version version) {
    String willTopic = topic();
    Wire watcher = subscriber(version, willTopic, 0);
    Wire client = open(version);
    client.send(
        connect(clientId()).will(will(willTopic, "gone")).userName("user").password("secret"));
    client.expectConnAck(Reason.SUCCESS);
    client.close();
    watcher.expectPublish(willTopic, "gone");
  }

  @EveryVersion
  @Statement("MQTT-3.1.3-3")
  @Statement(value = "MQTT-3.1.3-3", version = "3.1.1")
  void withoutClientIdentifierTheConnectIsMalformed(Version version) {
    Bytes body = new Bytes().string(version.protocolName).u8(version.level).u8(0x02).u16(60);
    if (version.hasProperties()) {
      body.variable(0);
    }
    Wire client = open(version);
    client.send(Bytes.packet(PacketType.CONNECT.firstByte(), body));
    client.expectConnectRefusal(Reason.MALFORMED);
  }

  @EveryVersion
  @Statement("MQTT-3.1.3-5")
  @Statement(value = "MQTT-3.1.3-5", version = "3.1.1")
  void clientIdentifiersOf1To23LettersAndDigitsAreAccepted(Version version) {
    // Versions run side by side, so each has its own identifiers.
    for (int from = version.level; from + 23 <= ALPHANUMERIC.length(); from += 12) {
      client(version, connect(ALPHANUMERIC.substring(from, from + 23)));
    }
    client(version, connect(Integer.toString(version.level)));
  }

  @EveryVersion
  @Statement({"MQTT-3.1.3-8", "MQTT-3.2.2-7"})
  @Statement(
      value = {"MQTT-3.1.3-9", "MQTT-3.2.2-5"},
      version = "3.1.1")
  void anOverlongClientIdentifierIsAcceptedOrRefusedByItsCode(Version version) {
    Wire client = open(version);
    client.send(connect(clientId() + "c".repeat(60_000)));
    Received connAck = client.readUnlessEnded();
    if (connAck == null) { // in 5.0 the CONNACK is left to the server
      assertThat(version.hasProperties() && !brokerExplains()).as("ended without CONNACK").isTrue();
      return;
    }
    int refusal = version.hasProperties() ? Reason.CLIENT_ID_NOT_VALID : 2;
    assertThat(connAck.reason()).as("%s", connAck).isIn(Reason.SUCCESS, refusal);
    if (connAck.reason() == refusal) {
      client.expectEnd();
    } else {
      client.expectNothing();
    }
  }

  @BeforeV5
  @Statement(
      value = {"MQTT-3.1.3-8", "MQTT-3.2.2-4", "MQTT-3.2.2-5"},
      version = "3.1.1")
  void emptyClientIdentifierWithoutCleanSessionIsRefused(Version version) {
    Wire client = open(version);
    client.send(connect("").resume());
    Received connAck = client.expectConnAck(2);
    assertThat(connAck.sessionPresent()).isFalse();
    client.expectEnd();
  }

  @Test
  @Statement(value = "MQTT-3.1.3-6", version = "3.1.1")
  void emptyClientIdentifiersGetSessionsOfTheirOwnIn311() {
    Wire one = client(Version.V3_1_1, connect(""));
    Wire other = client(Version.V3_1_1, connect(""));
    String topic = topic();
    one.subscribe(topic, 0);
    other.publish(topic, "x", 0);
    one.expectPublish(topic, "x");
    other.expectNothing();
  }

  @Test
  @Statement({"MQTT-3.1.3-6", "MQTT-3.2.2-16"})
  void emptyClientIdentifiersGetUniqueOnes() {
    Received one = open(Version.V5).connect(connect(""));
    Received other = open(Version.V5).connect(connect(""));
    assertThat(one.text(Property.ASSIGNED_CLIENT_IDENTIFIER))
        .isNotEmpty()
        .isNotEqualTo(other.text(Property.ASSIGNED_CLIENT_IDENTIFIER));
  }

  @Test
  @Statement("MQTT-3.1.3-7")
  void theAssignedClientIdentifierIsTheOneOfTheSession() {
    Wire first = open(Version.V5);
    Received connAck = first.connect(connect("").resume().sessionExpiry(60));
    String assigned = connAck.text(Property.ASSIGNED_CLIENT_IDENTIFIER);
    leave(first);
    Received again = open(Version.V5).connect(connect(assigned).resume());
    assertThat(again.sessionPresent()).isTrue();
  }

  @EveryVersion
  @Statement(value = "MQTT-3.1.4-5", version = "3.1.1")
  @Statement("MQTT-3.1.4-6")
  void nothingAfterARejectedConnectIsProcessed(Version version) {
    String topic = topic();
    Wire watcher = subscriber(version, topic, 0);
    Wire client = open(version);
    Outgoing rejected =
        version.hasProperties()
            ? connect(clientId()).with(Property.AUTHENTICATION_METHOD, "no such method")
            : connect("").resume();
    client.send(rejected, publish(topic, "smuggled"));
    assertThat(client.expect(PacketType.CONNACK).reason()).isNotZero();
    client.expectEnd();
    expectNothingFrom(client(version), watcher);
  }

  @Test
  @Statement({"MQTT-3.1.4-2", "MQTT-3.2.2-6"})
  void aFailedCheckIsAnsweredWithoutSessionPresentAndCloses() {
    String clientId = clientId();
    leave(durableClient(Version.V5, clientId));
    Wire client = open(Version.V5);
    client.send(durable(clientId).with(Property.AUTHENTICATION_METHOD, "no such method"));
    Received connAck = client.expect(PacketType.CONNACK);
    assertThat(connAck.reason()).isGreaterThanOrEqualTo(0x80);
    assertThat(connAck.sessionPresent()).isFalse();
    client.expectEnd();
  }

  @Test
  @Statement("rule-connect-receive-maximum-0")
  void receiveMaximum0IsAProtocolError() {
    refuses(connect(clientId()).with(Property.RECEIVE_MAXIMUM, 0));
  }

  @Test
  @Statement("rule-connect-maximum-packet-size-0")
  void maximumPacketSize0IsAProtocolError() {
    Wire client = open(Version.V5);
    Bytes property = new Bytes().property(Property.MAXIMUM_PACKET_SIZE, 0);
    client.send(connect(clientId()).rawProperties(property));
    client.expectConnectRefusal(Reason.PROTOCOL_ERROR);
  }

  @Test
  @Statement("rule-connect-request-flags")
  void requestInformationAbove1IsAProtocolError() {
    refuses(connect(clientId()).with(Property.REQUEST_PROBLEM_INFORMATION, 2));
    refuses(connect(clientId()).with(Property.REQUEST_RESPONSE_INFORMATION, 2));
  }

  @Test
  @Statement("rule-connect-authentication-data")
  void authenticationDataWithoutMethodIsAProtocolError() {
    refuses(connect(clientId()).with(Property.AUTHENTICATION_DATA, new byte[] {1}));
  }

  private void refuses(Connect connect) {
    Wire client = open(Version.V5);
    client.send(connect);
    client.expectConnectRefusal(Reason.PROTOCOL_ERROR);
  }

  @From311
  @Statement("rule-length-does-not-fit")
  void aConnectThatIsCutShortIsMalformed(Version version) {
    byte[] whole = connect("abc").userName("user").body(version).toArray();
    for (int length = 0; length < whole.length; length++) {
      Bytes cut = new Bytes().raw(Arrays.copyOf(whole, length));
      Wire client = open(version);
      client.send(Bytes.packet(PacketType.CONNECT.firstByte(), cut));
      assertRefusedInAnyForm(client, "the first " + length + " bytes of a body");
    }
  }

  @EveryVersion
  void aConnectThatComesByteByByteIsAccepted(Version version) {
    Wire client = open(version);
    for (byte each : connect(clientId()).bytes(version)) {
      client.send(new byte[] {each});
    }
    client.expectConnAck(Reason.SUCCESS);
  }

  @EveryVersion
  void packetsMayComeRightAfterTheConnect(Version version) {
    String topic = topic();
    Wire client = open(version);
    client.send(connect(clientId()), subscribe(7).filter(topic, 0), publish(topic, "early"));
    client.expectConnAck(Reason.SUCCESS);
    client.expectAck(PacketType.SUBACK, 7);
    client.expectPublish(topic, "early");
  }

  @EveryVersion
  @Statement("rule-slow-connect")
  @Statement(value = "rule-slow-connect", version = "3.1.1")
  void aConnectThatDripsForeverIsCutOff(Version version) {
    Wire client = open(version);
    byte[] connect = connect("c".repeat(200)).bytes(version);
    long deadlineNanos = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    boolean open = true;
    for (int i = 0; open && i < connect.length - 1; i++) {
      assertThat(System.nanoTime()).as("still open after 20 s").isLessThan(deadlineNanos);
      open = client.trySend(new byte[] {connect[i]}) && client.staysOpen(Duration.ofMillis(250));
    }
    assertThat(open).isFalse();
  }

  @Test
  @Statement("rule-utf8-control-characters")
  void controlCharactersAreForwardedUnchangedOrRefused() {
    String topic = topic() + "/\u0001\u007f";
    Wire client = client(Version.V5);
    client.send(subscribe(1).filter(topic, 0));
    Received answer = client.read();
    if (answer.type() == PacketType.SUBACK && answer.reason() < 0x80) {
      client.publish(topic, "x", 0);
      client.expectPublish(topic, "x");
    } else {
      assertThat(answer.reason())
          .as("%s", answer)
          .isIn(Reason.MALFORMED, Reason.TOPIC_FILTER_INVALID, Reason.TOPIC_NAME_INVALID);
    }
  }

  @EveryVersion
  @Statement("rule-input-harms-nobody-else")
  @Statement(value = "rule-input-harms-nobody-else", version = "3.1.1")
  void garbageHarmsNobodyElse(Version version) {
    String topic = topic();
    Wire bystander = subscriber(version, topic, 0);
    Random random = new Random(20260101);
    for (int round = 0; round < 50; round++) {
      byte[] garbage = new byte[1 + random.nextInt(300)];
      random.nextBytes(garbage);
      Wire vandal = round % 2 == 0 ? client(version) : open(version);
      vandal.trySend(garbage);
      vandal.close();
    }
    bystander.publish(topic, "still here", 0);
    bystander.expectPublish(topic, "still here");
  }

  @Test
  @Statement("rule-length-of-five-bytes")
  @Statement(value = "rule-length-of-five-bytes", version = "3.1.1")
  void aRemainingLengthOfFiveBytesEndsTheConnection() {
    for (Version version : Version.values()) {
      Wire client = client(version);
      client.send(bytes(0x30, 0x80, 0x80, 0x80, 0x80, 0x01));
      client.expectRefusal(Reason.MALFORMED);
    }
  }
}
