package io.dunlin.mqtt;

/// Whether a SUBSCRIBE brings retained messages (MQTT 5.0 §3.8.3.1).
public enum RetainHandling {
  /// 0: they are sent.
  SEND(0),
  /// 1: they are sent if the subscription is new.
  SEND_IF_NEW(1),
  /// 2: they are not sent.
  DO_NOT_SEND(2);

  private final int value;

  RetainHandling(int value) {
    this.value = value;
  }

  /// 0, 1 or 2, as on the wire.
  public int value() {
    return value;
  }

  /// The one with `value`, 0..2.
  ///
  /// @throws IllegalArgumentException for any other value
  public static RetainHandling of(int value) {
    return switch (value) {
      case 0 -> SEND;
      case 1 -> SEND_IF_NEW;
      case 2 -> DO_NOT_SEND;
      default -> throw new IllegalArgumentException("Retain Handling " + value + " does not exist");
    };
  }
}
