package io.dunlin.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
  @TempDir Path temporary;

  @Test
  void isCreatedForItsOwnerOnly() throws IOException {
    Path root = temporary.resolve("a/b");

    try (DataDirectory opened = DataDirectory.open(root)) {
      for (Path directory : List.of(root, opened.log(), opened.store())) {
        assertThat(permissions(directory)).isEqualTo("rwx------");
      }
      assertThat(permissions(root.resolve("lock"))).isEqualTo("rw-------");
      assertThat(root.resolve("lock")).hasContent(ProcessHandle.current().pid() + "\n");
    }
  }

  @Test
  void closedOneCanBeOpenedAgain() throws IOException {
    Files.writeString(temporary.resolve("lock"), "123456789\nold");
    DataDirectory.open(temporary).close();

    try (DataDirectory again = DataDirectory.open(temporary)) {
      assertThat(again.root()).isEqualTo(temporary);
    }
  }

  @Test
  void secondBrokerInTheSameProcessIsRefusedAndDisturbsNothing() throws Exception {
    try (DataDirectory first = DataDirectory.open(temporary)) {
      assertThatExceptionOfType(DataDirectory.InUse.class)
          .isThrownBy(() -> DataDirectory.open(first.root()))
          .withMessageContaining("process " + ProcessHandle.current().pid());

      Process other = holder();
      try (BufferedReader said = other.inputReader(StandardCharsets.UTF_8)) {
        assertThat(said.readLine()).contains("process " + ProcessHandle.current().pid());
      } finally {
        other.destroyForcibly().waitFor();
      }
    }
  }

  @Test
  void otherProcessIsRefusedByPidAndDeathFreesTheDirectory() throws Exception {
    Process other = holder();
    try (BufferedReader said = other.inputReader(StandardCharsets.UTF_8)) {
      assertThat(said.readLine()).isEqualTo("held");

      assertThatExceptionOfType(DataDirectory.InUse.class)
          .isThrownBy(() -> DataDirectory.open(temporary))
          .withMessage(
              "data directory %s is in use by process %d; stop that broker first, or give this"
                  + " one another directory (--data)",
              temporary, other.pid());
    } finally {
      other.destroyForcibly().waitFor();
    }

    DataDirectory.open(temporary).close();
  }

  @Test
  void fileInItsPlaceIsNamed() throws IOException {
    Path file = Files.createFile(temporary.resolve("file"));

    assertThatIOException()
        .isThrownBy(() -> DataDirectory.open(file))
        .withMessage(
            "data directory %s: %s is no directory; choose another with --data", file, file);
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private Process holder() throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classes = System.getProperty("java.class.path");
    return new ProcessBuilder(java, "-cp", classes, Holder.class.getName(), temporary.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /// Holds a data directory until it is killed.
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws IOException {
      try (DataDirectory held = DataDirectory.open(Path.of(arguments[0]))) {
        System.out.println("held");
        System.in.transferTo(OutputStream.nullOutputStream());
        System.out.println("let go of " + held.root());
      } catch (DataDirectory.InUse e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
