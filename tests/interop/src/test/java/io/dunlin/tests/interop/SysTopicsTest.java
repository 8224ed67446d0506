package io.dunlin.tests.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The `$SYS` topics, as Mosquitto's users read them.
@Tag("mosquitto")
class SysTopicsTest {
  /// What dashboards made for Mosquitto ask for.
  private static final List<String> KNOWN =
      List.of(
          "version",
          "uptime",
          "clients/connected",
          "clients/total",
          "clients/maximum",
          "clients/disconnected",
          "clients/expired",
          "messages/received",
          "messages/sent",
          "messages/stored",
          "publish/messages/received",
          "publish/messages/sent",
          "publish/messages/dropped",
          "publish/bytes/received",
          "publish/bytes/sent",
          "bytes/received",
          "bytes/sent",
          "load/messages/received/1min",
          "load/publish/sent/5min",
          "load/bytes/received/15min",
          "load/connections/1min",
          "subscriptions/count",
          "retained messages/count",
          "store/messages/count",
          "heap/current");

  @Test
  void namesAreThoseOfMosquittoAndComeAtOnce() throws Exception {
    try (BrokerProcess broker = BrokerProcess.start("--set", "sys.interval-seconds=3600")) {
      new MosquittoTools("5").publish(broker.port(), "plant/oven", List.of("1", "2", "3"), 1, true);

      Map<String, String> values = read(broker.port(), 50);

      assertThat(values).containsKeys(KNOWN.toArray(String[]::new));
      assertThat(values.get("version")).startsWith("dunlin version ");
      assertThat(values.get("uptime")).matches("\\d+ seconds");
      assertThat(values).containsEntry("clients/connected", "1");
      assertThat(values).containsEntry("publish/messages/received", "3");
    }
  }

  /// Waits for so many messages below `$SYS/broker/`.
  private static Map<String, String> read(int port, int count)
      throws IOException, InterruptedException {
    Process sub =
        new ProcessBuilder(
                "mosquitto_sub",
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(port),
                "-t",
                "$SYS/broker/#",
                "-F",
                "%t\t%p",
                "-C",
                Integer.toString(count),
                "-W",
                "60")
            .redirectErrorStream(true)
            .start();
    String output = new String(sub.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(sub.waitFor(60, TimeUnit.SECONDS)).isTrue();
    Map<String, String> values = new LinkedHashMap<>();
    for (String line : output.lines().toList()) {
      String[] parts = line.split("\t", 2);
      assertThat(parts).as(line).hasSize(2);
      values.put(parts[0].replace("$SYS/broker/", ""), parts[1]);
    }
    return values;
  }
}
