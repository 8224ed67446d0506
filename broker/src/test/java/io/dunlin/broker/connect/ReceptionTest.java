package io.dunlin.broker.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.broker.shard.FakeConnection;
import io.dunlin.broker.shard.FakeLoop;
import io.dunlin.broker.shard.ShardBench;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.spi.AuthenticationMethod;
import io.dunlin.broker.spi.Login;
import io.dunlin.broker.spi.LoginCheck;
import io.dunlin.broker.spi.Plugins;
import io.dunlin.codec.PacketDecoder;
import io.dunlin.codec.PacketEncoder;
import io.dunlin.codec.Sender;
import io.dunlin.mqtt.Auth;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PingReq;
import io.dunlin.mqtt.ReasonCode;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReceptionTest {
  private static final int TIMEOUT_SECONDS = 10;
  private static final int MAX_INPUT_BYTES = 256;
  private static final String ELSEWHERE = "other.example:1883";

  private final ShardBench bench = new ShardBench(1, Access.OPEN);
  private final FakeLoop loop = bench.loops.getFirst();
  private final ArrayDeque<Runnable> logins = new ArrayDeque<>();
  private @Nullable LoginCheck check;
  private List<AuthenticationMethod> methods = List.of();
  private String serverReference = "";
  private long connections;

  @Test
  void anAcceptedConnectIsAnswered() {
    FakeConnection connection = accept(reception());
    send(connection, connect(MqttVersion.V5, "a"));

    assertThat(connAck(connection, MqttVersion.V5).reasonCode()).isEqualTo(ReasonCode.SUCCESS);
    assertThat(connection.closed).isFalse();
  }

  // MQTT 5.0 §3.2.2.2: 0x97
  @Test
  void aConnectionTooManyIsToldSoInItsVersion() {
    Reception reception = reception();
    accept(reception);
    accept(reception);

    FakeConnection third = accept(reception);
    assertThat(third.closed).as("nothing may be sent before its CONNECT").isFalse();
    send(third, connect(MqttVersion.V5, "c"));
    FakeConnection fourth = accept(reception);
    send(fourth, connect(MqttVersion.V3_1_1, "d"));

    assertThat(connAck(third, MqttVersion.V5).reasonCode()).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
    assertThat(fourth.takeSent()).containsExactly(0x20, 2, 0, 3); // [MQTT-3.2.2-5 v3.1.1]
    assertThat(third.closed && fourth.closed).isTrue(); // [MQTT-3.2.2-7]
    assertThat(reception.refused()).containsEntry(ReasonCode.QUOTA_EXCEEDED, 2);
  }

  @Test
  void oneThatEndsMakesRoomForAnother() {
    Reception reception = reception();
    FakeConnection first = accept(reception);
    FakeConnection second = accept(reception);
    send(second, connect(MqttVersion.V5, "b"));
    FakeConnection surplus = accept(reception);
    surplus.lose();
    first.lose();
    second.lose();

    assertThat(bench.admission.present()).isZero();
    FakeConnection next = accept(reception);
    send(next, connect(MqttVersion.V5, "n"));
    assertThat(connAck(next, MqttVersion.V5).reasonCode()).isEqualTo(ReasonCode.SUCCESS);
  }

  @Test
  void whoeverSendsNoConnectIsClosedWithoutAWordAndCounted() { // [MQTT-3.1.0-1]
    Reception reception = reception();
    FakeConnection connection = accept(reception);
    bench.pass(TIMEOUT_SECONDS - 1);
    assertThat(connection.closed).isFalse();

    bench.pass(2);

    assertThat(connection.closed).isTrue();
    assertThat(connection.takeSent()).isEmpty();
    assertThat(reception.refused()).containsEntry(ReasonCode.MAXIMUM_CONNECT_TIME, 1);
    assertThat(reception.waiting()).isZero();
  }

  @Test
  void dripsDoNotExtendTheDeadline() {
    FakeConnection connection = accept(reception());
    Slice bytes = connect(MqttVersion.V5, "slow");
    for (int i = 1; i <= TIMEOUT_SECONDS + 1 && !connection.closed; i++) {
      feed(connection, bytes.sub(0, i), 0);
      bench.pass(1);
    }
    assertThat(connection.closed).isTrue();
  }

  @Test
  void anAcceptedConnectStopsTheDeadline() {
    FakeConnection connection = accept(reception());
    send(connection, connect(MqttVersion.V5, "a"));

    bench.pass(3 * TIMEOUT_SECONDS);

    assertThat(connection.closed).isFalse();
  }

  @Test
  void aLoginCheckThatTakesTooLongIsAnswered() {
    check = login -> new LoginCheck.Verdict.Accepted("");
    Reception reception = reception();
    FakeConnection connection = accept(reception);
    send(connection, connect(MqttVersion.V5, "a"));

    bench.pass(TIMEOUT_SECONDS + 1);
    logins.forEach(Runnable::run);
    bench.settle();

    assertThat(connAck(connection, MqttVersion.V5).reasonCode())
        .isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
    assertThat(connection.closed).isTrue();
    assertThat(reception.waiting()).isZero();
  }

  // MQTT 5.0 §4.11
  @Test
  void whoeverComesWhenTheBrokerStopsIsSentElsewhere() {
    serverReference = ELSEWHERE;
    Reception reception = reception();
    FakeConnection connection = accept(reception);
    reception.stop();
    send(connection, connect(MqttVersion.V5, "a"));

    ConnAck refusal = connAck(connection, MqttVersion.V5);
    assertThat(refusal.reasonCode()).isEqualTo(ReasonCode.USE_ANOTHER_SERVER);
    assertThat(refusal.serverReference()).isEqualTo(ELSEWHERE);
  }

  @Test
  void withoutAnotherServerWhoeverComesThenIsToldThatThisOneIsUnavailable() {
    Reception reception = reception();
    FakeConnection connection = accept(reception);
    reception.stop();
    send(connection, connect(MqttVersion.V5, "a"));

    ConnAck refusal = connAck(connection, MqttVersion.V5);
    assertThat(refusal.reasonCode()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
    assertThat(refusal.serverReference()).isNull();
  }

  @Test
  void aRefusalLeavesOutItsReasonStringWhereItDoesNotFit() { // [MQTT-3.2.2-19]
    Reception reception = reception();
    accept(reception);
    accept(reception);
    FakeConnection connection = accept(reception);
    Connect small = Connect.builder(MqttVersion.V5, "s").maximumPacketSize(8).build();
    send(connection, PacketEncoder.encode(small, MqttVersion.V5));

    ConnAck refusal = connAck(connection, MqttVersion.V5);
    assertThat(refusal.reasonCode()).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
    assertThat(refusal.reasonString()).isNull();
  }

  @Test
  void anotherPacketThanConnectClosesWithoutAnAnswer() { // [MQTT-3.1.0-1]
    FakeConnection connection = accept(reception());
    send(connection, PacketEncoder.encode(PingReq.INSTANCE, MqttVersion.V5));

    assertThat(connection.closed).isTrue();
    assertThat(connection.takeSent()).isEmpty();
  }

  @Test
  void aConnectLargerThanMayComeBeforeItIsRefused() {
    Reception reception = reception();
    FakeConnection connection = accept(reception);
    send(connection, connect(MqttVersion.V5, "x".repeat(2 * MAX_INPUT_BYTES)));

    assertThat(connection.closed).isTrue();
    assertThat(reception.refused()).containsEntry(ReasonCode.PACKET_TOO_LARGE, 1);
  }

  @Test
  void anExchangeOfAuthPacketsEndsInAnAcceptedConnect() { // [MQTT-4.12.0-2], [MQTT-4.12.0-3]
    methods = List.of(new Twice());
    FakeConnection connection = accept(reception());
    Connect connect = Connect.builder(MqttVersion.V5, "a").authentication(Twice.NAME, null).build();
    send(connection, PacketEncoder.encode(connect, MqttVersion.V5));

    assertThat(packet(connection, MqttVersion.V5))
        .isInstanceOfSatisfying(
            Auth.class,
            auth -> assertThat(auth.reasonCode()).isEqualTo(ReasonCode.CONTINUE_AUTHENTICATION));
    Auth answer =
        new Auth(ReasonCode.CONTINUE_AUTHENTICATION, Twice.NAME, Slice.utf8("x"), null, List.of());
    send(connection, PacketEncoder.encode(answer, MqttVersion.V5));
    assertThat(connAck(connection, MqttVersion.V5).reasonCode()).isEqualTo(ReasonCode.SUCCESS);
  }

  // -- tools ----------------------------------------------------------------------------------

  private Reception reception() {
    return new Reception(
        bench.shards,
        List.copyOf(bench.loops),
        new Plugins(check, methods, Access.OPEN),
        logins::add,
        () -> "assigned",
        TIMEOUT_SECONDS,
        MAX_INPUT_BYTES,
        bench.admission,
        serverReference);
  }

  private FakeConnection accept(Reception reception) {
    FakeConnection connection = new FakeConnection(loop, connections++);
    reception.accept(connection);
    bench.settle();
    return connection;
  }

  private static Slice connect(MqttVersion version, String clientId) {
    return PacketEncoder.encode(Connect.builder(version, clientId).build(), version);
  }

  private void send(FakeConnection connection, Slice bytes) {
    feed(connection, bytes, bytes.length());
    bench.settle();
  }

  private void feed(FakeConnection connection, Slice bytes, int consumed) {
    int at = loop.reserve(bytes.length());
    bytes.copyTo(loop.arena(), at);
    int to =
        Objects.requireNonNull(connection.handler).onBytes(loop.arena(), at, at + bytes.length());
    assertThat(to - at).as("consumed").isEqualTo(consumed);
  }

  private static ConnAck connAck(FakeConnection connection, MqttVersion version) {
    return (ConnAck) packet(connection, version);
  }

  private static Packet packet(FakeConnection connection, MqttVersion version) {
    ByteBuffer sent = ByteBuffer.wrap(connection.takeSent());
    try {
      return PacketDecoder.decode(sent, 0, sent.limit(), version, Sender.SERVER);
    } catch (MalformedPacket e) {
      throw new AssertionError("the broker has sent nonsense", e);
    }
  }

  /// Asks once, and is content with any answer.
  private static final class Twice implements AuthenticationMethod {
    static final String NAME = "TWICE";

    @Override
    public String name() {
      return NAME;
    }

    @Override
    public Exchange begin(Login login) {
      return data ->
          data == null ? new Step.Continue(Slice.utf8("?")) : new Step.Success("", Slice.utf8("!"));
    }
  }
}
