package io.dunlin.tests.interop;

/// HiveMQ MQTT Client with MQTT 3.1.1.
class HiveMqV3Test extends ForeignClientContract {
  HiveMqV3Test() {
    super(new HiveMqV3());
  }
}
