package io.dunlin.tests.interop;

import org.junit.jupiter.api.Tag;

/// Mosquitto's tools with MQTT 5.0.
@Tag("mosquitto")
class MosquittoToolsV5Test extends ForeignClientContract {
  MosquittoToolsV5Test() {
    super(new MosquittoTools("5"));
  }
}
