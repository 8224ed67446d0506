package io.dunlin.tests.interop;

import io.dunlin.mqtt.MqttVersion;

/// Our own client with MQTT 3.1.1.
class DunlinV3Test extends ForeignClientContract {
  DunlinV3Test() {
    super(new DunlinClient(MqttVersion.V3_1_1));
  }
}
