package io.dunlin.tests.interop;

/// Paho's Java client for MQTT 3.1.1.
class PahoV3Test extends ForeignClientContract {
  PahoV3Test() {
    super(new PahoV3());
  }
}
