package io.dunlin.tests.interop;

import org.junit.jupiter.api.Tag;

/// MQTT.js with MQTT 5.0.
@Tag("node")
class MqttJsV5Test extends ForeignClientContract {
  MqttJsV5Test() {
    super(new MqttJs(5));
  }
}
