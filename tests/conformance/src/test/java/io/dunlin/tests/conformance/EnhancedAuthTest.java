package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Connect.connect;
import static io.dunlin.tests.conformance.Publish.publish;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.broker.observe.SessionView;
import io.dunlin.tests.conformance.PluggedBroker.Riddle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// AUTH, re-authentication and logins, with a Dunlin that has a method; the broker under test may
/// be another, which has none.
class EnhancedAuthTest extends ConformanceTest {
  private static PluggedBroker broker;

  @BeforeAll
  static void start(@TempDir Path data) throws IOException {
    broker = new PluggedBroker(data, Map.of());
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Override
  BrokerUnderTest broker() {
    return broker;
  }

  // At the CONNECT.

  @Test
  @Statement({"MQTT-4.12.0-2", "MQTT-4.12.0-5"})
  void theServerAsksUntilItKnowsEnough() {
    Wire client = open(Version.V5);
    client.send(riddled(clientId()));
    for (int i = 0; i < 3; i++) {
      expectQuestion(client);
      client.send(auth(Reason.CONTINUE_AUTHENTICATION, ""));
    }
    expectQuestion(client);
    client.send(auth(Reason.CONTINUE_AUTHENTICATION, Riddle.ANSWER + "oedipus"));
    expectAnswer(client.expectConnAck(Reason.SUCCESS), "oedipus");
    client.expectNothing();
  }

  @Test
  @Statement("MQTT-4.12.0-5")
  void whoSaysEnoughInTheConnectIsNotAsked() {
    Wire client = open(Version.V5);
    client.send(riddled(clientId(), Riddle.ANSWER + "oedipus"));
    expectAnswer(client.expectConnAck(Reason.SUCCESS), "oedipus");
    client.expectNothing();
  }

  @Test
  void whoLogsInWithoutAUserNameIsShownAsWhomTheLoginHasMadeIt() {
    String clientId = clientId();
    Wire client = open(Version.V5);
    client.send(riddled(clientId, Riddle.ANSWER + "oedipus"));
    client.expectConnAck(Reason.SUCCESS);

    SessionView session = broker.inspection().client(clientId).join().session();
    assertThat(Objects.requireNonNull(Objects.requireNonNull(session).connection()).userName())
        .isEqualTo("oedipus");
  }

  @Test
  @Statement("MQTT-4.12.0-4")
  void aWrongAnswerIsRefusedAtAnyStep() {
    Wire atOnce = open(Version.V5);
    atOnce.send(riddled(clientId(), "a table"));
    atOnce.expectConnectRefusal(Reason.NOT_AUTHORIZED);

    Wire later = asked(clientId());
    later.send(auth(Reason.CONTINUE_AUTHENTICATION, "a table"));
    later.expectConnectRefusal(Reason.NOT_AUTHORIZED);
  }

  @Test
  @Statement("MQTT-4.12.0-1")
  void anUnknownMethodIsRefusedBesidesAKnownOne() {
    Wire client = open(Version.V5);
    client.send(connect(clientId()).with(Property.AUTHENTICATION_METHOD, "riddle"));
    client.expectConnectRefusal(Reason.BAD_AUTHENTICATION_METHOD);
  }

  @Test
  @Statement({"MQTT-4.12.0-5", "MQTT-4.12.0-4"})
  void anAuthOfAnotherMethodEndsTheExchange() {
    Wire client = asked(clientId());
    client.send(
        Packets.auth(
            Reason.CONTINUE_AUTHENTICATION,
            new Bytes()
                .property(Property.AUTHENTICATION_METHOD, "RIDDLES")
                .property(Property.AUTHENTICATION_DATA, bytes(Riddle.ANSWER + "oedipus"))));
    client.expectConnectRefusal(Reason.PROTOCOL_ERROR, Reason.BAD_AUTHENTICATION_METHOD);
  }

  @Test
  @Statement("MQTT-4.12.0-4")
  void reAuthenticationBeforeTheConnAckEndsTheExchange() {
    Wire client = asked(clientId());
    client.send(auth(Reason.REAUTHENTICATE, Riddle.ANSWER + "oedipus"));
    client.expectConnectRefusal(Reason.PROTOCOL_ERROR);
  }

  @Test
  @Statement({"MQTT-3.1.2-30", "MQTT-4.12.0-4"})
  void otherPacketsThanAuthEndTheExchangeAndDoNothing() {
    String topic = topic();
    Wire subscriber = client(Version.V5);
    subscriber.subscribe(topic, 0);
    for (Outgoing packet :
        new Outgoing[] {
          publish(topic, "too early"),
          Subscribe.subscribe(1).filter(topic, 0),
          Packets.pingReq(),
          connect(clientId())
        }) {
      Wire client = asked(clientId());
      client.send(packet);
      client.expectConnectRefusal(Reason.PROTOCOL_ERROR);
    }
    expectNothingFrom(client(Version.V5), subscriber);
  }

  @Test
  @Statement("MQTT-3.1.2-30")
  void aDisconnectEndsTheExchangeWithoutAnAnswer() {
    Wire client = asked(clientId());
    client.send(Packets.disconnect());
    assertThat(client.readToEnd()).isEmpty();
  }

  @Test
  @Statement("MQTT-4.12.0-2")
  void anExchangeDoesNotDisturbTheOwnersSession() {
    String clientId = clientId();
    Wire owner = authenticated(clientId, "oedipus");
    Wire other = asked(clientId);
    owner.expectNothing();
    other.close();
    owner.expectNothing();
  }

  @Test
  @Statement({"MQTT-3.15.2-2", "MQTT-3.15.2-3", "MQTT-3.1.2-24"})
  void anAuthLargerThanTheClientTakesIsNotSent() {
    Wire exact = open(Version.V5);
    exact.send(riddled(clientId()).with(Property.MAXIMUM_PACKET_SIZE, questionBytes()));
    assertThat(exact.expect(PacketType.AUTH).sizeBytes()).isEqualTo(questionBytes());

    Wire tooSmall = open(Version.V5);
    tooSmall.send(riddled(clientId()).with(Property.MAXIMUM_PACKET_SIZE, questionBytes() - 1));
    tooSmall.expectConnectRefusal(Reason.IMPLEMENTATION_SPECIFIC);

    Wire later = open(Version.V5);
    later.send(
        riddled(clientId(), Riddle.ANSWER + "oedipus")
            .with(Property.MAXIMUM_PACKET_SIZE, questionBytes() - 1));
    later.expectConnAck(Reason.SUCCESS);
    later.send(auth(Reason.REAUTHENTICATE, ""));
    later.expectRefusal(Reason.PACKET_TOO_LARGE);
  }

  // Again.

  @Test
  @Statement({"MQTT-4.12.0-2", "MQTT-4.12.0-5"})
  void reAuthenticationGoesOnWhilePacketsFlow() {
    String topic = topic();
    Wire client = authenticated(clientId(), "oedipus");
    client.subscribe(topic, 1);
    for (int i = 0; i < 3; i++) {
      client.send(auth(Reason.REAUTHENTICATE, ""));
      expectQuestion(client);
      client.send(publish(topic, "meanwhile").qos(1, 7));
      client.acknowledge(client.await(PacketType.PUBLISH), "meanwhile");
      client.expectAck(PacketType.PUBACK, 7);
      client.send(auth(Reason.CONTINUE_AUTHENTICATION, Riddle.ANSWER + "oedipus"));
      Received auth = client.expect(PacketType.AUTH);
      assertThat(auth.reason()).isEqualTo(Reason.SUCCESS);
      expectAnswer(auth, "oedipus");
    }
    client.expectNothing();
  }

  @Test
  @Statement("MQTT-4.12.1-2")
  void aFailedReAuthenticationEndsTheConnection() {
    Wire atOnce = authenticated(clientId(), "oedipus");
    atOnce.send(auth(Reason.REAUTHENTICATE, "a table"));
    atOnce.expectRefusal(Reason.NOT_AUTHORIZED);

    Wire later = authenticated(clientId(), "oedipus");
    later.send(auth(Reason.REAUTHENTICATE, ""));
    expectQuestion(later);
    later.send(auth(Reason.CONTINUE_AUTHENTICATION, "a table"));
    later.expectRefusal(Reason.NOT_AUTHORIZED);
  }

  @Test
  @Statement("MQTT-4.12.1-2")
  void nobodyBecomesSomebodyElse() {
    Wire client = authenticated(clientId(), "oedipus");
    client.send(auth(Reason.REAUTHENTICATE, Riddle.ANSWER + "creon"));
    client.expectRefusal(Reason.NOT_AUTHORIZED);
  }

  @Test
  @Statement("rule-auth-other-method")
  void reAuthenticationWithAnotherMethodIsRefused() {
    for (int reason : new int[] {Reason.REAUTHENTICATE, Reason.CONTINUE_AUTHENTICATION}) {
      Wire client = authenticated(clientId(), "oedipus");
      client.send(
          Packets.auth(
              reason, new Bytes().property(Property.AUTHENTICATION_METHOD, "SCRAM-SHA-256")));
      client.expectRefusal(Reason.PROTOCOL_ERROR);
    }
  }

  @Test
  @Statement("rule-auth-without-method")
  void reAuthenticationWithoutMethodInTheConnectIsRefused() {
    Wire client = client(Version.V5);
    client.send(auth(Reason.REAUTHENTICATE, Riddle.ANSWER + "oedipus"));
    client.expectRefusal(Reason.PROTOCOL_ERROR);
  }

  @Test
  @Statement("MQTT-4.12.1-2")
  void anAuthOutOfTurnIsRefused() {
    Wire unasked = authenticated(clientId(), "oedipus");
    unasked.send(auth(Reason.CONTINUE_AUTHENTICATION, Riddle.ANSWER + "oedipus"));
    unasked.expectRefusal(Reason.PROTOCOL_ERROR);

    Wire twice = authenticated(clientId(), "oedipus");
    twice.send(auth(Reason.REAUTHENTICATE, ""));
    expectQuestion(twice);
    twice.send(auth(Reason.REAUTHENTICATE, Riddle.ANSWER + "oedipus"));
    twice.expectRefusal(Reason.PROTOCOL_ERROR);
  }

  // Logins, and whose session it is.

  @EveryVersion
  @Statement({"MQTT-3.1.4-2", "MQTT-3.2.2-7", "MQTT-3.2.2-8"})
  @Statement(
      value = {"MQTT-3.2.2-4", "MQTT-3.2.2-5"},
      version = "3.1.1")
  void aRefusedLoginIsToldWhy(Version version) {
    Map<String, Integer> codes =
        version.hasProperties()
            ? Map.of("mallory", 0x86, "trent", 0x87, "victor", 0x8A, PluggedBroker.BREAKS, 0x88)
            : Map.of("mallory", 4, "trent", 5, "victor", 5, PluggedBroker.BREAKS, 3);
    codes.forEach((userName, code) -> {
      Wire client = open(version);
      client.send(connect(clientId()).userName(userName).password("wrong"));
      assertThat(client.expectConnAck(code).sessionPresent()).isFalse();
      client.expectEnd();
    });
  }

  @EveryVersion
  @Statement("MQTT-3.1.4-2")
  @Statement(value = "MQTT-3.2.2-6", version = "3.1.1")
  void aReasonThat3HasNoCodeForIsNotTold(Version version) {
    Wire client = open(version);
    client.send(connect(clientId()).userName("peggy").password("x"));
    client.expectConnectRefusal(Reason.UNSPECIFIED_ERROR);
  }

  @EveryVersion
  @Statement("MQTT-3.1.4-5")
  void anAcceptedLoginConnects(Version version) {
    client(version, connect(clientId()).userName("alice").password("x")).expectNothing();
  }

  @EveryVersion
  @Statement("MQTT-3.1.4-2")
  @Statement(
      value = {"MQTT-3.1.3-2", "MQTT-3.2.2-5"},
      version = "3.1.1")
  void anotherOwnerTakesNoSessionOver(Version version) {
    String clientId = clientId();
    Wire alice = client(version, durable(clientId).userName("alice").password("x"));
    for (Connect connect : others(clientId)) {
      expectNotAuthorized(version, connect);
    }
    alice.expectNothing();
    alice.close();
    for (Connect connect : others(clientId)) {
      expectNotAuthorized(version, connect);
    }
    Wire again = open(version);
    again.send(durable(clientId).userName("alice").password("x"));
    assertThat(again.expectConnAck(Reason.SUCCESS).sessionPresent())
        .isEqualTo(version != Version.V3_1);
  }

  private static List<Connect> others(String clientId) {
    return List.of(
        connect(clientId),
        durable(clientId),
        connect(clientId).userName("bob").password("x"),
        durable(clientId).userName("bob").password("x"));
  }

  private void expectNotAuthorized(Version version, Connect connect) {
    Wire client = open(version);
    client.send(connect);
    client.expectConnAck(version.hasProperties() ? Reason.NOT_AUTHORIZED : 5);
    client.expectEnd();
  }

  // The riddle.

  private static Connect riddled(String clientId) {
    return connect(clientId).with(Property.AUTHENTICATION_METHOD, Riddle.NAME);
  }

  private static Connect riddled(String clientId, String data) {
    return riddled(clientId).with(Property.AUTHENTICATION_DATA, bytes(data));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static Outgoing auth(int reason, String data) {
    Bytes properties = new Bytes().property(Property.AUTHENTICATION_METHOD, Riddle.NAME);
    return Packets.auth(
        reason,
        data.isEmpty()
            ? properties
            : properties.property(Property.AUTHENTICATION_DATA, bytes(data)));
  }

  /// A client that was asked, and has not answered.
  private Wire asked(String clientId) {
    Wire client = open(Version.V5);
    client.send(riddled(clientId));
    expectQuestion(client);
    return client;
  }

  private Wire authenticated(String clientId, String owner) {
    Wire client = asked(clientId);
    client.send(auth(Reason.CONTINUE_AUTHENTICATION, Riddle.ANSWER + owner));
    client.expectConnAck(Reason.SUCCESS);
    return client;
  }

  private static void expectQuestion(Wire client) {
    Received auth = client.expect(PacketType.AUTH);
    assertThat(auth.reason()).as("%s", auth).isEqualTo(Reason.CONTINUE_AUTHENTICATION);
    expectAnswer(auth, Riddle.QUESTION);
  }

  private static void expectAnswer(Received packet, String data) {
    assertThat(packet.text(Property.AUTHENTICATION_METHOD)).isEqualTo(Riddle.NAME);
    assertThat(packet.binary(Property.AUTHENTICATION_DATA)).asString(UTF_8).isEqualTo(data);
  }

  /// The whole AUTH: header, reason, Property Length, method and question.
  private static int questionBytes() {
    return 4 + 3 + Riddle.NAME.length() + 3 + Riddle.QUESTION.length();
  }
}
