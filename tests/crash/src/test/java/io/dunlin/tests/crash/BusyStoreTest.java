package io.dunlin.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.broker.Broker;
import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.crashtest.Wire;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A broker that ends in good order while its store still has to write rows.
class BusyStoreTest {
  private static final int MESSAGES = 100;

  @TempDir Path data;

  @Test
  void logIsClosedWhenTheStoreReadsItNoMore() throws Exception {
    CountDownLatch storeIsBusy = new CountDownLatch(1);
    CountDownLatch storeGoesOn = new CountDownLatch(1);
    Broker broker = Broker.start(config());
    try (Wire wire = new Wire(address(broker), sleeper())) {
      wire.subscribe("t", Qos.AT_LEAST_ONCE);
    }
    broker
        .core()
        .checkpoint(() -> { // on the store's thread
          storeIsBusy.countDown();
          await(storeGoesOn);
        });
    await(storeIsBusy);
    publish(broker);
    assertThat(broker.core().storeBacklog()).isPositive();

    Thread closing = Thread.ofPlatform().start(broker::close);
    awaitThatItWaits(closing);
    storeGoesOn.countDown();
    closing.join();

    assertThat(broker.core().storeTrouble()).isNull();
    try (Broker again = Broker.start(config());
        Wire wire = new Wire(address(again), sleeper())) {
      for (int i = 0; i < MESSAGES; i++) {
        Publish publish = wire.readPublish();
        assertThat(publish.payload().utf8()).isEqualTo(Integer.toString(i));
        wire.send(new PubAck(publish.packetId()));
      }
    }
  }

  private static void publish(Broker broker) throws IOException {
    Connect publisher = Connect.builder(MqttVersion.V5, "publisher").build();
    try (Wire wire = new Wire(address(broker), publisher)) {
      for (int i = 0; i < MESSAGES; i++) {
        wire.publish("t", Integer.toString(i), Qos.AT_LEAST_ONCE, false);
      }
    }
  }

  /// Until the broker waits for one of its threads.
  private static void awaitThatItWaits(Thread closing) {
    long deadlineNanos = System.nanoTime() + Wire.PATIENCE.toNanos();
    while (Arrays.stream(closing.getStackTrace())
        .noneMatch(frame -> frame.getMethodName().equals("awaitTermination"))) {
      assertThat(System.nanoTime()).as("it waits").isLessThan(deadlineNanos);
      Thread.onSpinWait();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private BrokerConfig config() {
    return BrokerConfig.of(
        Map.of(
            "data.directory", data.toString(),
            "listeners.0.port", "0",
            "storage.disk-reserve-bytes", "0",
            "session.queue-memory-messages", "0")); // so that there are rows to write
  }

  private static Connect sleeper() {
    return Connect.builder(MqttVersion.V5, "sleeper")
        .cleanStart(false)
        .sessionExpirySeconds(1_000)
        .build();
  }

  private static InetSocketAddress address(Broker broker) {
    return broker.addresses().getFirst();
  }
}
