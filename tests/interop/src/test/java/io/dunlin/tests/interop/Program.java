package io.dunlin.tests.interop;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// A foreign program that runs; its output is read line by line on another thread.
final class Program implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Process process;
  private final Queue<String> complaints = new ConcurrentLinkedQueue<>();

  private Program(Path directory, List<String> command, Consumer<String> lines) {
    try {
      process = new ProcessBuilder(command).directory(directory.toFile()).start();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run " + command, e);
    }
    Thread.ofVirtual().start(() -> read(process.inputReader(), lines));
    Thread.ofVirtual().start(() -> read(process.errorReader(), complaints::add));
  }

  /// Runs a program until it ends, which must be with exit code 0.
  ///
  /// @param input what it reads
  static void run(Path directory, List<String> command, List<String> input) {
    try (Program program = new Program(directory, command, line -> {})) {
      try (var writer = program.process.outputWriter()) {
        for (String line : input) {
          writer.write(line);
          writer.newLine();
        }
      }
      if (!program.process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)
          || program.process.exitValue() != 0) {
        throw new AssertionError(command + " failed: " + program.complaints);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to " + command, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /// Starts a program, and waits for its first line that equals `sign`; the other lines are given
  /// to `lines`, but never the sign.
  static Program start(Path directory, List<String> command, String sign, Consumer<String> lines) {
    CompletableFuture<Void> seen = new CompletableFuture<>();
    Program program =
        new Program(
            directory,
            command,
            line -> {
              if (line.equals(sign)) {
                seen.complete(null);
              } else {
                lines.accept(line);
              }
            });
    try {
      seen.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (Exception e) {
      program.close();
      throw new AssertionError(command + " said no '" + sign + "': " + program.complaints, e);
    }
    return program;
  }

  /// Asks the program to end (SIGTERM, upon which clients disconnect in order), and waits for it.
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static void read(BufferedReader reader, Consumer<String> lines) {
    try (reader) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.accept(line);
      }
    } catch (IOException e) {
      // The program has ended.
    }
  }
}
