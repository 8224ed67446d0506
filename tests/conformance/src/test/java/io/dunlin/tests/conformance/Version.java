package io.dunlin.tests.conformance;

/// A protocol version, as the CONNECT names it.
enum Version {
  V3_1("MQIsdp", 3),
  V3_1_1("MQTT", 4),
  V5("MQTT", 5);

  final String protocolName;
  final int level;

  Version(String protocolName, int level) {
    this.protocolName = protocolName;
    this.level = level;
  }

  boolean hasProperties() {
    return this == V5;
  }
}
