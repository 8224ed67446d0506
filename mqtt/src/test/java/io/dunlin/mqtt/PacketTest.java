package io.dunlin.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.base.Slice;
import java.util.List;
import org.junit.jupiter.api.Test;

class PacketTest {
  @Test
  void secretsAreNotInTheText() {
    Slice secret = Slice.copyOf((byte) 0xab, (byte) 0xcd);
    Connect connect =
        Connect.builder(MqttVersion.V5, "c").authentication("m", secret).password(secret).build();
    Auth auth = new Auth(ReasonCode.REAUTHENTICATE, "m", secret, null, List.of());

    assertThat(connect.toString()).doesNotContain("abcd");
    assertThat(auth.toString()).doesNotContain("abcd");
  }

  @Test
  void sessionBefore5LastsForEverOrAsLongAsItsConnection() {
    assertThat(Connect.builder(MqttVersion.V3_1_1, "c").cleanStart(false).build())
        .returns(Packet.NEVER_EXPIRES, Connect::sessionExpirySeconds);
    assertThat(Connect.builder(MqttVersion.V3_1_1, "c").cleanStart(true).build())
        .returns(0L, Connect::sessionExpirySeconds);
  }

  @Test
  void packetIdentifierIsNever0() {
    assertThatThrownBy(() -> new PubAck(0)).hasMessageContaining("packet identifier 0");
    assertThatThrownBy(
            () -> new Publish(TopicName.of("a"), Slice.EMPTY, Qos.AT_LEAST_ONCE, false, 0))
        .hasMessageContaining("packetId 0");
  }

  @Test
  void noLocalIsNotForSharedSubscriptions() {
    SubscriptionOptions noLocal =
        new SubscriptionOptions(Qos.AT_MOST_ONCE, true, false, RetainHandling.SEND);

    assertThatThrownBy(() -> new Subscription(TopicFilter.of("$share/g/a"), noLocal))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void reasonCodesAreFoundByTheirByte() {
    assertThat(ReasonCode.values())
        .hasSize(43)
        .allSatisfy(r -> assertThat(ReasonCode.of(r.code())).isSameAs(r));
    assertThat(ReasonCode.of(0x03)).isNull();
    assertThat(ReasonCode.of(256)).isNull();
  }

  @Test
  void refusalTellsReasonStatementAndDetail() {
    MalformedPacket refusal =
        new MalformedPacket(ReasonCode.MALFORMED_PACKET, "MQTT-1.5.4-2", "U+0000");

    assertThat(refusal).hasMessage("MALFORMED_PACKET [MQTT-1.5.4-2] U+0000");
    assertThat(refusal.getStackTrace()).isEmpty();
  }
}
