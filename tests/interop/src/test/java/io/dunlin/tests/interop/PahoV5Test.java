package io.dunlin.tests.interop;

/// Paho's Java client for MQTT 5.0.
class PahoV5Test extends ForeignClientContract {
  PahoV5Test() {
    super(new PahoV5());
  }
}
