package io.dunlin.tests.interop;

/// HiveMQ MQTT Client with MQTT 5.0.
class HiveMqV5Test extends ForeignClientContract {
  HiveMqV5Test() {
    super(new HiveMqV5());
  }
}
