package io.dunlin.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.SubAck;
import io.dunlin.mqtt.UnsubAck;
import io.dunlin.mqtt.UserProperty;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class PacketEncoderTest {
  private static final List<UserProperty> PROPERTIES = List.of(new UserProperty("k", "v"));
  private static final PubAck TALKATIVE =
      new PubAck(7, ReasonCode.NOT_AUTHORIZED, "because", PROPERTIES);

  @Test
  void successWithoutPropertiesIsLeftOut() {
    assertThat(hex(PacketEncoder.encode(new PubAck(7), MqttVersion.V5))).isEqualTo("40020007");
    assertThat(hex(PacketEncoder.encode(new Disconnect(ReasonCode.SUCCESS), MqttVersion.V5)))
        .isEqualTo("e000");
  }

  @Test
  void reasonWithoutPropertiesNeedsNoPropertyLength() {
    PubAck refused = new PubAck(7, ReasonCode.QUOTA_EXCEEDED);

    assertThat(hex(PacketEncoder.encode(refused, MqttVersion.V5))).isEqualTo("4003000797");
  }

  @Test
  void reasonStringGoesFirstWhereThePacketIsTooLarge() throws MalformedPacket {
    int all = PacketEncoder.encode(TALKATIVE, MqttVersion.V5).length();

    assertThat(reduced(TALKATIVE, all)).isEqualTo(TALKATIVE);
    assertThat(reduced(TALKATIVE, all - 1))
        .isEqualTo(new PubAck(7, ReasonCode.NOT_AUTHORIZED, null, PROPERTIES));
    assertThat(reduced(TALKATIVE, 8)).isEqualTo(new PubAck(7, ReasonCode.NOT_AUTHORIZED));
    assertThat(PacketEncoder.encode(TALKATIVE, MqttVersion.V5, 4, true)).isEqualTo(Slice.EMPTY);
  }

  @Test
  void answersSayNothingMoreToWhomWantsNoProblemInformation() throws MalformedPacket {
    Slice ack = PacketEncoder.encode(TALKATIVE, MqttVersion.V5, 1_000, false);
    ConnAck connAck =
        ConnAck.builder(false, ReasonCode.BANNED)
            .reasonString("because")
            .userProperties(PROPERTIES)
            .build();

    assertThat(decode(ack)).isEqualTo(new PubAck(7, ReasonCode.NOT_AUTHORIZED));
    assertThat(decode(PacketEncoder.encode(connAck, MqttVersion.V5, 1_000, false)))
        .isEqualTo(connAck);
  }

  @Test
  void before5OnlyWhatCanBeSaidIsSaid() {
    MqttVersion v3 = MqttVersion.V3_1_1;
    SubAck subAck =
        new SubAck(
            1,
            List.of(ReasonCode.GRANTED_QOS_2, ReasonCode.NOT_AUTHORIZED, ReasonCode.SUCCESS),
            "because",
            PROPERTIES);
    UnsubAck unsubAck = new UnsubAck(1, List.of(ReasonCode.NO_SUBSCRIPTION_EXISTED));

    assertThat(hex(PacketEncoder.encode(TALKATIVE, v3))).isEqualTo("40020007");
    assertThat(hex(PacketEncoder.encode(subAck, v3))).isEqualTo("90050001028000");
    assertThat(hex(PacketEncoder.encode(unsubAck, v3))).isEqualTo("b0020001");
    assertThat(hex(PacketEncoder.encode(ConnAck.accepted(true), v3))).isEqualTo("20020100");
    assertThat(hex(PacketEncoder.encode(ConnAck.accepted(true), MqttVersion.V3_1)))
        .isEqualTo("20020000");
    assertThat(hex(PacketEncoder.encode(ConnAck.refused(ReasonCode.SERVER_BUSY), v3)))
        .isEqualTo("20020003");
    assertThatThrownBy(() -> PacketEncoder.encode(ConnAck.refused(ReasonCode.PROTOCOL_ERROR), v3))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void hotAcknowledgementsAreThoseOfTheEncoder() {
    ByteBuffer target = ByteBuffer.allocate(20);
    int at = AckEncoder.writePubAck(target, 1, 0xabcd);
    at = AckEncoder.writePubRec(target, at, 0xabcd);
    at = AckEncoder.writePubRel(target, at, 0xabcd);
    at = AckEncoder.writePubComp(target, at, 0xabcd);

    assertThat(hex(Slice.copyOf(target, 1, at))).isEqualTo("4002abcd5002abcd6202abcd7002abcd");
  }

  private static Packet reduced(Packet packet, long maximumPacketSize) throws MalformedPacket {
    return decode(PacketEncoder.encode(packet, MqttVersion.V5, maximumPacketSize, true));
  }

  private static Packet decode(Slice bytes) throws MalformedPacket {
    return PacketDecoder.decode(
        bytes.asByteBuffer(), 0, bytes.length(), MqttVersion.V5, Sender.SERVER);
  }

  private static String hex(Slice bytes) {
    return HexFormat.of().formatHex(bytes.toArray());
  }
}
