package io.dunlin.broker.shard;

import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.SubAck;
import java.util.List;
import java.util.Locale;

/// Negative answers, with a Reason String for people (MQTT 5.0 §3.4.2.2.2, §3.5.2.2.2, §3.9.2.1.2):
/// one text for each reason, here. Whether it is sent is for the encoder to decide [MQTT-3.1.2-29].
final class Answers {
  private Answers() {}

  /// An acknowledgement that refuses.
  ///
  /// @param first the first byte of its packet
  static Packet refusal(int first, int packetId, ReasonCode reason) {
    String text = publishText(reason);
    return switch (first) {
      case 0x40 -> new PubAck(packetId, reason, text, List.of());
      case 0x50 -> new PubRec(packetId, reason, text, List.of());
      case 0x62 -> new PubRel(packetId, reason, text, List.of());
      case 0x70 -> new PubComp(packetId, reason, text, List.of());
      default -> throw new IllegalArgumentException("no acknowledgement begins with " + first);
    };
  }

  private static String publishText(ReasonCode reason) {
    return switch (reason) {
      case NOT_AUTHORIZED -> "may not publish to this topic";
      case QUOTA_EXCEEDED -> "there is no room to keep this message";
      case PACKET_IDENTIFIER_NOT_FOUND -> "no message with this packet identifier is in flight";
      default -> reason.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    };
  }

  /// The answer to a SUBSCRIBE; says why the first refused filter was refused.
  static SubAck subAck(int packetId, List<ReasonCode> reasons, Limits limits) {
    for (ReasonCode reason : reasons) {
      if (reason.isFailure()) {
        return new SubAck(packetId, reasons, subscribeText(reason, limits), List.of());
      }
    }
    return new SubAck(packetId, reasons);
  }

  private static String subscribeText(ReasonCode reason, Limits limits) {
    return switch (reason) {
      case TOPIC_FILTER_INVALID -> "a filter has more than " + limits.topicLevels() + " levels";
      case QUOTA_EXCEEDED ->
          "at most %d subscriptions, and %d filters in a SUBSCRIBE"
              .formatted(limits.subscriptions(), limits.filtersPerSubscribe());
      case NOT_AUTHORIZED -> "may not subscribe to one of the filters";
      default -> reason.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    };
  }
}
