package io.dunlin.mqtt;

/// The versions of the protocol, each with the name and level that a CONNECT carries.
public enum MqttVersion {
  /// MQTT 3.1.
  V3_1("MQIsdp", 3),
  /// MQTT 3.1.1.
  V3_1_1("MQTT", 4),
  /// MQTT 5.0.
  V5("MQTT", 5);

  private final String protocolName;
  private final int protocolLevel;

  MqttVersion(String protocolName, int protocolLevel) {
    this.protocolName = protocolName;
    this.protocolLevel = protocolLevel;
  }

  /// The Protocol Name in a CONNECT.
  public String protocolName() {
    return protocolName;
  }

  /// The Protocol Level (3.1.1) or Protocol Version (5.0) in a CONNECT.
  public int protocolLevel() {
    return protocolLevel;
  }
}
