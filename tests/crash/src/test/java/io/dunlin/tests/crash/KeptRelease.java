package io.dunlin.tests.crash;

import static io.dunlin.mqtt.Qos.AT_LEAST_ONCE;
import static io.dunlin.mqtt.Qos.EXACTLY_ONCE;

import io.dunlin.base.Slice;
import io.dunlin.crashtest.Wire;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.TopicName;
import io.dunlin.tests.interop.BrokerProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Makes the data directory that a release leaves behind, for [KeptReleaseTest]; run once for each
/// release, with the file to write: `src/test/resources/data-<version>.zip`.
///
/// What is in it is partly rows of the store and partly records of the log: what is large enough to
/// make a checkpoint comes in the middle.
final class KeptRelease {
  static final int MESSAGES = 20;
  static final int OPEN_PACKET_ID = 7;

  /// Small files, and sessions that wait for ever.
  static final List<String> OPTIONS =
      List.of(
          "--set", "storage.segment-bytes=2097152",
          "--set", "storage.log-max-bytes=8388608",
          "--set", "storage.disk-reserve-bytes=0",
          "--set", "message.max-packet-bytes=1000000",
          "--set", "session.expiry-max-seconds=4294967295");

  /// Locks, and what the store says to people about the machine it runs on.
  private static final Set<String> NOT_KEPT = Set.of("lock", "LOCK", "LOG");

  private KeptRelease() {}

  public static void main(String[] arguments) throws IOException {
    Path data = Files.createTempDirectory("kept");
    BrokerProcess broker = BrokerProcess.startOn(data, OPTIONS.toArray(String[]::new));
    try (Wire reader = open(broker, client(MqttVersion.V5, "reader"));
        Wire old = open(broker, client(MqttVersion.V3_1_1, "old"));
        Wire member = open(broker, client(MqttVersion.V5, "member"))) {
      reader.subscribe("kept/queue", EXACTLY_ONCE);
      old.subscribe("kept/queue", AT_LEAST_ONCE);
      member.subscribe("$share/group/kept/shared", AT_LEAST_ONCE);
    }
    try (Wire publisher = open(broker, client(MqttVersion.V5, "publisher"))) {
      for (int i = 0; i < MESSAGES; i++) {
        if (i == MESSAGES / 2) {
          grow(publisher);
        }
        publisher.publish("kept/queue", "m" + i, Qos.of(1 + i % 2), false);
        publisher.publish("kept/shared", "s" + i, AT_LEAST_ONCE, false);
        publisher.publish("kept/retained/" + i % 5, "r" + i, AT_LEAST_ONCE, true);
      }
      publisher.send(openMessage(false));
      if (!(publisher.read() instanceof PubRec)) {
        throw new IOException("no PUBREC");
      }
    }
    broker.kill();
    zip(data, Path.of(arguments[0]));
  }

  static Wire open(BrokerProcess broker, Connect connect) throws IOException {
    return new Wire(broker.address(), connect);
  }

  static Connect client(MqttVersion version, String clientId) {
    return Connect.builder(version, clientId)
        .cleanStart(false)
        .sessionExpirySeconds(0xFFFF_FFFFL)
        .build();
  }

  /// A QoS 2 message that its publisher has not released.
  static Publish openMessage(boolean dup) {
    return new Publish(
        TopicName.of("kept/queue"),
        Slice.utf8("open"),
        EXACTLY_ONCE,
        false,
        dup,
        OPEN_PACKET_ID,
        0,
        false,
        -1,
        null,
        null,
        null,
        List.of(),
        List.of());
  }

  /// More than half of the log may hold.
  private static void grow(Wire publisher) throws IOException {
    String payload = "0".repeat(200_000);
    for (int i = 0; i < 30; i++) {
      publisher.publish("kept/filler", payload, AT_LEAST_ONCE, true);
    }
  }

  private static void zip(Path data, Path target) throws IOException {
    try (OutputStream out = Files.newOutputStream(target);
        ZipOutputStream zip = new ZipOutputStream(out);
        Stream<Path> files = Files.walk(data)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        if (NOT_KEPT.contains(file.getFileName().toString())) {
          continue;
        }
        zip.putNextEntry(new ZipEntry(data.relativize(file).toString()));
        Files.copy(file, zip);
        zip.closeEntry();
      }
    }
  }
}
