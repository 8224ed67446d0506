package io.dunlin.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.SubAck;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a client accepts from a server, and what it refuses.
class ServerPacketsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          V5;     20 | 02 00 {};                MALFORMED_PACKET; MQTT-3.2.2-1
          V5;     20 | 01 87 {};                PROTOCOL_ERROR;   MQTT-3.2.2-6
          V5;     20 | 00 01 {};                PROTOCOL_ERROR;   MQTT-3.2.2-8
          V5;     20 | 00 8e {};                PROTOCOL_ERROR;   MQTT-3.2.2-8
          V5;     20 | 00 00 {24 02};           PROTOCOL_ERROR;   §2.2.2.2
          V5;     20 | 00 00 {25 02};           PROTOCOL_ERROR;   §2.2.2.2
          V5;     20 | 00 00 {21 0000};         PROTOCOL_ERROR;   §2.2.2.2
          V5;     20 | 00 00 {24 00 24 00};     PROTOCOL_ERROR;   §2.2.2.2
          V5;     20 | 00 00 {18 00000000};     MALFORMED_PACKET; §2.2.2.2
          V5;     20 | 00 00;                   MALFORMED_PACKET; MQTT-2.2.2-1
          V3_1_1; 20 | 02 00;                   MALFORMED_PACKET; MQTT-2.2.2-1 v3.1.1
          V3_1_1; 20 | 01 05;                   PROTOCOL_ERROR;   MQTT-3.2.2-4 v3.1.1
          V3_1_1; 20 | 00 06;                   PROTOCOL_ERROR;   MQTT-3.2.2-6 v3.1.1
          V3_1_1; 20 | 00 00 00;                MALFORMED_PACKET; MQTT-4.8.0-1 v3.1.1
          V5;     30 | <a> {0b 00} 00;          PROTOCOL_ERROR;   §2.2.2.2
          V5;     90 | 0001 {};                 PROTOCOL_ERROR;   MQTT-3.8.4-6
          V5;     90 | 0001 {} 03;              PROTOCOL_ERROR;   MQTT-3.9.3-2
          V3_1_1; 90 | 0001 81;                 PROTOCOL_ERROR;   MQTT-3.9.3-2 v3.1.1
          V3_1_1; 90 | 0001 87;                 PROTOCOL_ERROR;   MQTT-3.9.3-2 v3.1.1
          V3_1_1; 90 | 0000 00;                 PROTOCOL_ERROR;   MQTT-2.3.1-7 v3.1.1
          V5;     b0 | 0001 {} 01;              PROTOCOL_ERROR;   MQTT-3.11.3-2
          V5;     b0 | 0001 {};                 PROTOCOL_ERROR;   MQTT-3.11.3-1
          V3_1_1; b0 | 0001 00;                 MALFORMED_PACKET; MQTT-4.8.0-1 v3.1.1
          V5;     e0 | 04;                      PROTOCOL_ERROR;   MQTT-3.14.2-1
          V5;     e0 | 00 {11 00000000};        PROTOCOL_ERROR;   MQTT-3.14.2-2
          V3_1_1; e0 |;                         PROTOCOL_ERROR;   MQTT-4.8.0-1 v3.1.1
          V5;     f0 | 19 {15 <m>};             PROTOCOL_ERROR;   MQTT-3.15.2-1
          V5;     10 | <MQTT> 05 02 0000 {} <>; PROTOCOL_ERROR;   §2.1.2
          V5;     82 | 0001 {} <a> 00;          PROTOCOL_ERROR;   §2.1.2
          V5;     a2 | 0001 {} <a>;             PROTOCOL_ERROR;   §2.1.2
          V5;     c0 |;                         PROTOCOL_ERROR;   §2.1.2
          V5;     d1 |;                         MALFORMED_PACKET; MQTT-2.1.3-1
          """)
  void refuses(MqttVersion version, String packet, ReasonCode reason, String statement) {
    MalformedPacket refusal =
        catchThrowableOfType(MalformedPacket.class, () -> decode(version, packet));

    assertThat(refusal)
        .returns(reason, MalformedPacket::reason)
        .returns(statement, MalformedPacket::statement);
  }

  @Test
  void defaultsAreFilledIn() throws MalformedPacket {
    assertThat(decode(MqttVersion.V5, "20 | 01 00 {}")).isEqualTo(ConnAck.accepted(true));
    assertThat(decode(MqttVersion.V5, "40 | 0007")).isEqualTo(new PubAck(7));
    assertThat(decode(MqttVersion.V5, "20 | 00 00 {27 ffffffff}"))
        .isEqualTo(ConnAck.accepted(false));
  }

  @Test
  void messageMayHaveSeveralSubscriptionIdentifiers() throws MalformedPacket {
    Publish publish = (Publish) decode(MqttVersion.V5, "30 | <a> {0b 01 0b 8001 0b 01} 00");

    assertThat(publish.subscriptionIdentifiers()).containsExactly(1, 128, 1);
  }

  @Test
  void failureBefore5HasNoReason() throws MalformedPacket {
    assertThat(decode(MqttVersion.V3_1_1, "90 | 0001 01 80"))
        .isEqualTo(new SubAck(1, List.of(ReasonCode.GRANTED_QOS_1, ReasonCode.UNSPECIFIED_ERROR)));
  }

  private static Packet decode(MqttVersion version, String packet) throws MalformedPacket {
    Slice bytes = PacketText.parse(packet);
    return PacketDecoder.decode(bytes.asByteBuffer(), 0, bytes.length(), version, Sender.SERVER);
  }
}
