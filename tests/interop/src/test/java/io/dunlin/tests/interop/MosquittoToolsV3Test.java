package io.dunlin.tests.interop;

import org.junit.jupiter.api.Tag;

/// Mosquitto's tools with MQTT 3.1.1.
@Tag("mosquitto")
class MosquittoToolsV3Test extends ForeignClientContract {
  MosquittoToolsV3Test() {
    super(new MosquittoTools("311"));
  }
}
