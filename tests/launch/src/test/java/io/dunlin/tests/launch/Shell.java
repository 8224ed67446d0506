package io.dunlin.tests.launch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Runs a command in a directory with an environment that holds nothing but what a test puts there.
///
/// @param directory where commands run
/// @param environment the whole environment
record Shell(Path directory, Map<String, String> environment) {
  /// The checkout that is tested.
  static final Path ROOT =
      Path.of(System.getProperty("dunlin.root", ".")).toAbsolutePath().normalize();

  private static final long DEADLINE_MINUTES = 10;

  /// What a command did.
  ///
  /// @param exitCode its exit code
  /// @param output standard output and standard error, as they came
  record Result(int exitCode, String output) {}

  Shell {
    environment = Map.copyOf(environment);
  }

  Result run(String... command) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(List.of(command))
            .directory(directory.toFile())
            .redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(DEADLINE_MINUTES, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new IllegalStateException(String.join(" ", command) + " does not end: " + output);
    }
    return new Result(process.exitValue(), output);
  }

  /// Writes an executable script.
  static void script(Path file, String... lines) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /// Fills a directory with links to programs of this machine, for a `PATH` with these alone.
  static void link(Path bin, String... programs) throws IOException {
    Files.createDirectories(bin);
    for (String program : programs) {
      Path here = Path.of("/usr/bin", program);
      Files.createSymbolicLink(
          bin.resolve(program), Files.exists(here) ? here : Path.of("/bin", program));
    }
  }
}
