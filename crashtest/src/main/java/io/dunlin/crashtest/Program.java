package io.dunlin.crashtest;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs a program of the system to its end.
final class Program {
  private static final int TIMEOUT_SECONDS = 60;

  private Program() {}

  /// @throws IOException if it fails, with what it said
  static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), System.out.charset());
    try {
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException(String.join(" ", List.of(command)) + " failed: " + said.strip());
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while running " + command[0], e);
    }
  }
}
