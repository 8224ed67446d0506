package io.dunlin.mqtt;

/// Quality of Service (MQTT 5.0 §4.3).
public enum Qos {
  /// QoS 0.
  AT_MOST_ONCE(0),
  /// QoS 1.
  AT_LEAST_ONCE(1),
  /// QoS 2.
  EXACTLY_ONCE(2);

  private final int value;

  Qos(int value) {
    this.value = value;
  }

  /// 0, 1 or 2, as on the wire.
  public int value() {
    return value;
  }

  /// The QoS with `value`, 0..2.
  ///
  /// @throws IllegalArgumentException for any other value
  public static Qos of(int value) {
    return switch (value) {
      case 0 -> AT_MOST_ONCE;
      case 1 -> AT_LEAST_ONCE;
      case 2 -> EXACTLY_ONCE;
      default -> throw new IllegalArgumentException("QoS " + value + " does not exist");
    };
  }
}
