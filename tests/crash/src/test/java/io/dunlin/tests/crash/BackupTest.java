package io.dunlin.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.broker.Broker;
import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.crashtest.Message;
import io.dunlin.crashtest.Wire;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Copies of a broker that goes on working.
class BackupTest {
  private static final int PUBLISHERS = 4;

  @TempDir Path temp;

  @Test
  void backupUnderLoadHoldsWhatWasAcknowledgedBefore() throws Exception {
    Path copy = temp.resolve("copy");
    List<AtomicInteger> acknowledged = new ArrayList<>();
    List<Integer> before = new ArrayList<>();
    try (Broker broker = Broker.start(config(temp.resolve("data")));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try (Wire wire = new Wire(address(broker), sleeper())) {
        wire.subscribe("load/#", Qos.AT_LEAST_ONCE);
      }
      AtomicBoolean enough = new AtomicBoolean();
      List<Future<Boolean>> publishing = new ArrayList<>();
      for (int number = 0; number < PUBLISHERS; number++) {
        AtomicInteger last = new AtomicInteger();
        acknowledged.add(last);
        String topic = "load/" + number;
        publishing.add(threads.submit(() -> publish(broker, topic, last, enough)));
      }
      awaitAtLeast(acknowledged, 2_000);
      broker.checkpoint(); // the copy is taken while rows move
      acknowledged.forEach(last -> before.add(last.get()));

      broker.backup(copy);

      awaitAtLeast(acknowledged, 3_000);
      enough.set(true);
      for (Future<Boolean> each : publishing) {
        assertThat(each.get(Wire.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      }
    }
    try (Broker restored = Broker.start(config(copy));
        Wire wire = new Wire(address(restored), sleeper())) {
      assertThat(wire.sessionPresent()).isTrue();
      assertThat(allInOrder(wire, before)).as("acknowledged before %s", before).isTrue();
    }
    assertThat(copy.resolve("ballast")).doesNotExist();
  }

  @Test
  void directoryWithFilesIsNoTarget() throws IOException {
    Files.createDirectory(temp.resolve("copy"));
    Files.writeString(temp.resolve("copy").resolve("mine"), "precious");
    try (Broker broker = Broker.start(config(temp.resolve("data")))) {
      assertThatThrownBy(() -> broker.backup(temp.resolve("copy")))
          .isInstanceOf(FileAlreadyExistsException.class);
    }
    assertThat(temp.resolve("copy").resolve("mine")).hasContent("precious");
  }

  private static boolean publish(
      Broker broker, String topic, AtomicInteger last, AtomicBoolean enough) throws IOException {
    Connect connect = Connect.builder(MqttVersion.V5, topic.replace('/', '-')).build();
    try (Wire wire = new Wire(address(broker), connect)) {
      while (!enough.get()) {
        int number = last.get() + 1;
        wire.publish(topic, new Message(topic, number).payload().utf8(), Qos.AT_LEAST_ONCE, true);
        last.set(number);
      }
    }
    return true;
  }

  private static void awaitAtLeast(List<AtomicInteger> counts, int each) {
    long deadlineNanos = System.nanoTime() + Wire.PATIENCE.toNanos() * 3;
    while (counts.stream().anyMatch(count -> count.get() < each)) {
      assertThat(System.nanoTime()).as("progress: %s", counts).isLessThan(deadlineNanos);
      Thread.onSpinWait();
    }
  }

  /// Reads until the last message of each publisher has come that was acknowledged before; whether
  /// all before it came, too, in order.
  private static boolean allInOrder(Wire wire, List<Integer> before) throws IOException {
    int[] got = new int[before.size()];
    while (missing(got, before)) {
      Publish publish = wire.readPublish();
      Message message = Message.of(publish);
      int publisher = Integer.parseInt(message.topic().substring("load/".length()));
      if (message.sequence() != ++got[publisher]) {
        return false;
      }
      wire.send(new PubAck(publish.packetId()));
    }
    return true;
  }

  private static boolean missing(int[] got, List<Integer> before) {
    for (int i = 0; i < got.length; i++) {
      if (got[i] < before.get(i)) {
        return true;
      }
    }
    return false;
  }

  private static InetSocketAddress address(Broker broker) {
    return broker.addresses().getFirst();
  }

  private static Connect sleeper() {
    return Connect.builder(MqttVersion.V5, "sleeper")
        .cleanStart(false)
        .sessionExpirySeconds(3_600)
        .build();
  }

  private static BrokerConfig config(Path data) {
    return BrokerConfig.of(
        Map.of(
            "data.directory", data.toString(),
            "listeners.0.port", "0",
            "message.max-packet-bytes", "262144",
            "storage.segment-bytes", "1048576",
            "storage.log-max-bytes", "4194304",
            "storage.disk-reserve-bytes", "0",
            "session.queue-memory-messages", "0",
            "session.queue-max-messages", "1000000"));
  }
}
