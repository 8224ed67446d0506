package io.dunlin.cli;

import io.dunlin.broker.config.ConfigException;
import io.dunlin.broker.config.ConfigReader;
import io.dunlin.broker.config.Configuration;
import io.dunlin.broker.config.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that make up a configuration, and what they make: the file, then `DUNLIN_…`
/// variables, then `--set`, then the options with names of their own.
final class ConfigOptions {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "The configuration file (YAML); default: $DUNLIN_CONFIG, else none.")
  private @Nullable Path file;

  @Option(
      names = {"-p", "--port"},
      paramLabel = "N",
      description = "The TCP port of the first listener; 0 picks one that is free.")
  private @Nullable Integer port;

  @Option(
      names = {"-b", "--bind"},
      paramLabel = "ADDR",
      description = "An address of the first listener; may be given several times.")
  private List<String> bind = new ArrayList<>();

  @Option(
      names = {"-d", "--data"},
      paramLabel = "DIR",
      description = "The directory of all state.")
  private @Nullable Path data;

  @Option(
      names = {"-s", "--set"},
      paramLabel = "KEY=VALUE",
      description = "Any key of the configuration file, for example message.max-packet-bytes=4096.")
  private List<String> sets = new ArrayList<>();

  /// The configuration, or null after all that is wrong with it has been told.
  @Nullable Configuration readOrTell(Surroundings around) {
    try {
      return read(around.environment());
    } catch (ConfigException e) {
      e.problems().stream().map(Problem::toString).forEach(around::error);
      return null;
    }
  }

  private Configuration read(Map<String, String> environment) throws ConfigException {
    ConfigReader reader = new ConfigReader();
    String fromEnvironment = environment.getOrDefault("DUNLIN_CONFIG", "");
    if (file != null) {
      reader.file(file);
    } else if (!fromEnvironment.isEmpty()) {
      reader.file(Path.of(fromEnvironment));
    }
    reader.environment(environment);
    sets.forEach(reader::set);
    if (port != null) {
      reader.option("--port", "listeners.0.port", Integer.toString(port));
    }
    if (!bind.isEmpty()) {
      reader.option("--bind", "listeners.0.bind", String.join(",", bind));
    }
    if (data != null) {
      reader.option("--data", "data.directory", data.toString());
    }
    return reader.read();
  }
}
