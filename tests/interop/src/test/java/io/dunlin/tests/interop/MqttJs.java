package io.dunlin.tests.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// MQTT.js on Node, by the scripts in the resource folder `mqttjs`.
///
/// @param version 4 for MQTT 3.1.1, 5 for 5.0
record MqttJs(int version, Route route) implements ForeignClient {
  MqttJs(int version) {
    this(version, Route.PLAIN);
  }

  @Override
  public void publish(int port, String topic, List<String> payloads, int qos, boolean retain)
      throws IOException {
    Program.run(Scripts.DIRECTORY, command("publish.js", port, topic, qos, retain), payloads);
  }

  @Override
  public Subscriber subscribe(int port, String clientId, boolean durable, String filter, int qos)
      throws IOException {
    Inbox inbox = new Inbox();
    Program program =
        Program.start(
            Scripts.DIRECTORY,
            command("subscribe.js", port, clientId, durable, filter, qos),
            "subscribed",
            inbox::add);
    return new Subscriber() {
      @Override
      public String next() throws InterruptedException {
        return inbox.next();
      }

      @Override
      public void close() {
        program.close();
      }
    };
  }

  @Override
  public AutoCloseable connectWithWill(int port, String clientId, String topic, String payload)
      throws IOException {
    return Program.start(
        Scripts.DIRECTORY,
        command("will.js", port, clientId, topic, payload),
        "connected",
        line -> {});
  }

  private List<String> command(String script, Object... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "env",
                "ROUTE=" + route.kind().name().toLowerCase(Locale.ROOT),
                "ROUTE_DIRECTORY=" + route.directory(),
                "node",
                script,
                Integer.toString(version)));
    Arrays.stream(arguments).map(String::valueOf).forEach(command::add);
    return command;
  }

  /// The scripts, where the build has copied them, with what they need: installed once for each
  /// lock file.
  private static final class Scripts {
    static final Path DIRECTORY = installed();

    private static Path installed() {
      try {
        Path directory = Path.of(MqttJs.class.getResource("/mqttjs").toURI());
        byte[] lock = Files.readAllBytes(directory.resolve("package-lock.json"));
        Path mark = directory.resolve("node_modules/installed-lock.json");
        if (!Files.exists(mark) || !Arrays.equals(lock, Files.readAllBytes(mark))) {
          Program.run(directory, List.of("npm", "ci", "--no-audit", "--no-fund"), List.of());
          Files.write(mark, lock);
        }
        return directory;
      } catch (Exception e) {
        throw new IllegalStateException("cannot install MQTT.js", e);
      }
    }
  }
}
