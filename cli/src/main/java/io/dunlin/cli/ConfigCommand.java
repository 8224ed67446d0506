package io.dunlin.cli;

import io.dunlin.broker.Broker;
import io.dunlin.broker.config.ConfigException;
import io.dunlin.broker.config.Configuration;
import io.dunlin.broker.config.InvalidConfig;
import io.dunlin.broker.config.Problem;
import io.dunlin.broker.config.ReferencePage;
import io.dunlin.broker.config.Setting;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/// `dunlin config`: looks at a configuration without starting anything.
final class ConfigCommand {
  private ConfigCommand() {}

  static CommandSpec spec(Surroundings around) {
    CommandSpec spec =
        Dunlin.group("config", "Check a configuration, show what it comes to, or print all keys.")
            .addSubcommand(
                "check",
                reading(
                    around,
                    "check",
                    "Say whether the broker would start with this configuration; if not, why."
                        + " Files that it names are read, by you; ports and the data directory are"
                        + " not tried.",
                    ConfigCommand::check))
            .addSubcommand(
                "show",
                reading(
                    around,
                    "show",
                    "Print every setting in force, as YAML, and where each comes from.",
                    ConfigCommand::show))
            .addSubcommand(
                "docs",
                Dunlin.command(
                    "docs",
                    _ -> {
                      around.out().print(ReferencePage.text());
                      around.out().flush();
                      return ExitCode.OK.number();
                    },
                    "Print the reference page of all keys, as Markdown."));
    Dunlin.examples(
        spec,
        "dunlin config check --config dunlin.yaml",
        "dunlin config show --config dunlin.yaml --set shards=2");
    return spec;
  }

  /// What is done with a configuration that is valid.
  private interface Use {
    ExitCode with(Configuration configuration, Surroundings around);
  }

  private static CommandSpec reading(
      Surroundings around, String name, String description, Use use) {
    return ConfigOptions.addTo(
        Dunlin.command(
            name,
            options -> {
              Configuration configuration = ConfigOptions.readOrTell(options, around);
              if (configuration == null) {
                return ExitCode.CONFIG.number();
              }
              ExitCode code = use.with(configuration, around);
              around.out().flush();
              return code.number();
            },
            description));
  }

  private static ExitCode check(Configuration configuration, Surroundings around) {
    try {
      Broker.check(configuration.config());
    } catch (ConfigException e) {
      e.problems().stream().map(Problem::toString).forEach(around::error);
      return ExitCode.CONFIG;
    } catch (IOException | InvalidConfig e) {
      around.error(String.valueOf(e.getMessage()));
      return ExitCode.CONFIG;
    }
    configuration.warnings().forEach(warning -> around.out().println("warning: " + warning));
    around.out().println("The configuration is valid.");
    return ExitCode.OK;
  }

  /// As a file that can be read again, each line with the value's origin.
  private static ExitCode show(Configuration configuration, Surroundings around) {
    List<String> before = List.of();
    for (Setting setting : configuration.settings()) {
      List<String> path = List.of(setting.path().split("\\."));
      around.out().println(YamlLine.of(before, path, setting, around.ansi()));
      before = path;
    }
    if (!configuration.config().acl().rules().isEmpty()) {
      around.out().println("# acl: the rules that stand in the file are not repeated here");
    }
    configuration.warnings().forEach(warning -> around.out().println("# warning: " + warning));
    return ExitCode.OK;
  }
}
