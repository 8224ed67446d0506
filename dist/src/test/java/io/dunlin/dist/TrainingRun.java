package io.dunlin.dist;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Makes `lib/dunlin.aot` of a distribution: starts its broker with the launcher and the launcher's
/// flags, puts a [TrainingLoad] on it, and ends it with SIGTERM, upon which the JVM writes what it
/// loaded and linked, and what it learnt of the methods that ran. And `lib/dunlin-client.aot` for
/// `pub` and `sub`, which share little with it: a subscriber that also publishes.
///
/// One argument, the folder of the distribution. Whatever goes wrong fails the build: a
/// distribution without its cache starts three times as slowly, and nobody would notice.
public final class TrainingRun {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern LISTENER = Pattern.compile("127\\.0\\.0\\.1:(\\d+)");

  private TrainingRun() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    Path image = Path.of(args[0]);
    Path cache = image.resolve("lib").resolve("dunlin.aot");
    Path clientCache = image.resolve("lib").resolve("dunlin-client.aot");
    Path data = Files.createTempDirectory("dunlin-training");
    String said;
    try {
      said = train(image.resolve("bin").resolve("dunlin"), cache, clientCache, data);
    } finally {
      delete(data);
    }
    for (Path each : List.of(cache, clientCache)) {
      if (!Files.exists(each)) {
        throw new IOException(
            "the training run ended without writing " + each + "; it said:\n" + said);
      }
    }
  }

  /// Returns what the broker and the JVM said after `ready`.
  private static String train(Path launcher, Path cache, Path clientCache, Path data)
      throws IOException, InterruptedException {
    ProcessBuilder command =
        new ProcessBuilder(
            launcher.toString(),
            "broker",
            "--port",
            "0",
            "--data",
            data.resolve("broker").toString());
    command.environment().put("JAVA_OPTS", "-XX:AOTCacheOutput=" + cache);
    command.redirectErrorStream(true);
    Process broker = command.start();
    try (BufferedReader lines = broker.inputReader(StandardCharsets.UTF_8)) {
      int port = awaitReady(lines);
      TrainingLoad.run(port);
      client(launcher, "", port, "pub", "-q", "2", "-r", "-m", "payload");
      client(
          launcher,
          "-XX:AOTCacheOutput=" + clientCache,
          port,
          "sub",
          "-q",
          "1",
          "-v",
          "-C",
          "1",
          "--remove-retained");
      broker.toHandle().destroy(); // Process.destroy would also close what the broker says
      String said = lines.readAllAsString();
      if (!broker.waitFor(PATIENCE)) {
        throw new IOException("the broker did not end within " + PATIENCE + " of SIGTERM");
      }
      return said;
    } finally {
      broker.destroyForcibly().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private static void client(Path launcher, String javaOpts, int port, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(arguments));
    command.addAll(List.of("-t", "training/command", "-p", Integer.toString(port)));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("JAVA_OPTS", javaOpts);
    Process client = builder.redirectErrorStream(true).start();
    String said = client.inputReader(StandardCharsets.UTF_8).readAllAsString();
    if (client.waitFor() != 0) {
      throw new IOException(command + " failed; it said:\n" + said);
    }
  }

  private static int awaitReady(BufferedReader lines) throws IOException {
    StringBuilder said = new StringBuilder();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      said.append(line).append('\n');
      Matcher listener = LISTENER.matcher(line);
      if (line.contains("ready") && listener.find()) {
        return Integer.parseInt(listener.group(1));
      }
    }
    throw new IOException("the broker ended before it was ready; it said:\n" + said);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
