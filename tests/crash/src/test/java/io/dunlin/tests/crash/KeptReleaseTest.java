package io.dunlin.tests.crash;

import static io.dunlin.mqtt.Qos.AT_MOST_ONCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.crashtest.Wire;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.tests.interop.BrokerProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The data directory that an earlier build left behind opens, and everything is in it.
class KeptReleaseTest {
  @TempDir Path data;

  private BrokerProcess broker;

  @BeforeEach
  void startOnTheDataOf01() throws IOException {
    try (InputStream in = KeptReleaseTest.class.getResourceAsStream("/data-0.1.zip");
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path file = data.resolve(entry.getName());
        Files.createDirectories(file.getParent());
        Files.copy(zip, file);
      }
    }
    broker = BrokerProcess.startOn(data, KeptRelease.OPTIONS.toArray(String[]::new));
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  @Test
  void queuesAreThereInTheirOrder() throws IOException {
    List<String> all = numbered("m", KeptRelease.MESSAGES);
    all.add("open");

    assertThat(received(MqttVersion.V5, "reader", all.size())).isEqualTo(all);
    assertThat(received(MqttVersion.V3_1_1, "old", all.size())).isEqualTo(all);
  }

  @Test
  void queueOfAGroupIsThere() throws IOException {
    assertThat(received(MqttVersion.V5, "member", KeptRelease.MESSAGES))
        .isEqualTo(numbered("s", KeptRelease.MESSAGES));
  }

  @Test
  void retainedMessagesAreTheLast() throws IOException {
    try (Wire wire = KeptRelease.open(broker, KeptRelease.client(MqttVersion.V5, "asker"))) {
      wire.subscribe("kept/retained/+", AT_MOST_ONCE);

      List<String> values = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        values.add(wire.readPublish().payload().utf8());
      }
      assertThat(values).containsExactlyInAnyOrder("r15", "r16", "r17", "r18", "r19");
    }
  }

  @Test
  void unreleasedMessageIsNotTakenTwice() throws IOException {
    try (Wire wire = KeptRelease.open(broker, KeptRelease.client(MqttVersion.V5, "publisher"))) {
      wire.send(KeptRelease.openMessage(true));
      assertThat(wire.read()).isInstanceOf(PubRec.class);
      wire.send(new PubRel(KeptRelease.OPEN_PACKET_ID));
      assertThat(wire.read()).isInstanceOf(PubComp.class);
    }
    List<String> all = numbered("m", KeptRelease.MESSAGES);
    all.add("open");
    assertThat(received(MqttVersion.V5, "reader", all.size())).isEqualTo(all);
  }

  private static List<String> numbered(String prefix, int count) {
    return new ArrayList<>(IntStream.range(0, count).mapToObj(i -> prefix + i).toList());
  }

  /// Everything that waits for a client, and nothing behind it.
  private List<String> received(MqttVersion version, String clientId, int count)
      throws IOException {
    List<String> payloads = new ArrayList<>();
    try (Wire wire = KeptRelease.open(broker, KeptRelease.client(version, clientId))) {
      assertThat(wire.sessionPresent()).isTrue();
      while (payloads.size() < count) {
        answer(wire, wire.read(), payloads);
      }
    }
    return payloads;
  }

  private static void answer(Wire wire, Packet packet, List<String> payloads) throws IOException {
    switch (packet) {
      case Publish p -> {
        payloads.add(p.payload().utf8());
        wire.send(
            p.qos() == Qos.EXACTLY_ONCE ? new PubRec(p.packetId()) : new PubAck(p.packetId()));
      }
      case PubRel p -> wire.send(new PubComp(p.packetId()));
      default -> throw new IOException("unexpected: " + packet);
    }
  }
}
