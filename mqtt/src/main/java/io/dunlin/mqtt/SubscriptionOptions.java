package io.dunlin.mqtt;

/// How a subscription wants its messages (MQTT 5.0 §3.8.3.1). Immutable.
///
/// @param qos the highest QoS at which it wants messages
/// @param noLocal whether to leave out what the subscriber itself publishes
/// @param retainAsPublished whether RETAIN comes as it was published
/// @param retainHandling whether the SUBSCRIBE brings retained messages
public record SubscriptionOptions(
    Qos qos, boolean noLocal, boolean retainAsPublished, RetainHandling retainHandling) {
  /// Those of 3.1.1, where there is nothing but a QoS.
  public static SubscriptionOptions of(Qos qos) {
    return new SubscriptionOptions(qos, false, false, RetainHandling.SEND);
  }

  /// The byte on the wire.
  public int toByte() {
    return qos.value()
        | (noLocal ? 0x04 : 0)
        | (retainAsPublished ? 0x08 : 0)
        | retainHandling.value() << 4;
  }
}
