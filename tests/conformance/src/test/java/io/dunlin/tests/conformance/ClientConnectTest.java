package io.dunlin.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.base.Slice;
import io.dunlin.client.Client;
import io.dunlin.client.ClientException;
import io.dunlin.client.Message;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.UserProperty;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// CONNECT, CONNACK, the Keep Alive and DISCONNECT, from the client's side.
class ClientConnectTest extends ClientConformanceTest {
  @Test
  @Statement({
    "MQTT-2.1.3-1",
    "MQTT-1.5.5-1",
    "MQTT-3.1.0-1",
    "MQTT-3.1.2-1",
    "MQTT-3.1.2-9",
    "MQTT-3.1.2-12",
    "MQTT-3.1.2-17",
    "MQTT-3.1.2-19",
    "MQTT-3.1.3-1",
    "MQTT-3.1.3-2",
    "MQTT-3.1.3-3",
    "MQTT-3.1.3-4",
    "MQTT-3.1.3-11",
    "MQTT-3.1.3-12"
  })
  void theFirstPacketIsAConnectWithItsFieldsInOrder() {
    var _ =
        begin(
            config(
                Connect.builder(MqttVersion.V5, "ï")
                    .keepAliveSeconds(5)
                    .will(
                        Message.builder("w/ü")
                            .payload("gone")
                            .qos(Qos.EXACTLY_ONCE)
                            .retain(true)
                            .contentType("text")
                            .build()
                            .asWill(7))
                    .userName("ann")
                    .password(Slice.utf8("secret"))));

    assertThat(accept(Version.V5).expect(PacketType.CONNECT).whole())
        .isEqualTo(
            Bytes.packet(
                0x10,
                new Bytes()
                    .string("MQTT")
                    .u8(5)
                    .u8(0xF6) // user name, password, Will Retain, Will QoS 2, will, Clean Start
                    .u16(5) // Keep Alive
                    .u8(0) // no properties
                    .string("ï")
                    .u8(12) // will properties
                    .property(Property.WILL_DELAY_INTERVAL, 7)
                    .property(Property.CONTENT_TYPE, "text")
                    .string("w/ü")
                    .string("gone")
                    .string("ann")
                    .string("secret")));
  }

  @Test
  @Statement(
      value = {
        "MQTT-2.2.2-1",
        "MQTT-3.1.0-1",
        "MQTT-3.1.2-9",
        "MQTT-3.1.2-14",
        "MQTT-3.1.2-19",
        "MQTT-3.1.2-21",
        "MQTT-3.1.3-1",
        "MQTT-3.1.3-2",
        "MQTT-3.1.3-3",
        "MQTT-3.1.3-4",
        "MQTT-3.1.3-10",
        "MQTT-3.1.3-11"
      },
      version = "3.1.1")
  void theFirstPacketIsAConnectWithItsFieldsInOrderBefore5() {
    var _ =
        begin(
            config(
                Connect.builder(MqttVersion.V3_1_1, "ï")
                    .will(Message.of("w", Slice.utf8("gone"), Qos.AT_LEAST_ONCE).asWill(0))
                    .userName("ann")
                    .password(Slice.utf8("secret"))));

    assertThat(accept(Version.V3_1_1).expect(PacketType.CONNECT).whole())
        .isEqualTo(
            Bytes.packet(
                0x10,
                new Bytes()
                    .string("MQTT")
                    .u8(4)
                    .u8(0xCE) // user name, password, Will QoS 1, will, Clean Session
                    .u16(0)
                    .string("ï")
                    .string("w")
                    .string("gone")
                    .string("ann")
                    .string("secret")));
  }

