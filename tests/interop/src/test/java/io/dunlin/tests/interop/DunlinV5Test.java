package io.dunlin.tests.interop;

import io.dunlin.mqtt.MqttVersion;

/// Our own client with MQTT 5.0.
class DunlinV5Test extends ForeignClientContract {
  DunlinV5Test() {
    super(new DunlinClient(MqttVersion.V5));
  }
}
