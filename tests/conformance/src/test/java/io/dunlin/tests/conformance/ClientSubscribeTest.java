package io.dunlin.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.RetainHandling;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.SubscriptionOptions;
import io.dunlin.mqtt.TopicFilter;
import java.util.List;
import org.junit.jupiter.api.Test;

/// SUBSCRIBE and UNSUBSCRIBE.
class ClientSubscribeTest extends ClientConformanceTest {
  private static final SubscriptionOptions ALL =
      new SubscriptionOptions(Qos.EXACTLY_ONCE, true, true, RetainHandling.DO_NOT_SEND);

  @From311
  @Statement({"MQTT-3.8.1-1", "MQTT-3.8.3-1", "MQTT-4.7.1-1", "MQTT-4.7.1-2", "MQTT-4.7.0-1"})
  @Statement({"MQTT-3.10.1-1", "MQTT-3.10.3-1"})
  @Statement(
      value = {
        "MQTT-3.8.1-1",
        "MQTT-3.8.3-1",
        "MQTT-3.10.1-1",
        "MQTT-3.10.3-1",
        "MQTT-4.7.1-1",
        "MQTT-4.7.1-2",
        "MQTT-4.7.1-3"
      },
      version = "3.1.1")
  void theRequestsHaveTheirBytes(Version version) {
    Pair pair = connect(version, clean(version), NOTHING);
    boolean v5 = version.hasProperties();

    var _ =
        pair.client()
            .subscribe(
                List.of(
                    new Subscription(TopicFilter.of("a/+/#"), ALL),
                    new Subscription(
                        TopicFilter.of("ü"), SubscriptionOptions.of(Qos.AT_MOST_ONCE))),
                v5 ? 300 : 0,
                List.of());
    var _ =
        pair.client().unsubscribe(List.of(TopicFilter.of("a/+/#"), TopicFilter.of("ü")), List.of());

    Bytes subscribe = new Bytes().u16(65_535);
    Bytes unsubscribe = new Bytes().u16(65_534);
    if (v5) {
      subscribe.u8(3).property(Property.SUBSCRIPTION_IDENTIFIER, 300);
      unsubscribe.u8(0);
    }
    assertThat(pair.line().expect(PacketType.SUBSCRIBE).whole())
        .isEqualTo(
            Bytes.packet(0x82, subscribe.string("a/+/#").u8(v5 ? 0x2E : 2).string("ü").u8(0)));
    assertThat(pair.line().expect(PacketType.UNSUBSCRIBE).whole())
        .isEqualTo(Bytes.packet(0xA2, unsubscribe.string("a/+/#").string("ü")));
  }

  @Test
  @Statement({"MQTT-3.8.3-2", "MQTT-3.10.3-2", "MQTT-3.8.3-4", "MQTT-4.8.2-1", "MQTT-4.8.2-2"})
  @Statement({"MQTT-4.7.1-1", "MQTT-4.7.1-2", "MQTT-4.7.3-1", "MQTT-4.7.3-2", "MQTT-4.7.3-3"})
  @Statement(
      value = {
        "MQTT-3.8.3-3",
        "MQTT-3.10.3-2",
        "MQTT-4.7.1-2",
        "MQTT-4.7.1-3",
        "MQTT-4.7.3-1",
        "MQTT-4.7.3-2",
        "MQTT-4.7.3-3"
      },
      version = "3.1.1")
  void whatMayNotBeAskedIsRefusedAtOnce() {
    Pair pair = connect(Version.V5, clean(Version.V5), NOTHING);

    for (String wrong :
        List.of(
            "",
            "a#",
            "#/a",
            "a+",
            "+a",
            "a\0",
            "x".repeat(65_536),
            "$share/",
            "$share//a",
            "$share/g",
            "$share/g+/a",
            "$share/g/")) {
      assertThatThrownBy(() -> pair.client().subscribe(wrong, Qos.AT_MOST_ONCE))
          .as("filter %s", wrong)
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new Subscription(TopicFilter.of("$share/g/a"), ALL))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> pair.client().subscribe(List.of(), 0, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> pair.client().unsubscribe(List.of(), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    pair.line().expectNothing();
  }

  @From311
  @Statement("MQTT-3.2.2-5")
  @Statement(value = "MQTT-3.1.2-6", version = "3.1.1")
  void whatStoodIsAskedForAgainWhenTheSessionIsLost(Version version) {
    Pair pair = connect(version, clean(version), NOTHING);
    var _ = pair.client().subscribe("a", Qos.AT_LEAST_ONCE);
    FromClient subscribe = pair.line().expect(PacketType.SUBSCRIBE);
    Bytes subAck = new Bytes().u16(subscribe.packetId());
    if (version.hasProperties()) {
      subAck.u8(0);
    }
    pair.line().send(Bytes.packet(0x90, subAck.u8(1)));
    pair.line().expectNothing();

    ServerScript.Line again = reconnect(pair.line(), version, false);

    assertThat(again.expect(PacketType.SUBSCRIBE).filters()).containsExactly("a 1");
  }
}
