package io.dunlin.cli;

import io.dunlin.broker.config.Configuration;
import io.dunlin.broker.config.Setting;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `dunlin config`: looks at a configuration without starting anything.
@Command(
    name = "config",
    description = "Check a configuration, or show what it comes to.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  dunlin config check --config dunlin.yaml",
      "  dunlin config show --config dunlin.yaml --set shards=2"
    })
final class ConfigCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create(); // picocli puts the real one here

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "check or show?");
  }

  /// `dunlin config check`.
  @Command(
      name = "check",
      description = "Say whether the broker would start with this configuration; if not, why.",
      mixinStandardHelpOptions = true,
      versionProvider = Version.class)
  static final class Check implements Callable<Integer> {
    private final Surroundings around;
    @Mixin private ConfigOptions options = new ConfigOptions();

    Check(Surroundings around) {
      this.around = around;
    }

    @Override
    public Integer call() {
      Configuration configuration = options.readOrTell(around);
      if (configuration == null) {
        return ExitCode.CONFIG;
      }
      configuration.warnings().forEach(warning -> around.out().println("warning: " + warning));
      around.out().println("The configuration is valid.");
      around.out().flush();
      return ExitCode.OK;
    }
  }

  /// `dunlin config show`: as a file that can be read again, each line with the value's origin.
  @Command(
      name = "show",
      description = "Print every setting in force, as YAML, and where each comes from.",
      mixinStandardHelpOptions = true,
      versionProvider = Version.class)
  static final class Show implements Callable<Integer> {
    private final Surroundings around;
    @Mixin private ConfigOptions options = new ConfigOptions();

    Show(Surroundings around) {
      this.around = around;
    }

    @Override
    public Integer call() {
      Configuration configuration = options.readOrTell(around);
      if (configuration == null) {
        return ExitCode.CONFIG;
      }
      List<String> before = List.of();
      for (Setting setting : configuration.settings()) {
        List<String> path = List.of(setting.path().split("\\."));
        around.out().println(YamlLine.of(before, path, setting, around.ansi()));
        before = path;
      }
      configuration.warnings().forEach(warning -> around.out().println("# warning: " + warning));
      around.out().flush();
      return ExitCode.OK;
    }
  }
}
