package io.dunlin.tests.interop;

import org.junit.jupiter.api.Tag;

/// MQTT.js with MQTT 3.1.1.
@Tag("node")
class MqttJsV3Test extends ForeignClientContract {
  MqttJsV3Test() {
    super(new MqttJs(4));
  }
}
