package io.dunlin.cli;

import io.dunlin.broker.config.ConfigException;
import io.dunlin.broker.config.ConfigReader;
import io.dunlin.broker.config.Configuration;
import io.dunlin.broker.config.ListenerType;
import io.dunlin.broker.config.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// The options that make up a configuration, and what they make: the file, then `DUNLIN_…`
/// variables, then `--set`, then the options with names of their own.
final class ConfigOptions {
  private ConfigOptions() {}

  static CommandSpec addTo(CommandSpec spec) {
    return spec.addOption(
            OptionSpec.builder("-c", "--config")
                .paramLabel("FILE")
                .type(Path.class)
                .description("The configuration file (YAML); default: $DUNLIN_CONFIG, else none.")
                .build())
        .addOption(
            OptionSpec.builder("-p", "--port")
                .paramLabel("N")
                .type(Integer.class)
                .description("The TCP port of the first listener; 0 picks one that is free.")
                .build())
        .addOption(
            OptionSpec.builder("--ws-port")
                .paramLabel("N")
                .type(Integer.class)
                .description(
                    "The port of one more listener, for WebSocket from this machine; 0 picks one"
                        + " that is free.")
                .build())
        .addOption(
            OptionSpec.builder("-b", "--bind")
                .paramLabel("ADDR")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description("An address of the first listener; may be given several times.")
                .build())
        .addOption(
            OptionSpec.builder("-d", "--data")
                .paramLabel("DIR")
                .type(Path.class)
                .description("The directory of all state.")
                .build())
        .addOption(
            OptionSpec.builder("-s", "--set")
                .paramLabel("KEY=VALUE")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description(
                    "Any key of the configuration file, for example"
                        + " message.max-packet-bytes=4096; 'dunlin config show' lists them.")
                .build());
  }

  /// The configuration, or null after all that is wrong with it has been told.
  static @Nullable Configuration readOrTell(ParseResult options, Surroundings around) {
    try {
      return read(options, around.environment());
    } catch (ConfigException e) {
      e.problems().stream().map(Problem::toString).forEach(around::error);
      return null;
    }
  }

  /// Reads everything anew.
  ///
  /// @throws ConfigException with all that is wrong
  static Configuration read(ParseResult options, Map<String, String> environment)
      throws ConfigException {
    ConfigReader reader = new ConfigReader();
    Path file = options.matchedOptionValue("--config", null);
    String fromEnvironment = environment.getOrDefault("DUNLIN_CONFIG", "");
    if (file != null) {
      reader.file(file);
    } else if (!fromEnvironment.isEmpty()) {
      reader.file(Path.of(fromEnvironment));
    }
    reader.environment(environment);
    options.matchedOptionValue("--set", List.<String>of()).forEach(reader::set);
    Integer port = options.matchedOptionValue("--port", null);
    if (port != null) {
      reader.option("--port", "listeners.0.port", port.toString());
    }
    Integer webSocketPort = options.matchedOptionValue("--ws-port", null);
    if (webSocketPort != null) {
      reader.addListener("--ws-port", ListenerType.WS, webSocketPort.toString());
    }
    List<String> bind = options.matchedOptionValue("--bind", List.of());
    if (!bind.isEmpty()) {
      reader.option("--bind", "listeners.0.bind", String.join(",", bind));
    }
    Path data = options.matchedOptionValue("--data", null);
    if (data != null) {
      reader.option("--data", "data.directory", data.toString());
    }
    Object logLevel = options.matchedOptionValue("--log-level", null);
    if (logLevel != null) {
      reader.option("--log-level", "log.level", logLevel.toString());
    }
    return reader.read();
  }
}
