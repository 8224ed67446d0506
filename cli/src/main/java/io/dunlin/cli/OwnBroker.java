package io.dunlin.cli;

import io.dunlin.crashtest.Mode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The command line that starts a broker of the classes that run now.
final class OwnBroker {
  private static final List<String> FLAGS =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:+UseCompactObjectHeaders",
          "-Xms32m",
          "-XX:+ExitOnOutOfMemoryError",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow");

  /// Where native libraries lie, in a distribution.
  private static final List<String> PROPERTIES = List.of("java.library.path", "dunlin.native");

  /// Wills are not to be waited for, and files so small that checkpoints are made all the time and
  /// crash, too.
  private static final List<String> SETTINGS =
      List.of(
          "session.will-grace-seconds=0",
          "message.max-packet-bytes=262144",
          "storage.segment-bytes=1048576",
          "storage.log-max-bytes=4194304",
          "storage.disk-reserve-bytes=");

  private static final int SMALL_RESERVE_BYTES = 16 << 20;

  private OwnBroker() {}

  /// With `{port}` and `{data}`.
  static List<String> command(Mode mode) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FLAGS);
    for (String name : PROPERTIES) {
      String value = System.getProperty(name, "");
      if (!value.isEmpty()) {
        command.add("-D" + name + "=" + value);
      }
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of("broker", "--port", "{port}", "--data", "{data}"));
    int reserveBytes = mode == Mode.DISK_FULL ? SMALL_RESERVE_BYTES : 0;
    for (String setting : SETTINGS) {
      command.addAll(List.of("--set", setting.endsWith("=") ? setting + reserveBytes : setting));
    }
    return command;
  }
}
