package io.dunlin.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.crashtest.Wire;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Qos;
import io.dunlin.tests.interop.BrokerProcess;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// What the broker's process promises to whoever runs it.
class ProcessTest {
  private static final int DATA_DIRECTORY_IN_USE = 73;

  @Test
  void secondProcessOnOneDirectoryIsRefusedWithThePidOfTheFirst() throws IOException {
    try (BrokerProcess first = BrokerProcess.start();
        BrokerProcess second = first.startOnSameData()) {
      assertThat(second.awaitEnd()).as(second.output()).isEqualTo(DATA_DIRECTORY_IN_USE);
      assertThat(second.output()).contains("in use by process " + first.pid());
      try (Wire wire = new Wire(first.address(), connect())) {
        wire.publish("still", "here", Qos.AT_LEAST_ONCE, false);
      }
    }
  }

  @Test
  void sigtermEndsWithinFiveSecondsWithClientsConnected() throws IOException {
    try (BrokerProcess broker = BrokerProcess.start();
        Wire wire = new Wire(broker.address(), connect())) {
      wire.publish("last", "words", Qos.EXACTLY_ONCE, true);
      long begunNanos = System.nanoTime();

      int exitCode = broker.terminate();

      assertThat(Duration.ofNanos(System.nanoTime() - begunNanos))
          .isLessThan(Duration.ofSeconds(5));
      assertThat(exitCode).as(broker.output()).isZero();
    }
  }

  private static Connect connect() {
    return Connect.builder(MqttVersion.V5, "anyone").build();
  }
}
