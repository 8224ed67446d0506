package io.dunlin.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupCommandTest {
  @TempDir Path directory;

  @Test
  void brokerStartsOnTheCopy() throws Exception {
    Path copy = directory.resolve("backups/monday");
    try (Running running = Running.on(directory.resolve("data"));
        MqttPeer oven = running.client("oven")) {
      oven.publish("plant/oven", 1, true);

      JsonNode answer = backup(running, copy.toString());

      assertThat(answer.at("/directory").asText()).isEqualTo(copy.toString());
      assertThat(answer.at("/bytes").asLong()).isPositive();
    }
    try (Running restored = Running.on(copy);
        MqttPeer panel = restored.client("panel")) {
      panel.subscribe("plant/#");
      assertThat(new String(panel.expect(0x30), 2, 10, UTF_8)).isEqualTo("plant/oven");
    }
  }

  @Test
  void directoryWithFilesIsRefusedAndLeftAlone() throws Exception {
    Path full = Files.createDirectory(directory.resolve("full"));
    Files.writeString(full.resolve("mine"), "x");
    Files.setPosixFilePermissions(full, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (Running running = Running.on(directory.resolve("data"))) {
      assertThat(refusal(running, full.toString())).contains("is not empty");
      assertThat(refusal(running, full.resolve("mine").toString())).contains("is no directory");
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(full)))
        .isEqualTo("rwxr-xr-x");
  }

  @Test
  void directoriesOfTheBrokerAndRelativeOnesAreRefused() throws Exception {
    Path data = directory.resolve("data");
    try (Running running = Running.on(data)) {
      assertThat(refusal(running, data.resolve("store/copy").toString()))
          .contains("where the broker itself writes");
      assertThat(refusal(running, "copy")).contains("is not absolute");
      assertThat(refusal(running, "/proc/copy")).contains("no backup was made in /proc/copy");
      assertThat(backup(running, data.resolve("backup").toString()).has("bytes")).isTrue();
    }
  }

  private static String refusal(Running running, String directory) throws IOException {
    try {
      JsonNode answer = backup(running, directory);
      throw new AssertionError(answer.toString());
    } catch (Refusal e) {
      return String.valueOf(e.getMessage());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static JsonNode backup(Running running, String directory)
      throws Refusal, InterruptedException {
    return new Commands(running.broker(), ControlHooks.NONE)
        .answer(
            Json.object()
                .put("v", Control.VERSION)
                .put("do", "backup")
                .put("directory", directory));
  }
}
