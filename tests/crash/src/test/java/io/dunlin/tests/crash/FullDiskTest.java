package io.dunlin.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.crashtest.SmallDisk;
import io.dunlin.crashtest.Wire;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.TopicName;
import io.dunlin.tests.interop.BrokerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/// The broker on a real file system that is full. Runs where file systems may be mounted; what it
/// holds is also tested everywhere, on simulated ones.
@EnabledIf("io.dunlin.crashtest.SmallDisk#mayMount")
class FullDiskTest {
  private static final int DISK_MEGABYTES = 96;
  private static final long MB = 1 << 20;
  private static final String[] OPTIONS = {
    "--set", "message.max-packet-bytes=262144",
    "--set", "storage.segment-bytes=1048576",
    "--set", "storage.log-max-bytes=4194304",
    "--set", "storage.disk-reserve-bytes=16777216",
    "--set", "session.queue-max-messages=100000"
  };

  private final Random random = new Random(1);
  private final List<String> acknowledged = new ArrayList<>();
  private int sent;

  @Test
  void nothingAcknowledgedIsLostAndPublishesAreTakenAgainWhenThereIsSpace() throws IOException {
    try (SmallDisk disk = new SmallDisk(DISK_MEGABYTES);
        BrokerProcess broker = BrokerProcess.startOn(disk.directory().resolve("data"), OPTIONS)) {
      try (Wire wire = new Wire(broker.address(), durable("sleeper"))) {
        wire.subscribe("kept", Qos.AT_LEAST_ONCE);
      }
      try (Wire publisher = new Wire(broker.address(), transientClient("publisher"))) {
        assertThat(publish(publisher)).isEqualTo(ReasonCode.SUCCESS);
        awaitBallast(disk);
        disk.fillUpTo(12 * MB);
        untilRefused(publisher);
        disk.fillUpTo(0);
        untilRefused(publisher);
        assertThat(acknowledged).hasSizeGreaterThan(500);

        passesQos0(broker, publisher);
        drainSome(broker, 300);
        assertThat(publish(publisher)).isEqualTo(ReasonCode.QUOTA_EXCEEDED);

        disk.empty();
        long begunNanos = System.nanoTime();
        while (publish(publisher) != ReasonCode.SUCCESS) {
          assertThat(Duration.ofNanos(System.nanoTime() - begunNanos))
              .as(broker.output())
              .isLessThan(Duration.ofSeconds(5));
        }
        for (int i = 0; i < 200; i++) {
          assertThat(publish(publisher)).isEqualTo(ReasonCode.SUCCESS);
        }
      }
      broker.kill();
      broker.restart();
      try (Wire wire = new Wire(broker.address(), durable("sleeper"))) {
        assertThat(wire.sessionPresent()).isTrue();
        assertThat(receive(wire, acknowledged.size())).isEqualTo(acknowledged);
      }
      assertThat(broker.output()).contains("disk.low", "disk.ballastReleased", "disk.space");
    }
  }

  private static void awaitBallast(SmallDisk disk) throws IOException {
    long deadlineNanos = System.nanoTime() + Wire.PATIENCE.toNanos();
    Path ballast = disk.directory().resolve("data").resolve("ballast");
    while (!Files.exists(ballast) || Files.size(ballast) < 16 * MB) {
      assertThat(System.nanoTime()).as("the reserve is filled").isLessThan(deadlineNanos);
      Thread.onSpinWait();
    }
  }

  /// Publishes a message that has to be kept; returns the answer.
  private ReasonCode publish(Wire wire) throws IOException {
    String payload = ++sent + " " + incompressible();
    wire.send(new Publish(TopicName.of("kept"), Slice.utf8(payload), Qos.AT_LEAST_ONCE, false, 1));
    PubAck answer = (PubAck) wire.read();
    if (!answer.reasonCode().isFailure()) {
      acknowledged.add(payload);
    }
    return answer.reasonCode();
  }

  private String incompressible() {
    byte[] bytes = new byte[4_000];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private void untilRefused(Wire wire) throws IOException {
    ReasonCode answer = ReasonCode.SUCCESS;
    while (!answer.isFailure()) {
      answer = publish(wire);
    }
    assertThat(answer).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
  }

  private static void passesQos0(BrokerProcess broker, Wire publisher) throws IOException {
    try (Wire wire = new Wire(broker.address(), transientClient("hearer"))) {
      wire.subscribe("fleeting", Qos.AT_MOST_ONCE);
      publisher.publish("fleeting", "flows", Qos.AT_MOST_ONCE, false);
      assertThat(wire.readPublish().payload().utf8()).isEqualTo("flows");
    }
  }

  /// The sleeper takes messages and acknowledges them, on the full disk.
  private void drainSome(BrokerProcess broker, int count) throws IOException {
    try (Wire wire = new Wire(broker.address(), durable("sleeper"))) {
      assertThat(receive(wire, count)).isEqualTo(acknowledged.subList(0, count));
      wire.send(io.dunlin.mqtt.PingReq.INSTANCE);
      while (wire.read() instanceof Publish ignored) {
        assertThat(ignored.qos()).isEqualTo(Qos.AT_LEAST_ONCE); // not acknowledged: comes again
      }
    }
    acknowledged.subList(0, count).clear();
  }

  private static List<String> receive(Wire wire, int count) throws IOException {
    List<String> got = new ArrayList<>();
    while (got.size() < count) {
      Publish publish = wire.readPublish();
      got.add(publish.payload().utf8());
      wire.send(new PubAck(publish.packetId()));
    }
    return got;
  }

  private static Connect durable(String clientId) {
    return Connect.builder(MqttVersion.V5, clientId)
        .cleanStart(false)
        .sessionExpirySeconds(3_600)
        .build();
  }

  private static Connect transientClient(String clientId) {
    return Connect.builder(MqttVersion.V5, clientId).build();
  }
}