  @From311
  @Statement({
    "MQTT-2.2.2-1",
    "MQTT-3.1.2-11",
    "MQTT-3.1.2-13",
    "MQTT-3.1.2-16",
    "MQTT-3.1.2-18",
    "MQTT-4.12.0-7"
  })
  @Statement(
      value = {"MQTT-3.1.2-11", "MQTT-3.1.2-13", "MQTT-3.1.2-15", "MQTT-3.1.2-18", "MQTT-3.1.2-20"},
      version = "3.1.1")
  void whatIsNotSetIsNotInTheConnect(Version version) {
    var _ = begin(config(clean(version)));

    Bytes body = new Bytes().string("MQTT").u8(version.level).u8(2).u16(0);
    if (version.hasProperties()) {
      body.u8(0);
    }
    assertThat(accept(version).expect(PacketType.CONNECT).whole())
        .isEqualTo(Bytes.packet(0x10, body.string("c")));
  }

  @Test
  @Statement(
      value = {"MQTT-3.1.3-7", "MQTT-3.1.2-22"},
      version = "3.1.1")
  void whatAConnectOf311MustNotSayIsRefusedAtOnce() {
    Connect.Builder unnamed = Connect.builder(MqttVersion.V3_1_1, "").cleanStart(false);
    Connect.Builder loginless = clean(Version.V3_1_1).password(Slice.utf8("secret"));

    assertThatThrownBy(() -> config(unnamed).build()).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> config(loginless).build())
        .isInstanceOf(IllegalArgumentException.class);
  }

  @From311
  @Statement({
    "MQTT-1.5.4-1",
    "MQTT-1.5.4-2",
    "MQTT-1.5.7-1",
    "MQTT-3.3.2-13",
    "MQTT-3.3.2-14",
    "MQTT-3.3.2-19"
  })
  @Statement(
      value = {"MQTT-1.5.3-1", "MQTT-1.5.3-2"},
      version = "3.1.1")
  void stringsThatMqttCannotCarryAreNotSent(Version version) {
    for (String wrong : List.of("a\0b", "\uD800")) {
      List<Runnable> attempts =
          List.of(
              () -> config(Connect.builder(mqtt(version), wrong)).build(),
              () -> config(clean(version).userName(wrong)).build(),
              () -> Message.builder("t").contentType(wrong).build(),
              () ->
                  Message.builder("t")
                      .userProperties(List.of(new UserProperty("k", wrong)))
                      .build(),
              () ->
                  Message.builder("t")
                      .userProperties(List.of(new UserProperty(wrong, "")))
                      .build());
      for (Runnable attempt : attempts) {
        assertThatThrownBy(attempt::run).isInstanceOf(IllegalArgumentException.class);
      }
    }
    assertThatThrownBy(() -> TopicName.of("a\0b")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Message.builder("t").responseTopic(TopicName.of("a/+")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @Statement({"MQTT-3.2.2-4", "MQTT-3.1.2-4"})
  void aSessionThatCannotBeEndsTheConnection() {
    CompletableFuture<Client> connecting = begin(config(clean(Version.V5)));
    ServerScript.Line line = accept(Version.V5);
    line.expect(PacketType.CONNECT);

    line.accept(true, NOTHING);

    line.expectEnd();
    assertThat(failure(connecting)).isInstanceOf(ClientException.Unreachable.class);
  }

  @From311
  @Statement("MQTT-4.13.2-1")
  @Statement(value = "MQTT-4.8.0-1", version = "3.1.1")
  void aRefusedConnectionIsClosed(Version version) {
    CompletableFuture<Client> connecting = begin(config(clean(version)));
    ServerScript.Line line = accept(version);
    line.expect(PacketType.CONNECT);

    line.connAck(false, version.hasProperties() ? 0x87 : 5, NOTHING);

    line.expectEnd();
    assertThat(failure(connecting))
        .isInstanceOfSatisfying(
            ClientException.ConnectRefused.class,
            refused -> assertThat(refused.reason()).isEqualTo(ReasonCode.NOT_AUTHORIZED));
  }

  @Test
  @Statement("MQTT-4.13.2-1")
  void aDisconnectOfTheServerEndsTheConnection() {
    Pair pair = connect(Version.V5, clean(Version.V5), NOTHING);

    pair.line().send(Packets.disconnect(0x8E, NOTHING)); // session taken over

    pair.line().expectEnd();
    assertThat(failure(pair.client().ended())).hasMessageContaining("SESSION_TAKEN_OVER");
  }

  @From311
  @Statement("MQTT-3.1.2-20")
  @Statement(value = "MQTT-3.1.2-23", version = "3.1.1")
  void aPingReqGoesOutWithinTheKeepAlive(Version version) {
    long began = System.nanoTime();
    Pair pair = connect(version, clean(version).keepAliveSeconds(1), NOTHING);

    pair.line().expect(PacketType.PINGREQ);

    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
  }

  @Test
  @Statement({"MQTT-3.1.2-21", "MQTT-3.2.2-21"})
  void theServersKeepAliveIsUsed() {
    Pair pair =
        connect(
            Version.V5,
            clean(Version.V5).keepAliveSeconds(60_000),
            new Bytes().property(Property.SERVER_KEEP_ALIVE, 1));

    pair.line().expect(PacketType.PINGREQ);
  }

  @From311
  @Statement({"MQTT-3.14.1-1", "MQTT-3.14.2-1", "MQTT-3.14.4-1", "MQTT-3.14.4-2"})
  @Statement({"MQTT-3.14.2-3", "MQTT-3.14.2-4"})
  @Statement(
      value = {"MQTT-3.14.4-1", "MQTT-3.14.4-2"},
      version = "3.1.1")
  void nothingFollowsTheDisconnectAndTheConnectionIsClosed(Version version) {
    Pair pair = connect(version, clean(version), NOTHING);
    Thread closing = Thread.ofVirtual().start(pair.client()::close);

    assertThat(pair.line().expect(PacketType.DISCONNECT).whole())
        .isEqualTo(new byte[] {(byte) 0xE0, 0});
    pair.line().send(publish("t", "late").qos(1, 1));
    pair.line().expectEnd();

    pair.line().close();
    assertThat(join(closing)).isTrue();
    assertThat(failure(pair.client().publish(message("late", 1))))
        .isInstanceOf(ClientException.Closed.class);
  }

  @Test
  @Statement({"MQTT-3.14.2-1", "MQTT-3.14.2-3", "MQTT-3.14.2-4"})
  void aDisconnectThatIsTooLargeGoesWithoutItsWords() {
    Pair pair =
        connect(
            Version.V5, clean(Version.V5), new Bytes().property(Property.MAXIMUM_PACKET_SIZE, 10));
    Disconnect wordy =
        new Disconnect(
            ReasonCode.DISCONNECT_WITH_WILL_MESSAGE,
            -1,
            "a long reason",
            null,
            List.of(new UserProperty("name", "value")));
    Thread.ofVirtual().start(() -> pair.client().disconnect(wordy));

    FromClient disconnect = pair.line().expect(PacketType.DISCONNECT);
    assertThat(disconnect.reason()).isEqualTo(4);
    assertThat(disconnect.properties()).isEmpty();
    pair.line().close();
  }

  @From311
  @Statement("MQTT-4.2-1")
  @Statement(
      value = {"MQTT-7.1.2-1", "MQTT-7.0.0-2"},
      version = "3.1.1")
  void packetsMayComeInPiecesAndTogether(Version version) {
    Pair pair = connect(version, clean(version), NOTHING);
    byte[] two =
        new Bytes()
            .raw(publish("t", "one").bytes(version))
            .raw(publish("t", "two").bytes(version))
            .toArray();

    for (byte each : two) {
      pair.line().send(new byte[] {each});
    }
    pair.line().send(two);

    for (String expected : List.of("one", "two", "one", "two")) {
      assertThat(nextReceived()).isEqualTo(expected);
    }
  }

  private static Publish publish(String topic, String payload) {
    return Publish.publish(topic, payload);
  }

  private static boolean join(Thread thread) {
    try {
      return thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
