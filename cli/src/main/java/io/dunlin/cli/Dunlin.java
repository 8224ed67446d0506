package io.dunlin.cli;

import io.dunlin.broker.config.Nearest;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/// The command itself: it knows its subcommands and does nothing alone.
@Command(
    name = "dunlin",
    description = "An MQTT broker.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  dunlin broker                            on this machine only, port 1883",
      "  dunlin broker --port 0 --data /tmp/try   a port that is free",
      "  dunlin config show                       every setting and where it comes from",
      "  dunlin COMMAND --help                    more about one command"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done; for the broker: ended in order, by SIGTERM or SIGINT",
      "1:failed while running",
      "2:the command line is wrong",
      "69:an address to listen at cannot be had",
      "73:the data directory is in use, or cannot be written",
      "78:the configuration is wrong"
    })
final class Dunlin implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create(); // picocli puts the real one here

  /// Runs the command; returns its exit code.
  static int run(Surroundings around, String... arguments) {
    return commandLine(around).execute(arguments);
  }

  static CommandLine commandLine(Surroundings around) {
    CommandLine config =
        new CommandLine(new ConfigCommand())
            .addSubcommand(new ConfigCommand.Check(around))
            .addSubcommand(new ConfigCommand.Show(around));
    return new CommandLine(new Dunlin())
        .addSubcommand(new BrokerCommand(around))
        .addSubcommand(config)
        .addSubcommand(new CompletionCommand(around))
        .addSubcommand(new Version(around))
        .setOut(around.out())
        .setErr(around.err())
        .setColorScheme(Help.defaultColorScheme(around.ansi()))
        .setUsageHelpAutoWidth(true)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler((e, _) -> usage(around, e))
        .setExecutionExceptionHandler((e, _, _) -> failure(around, e));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  /// A wrong command line: one sentence, and where to read more.
  private static int usage(Surroundings around, ParameterException e) {
    around.error(
        e instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()
            ? unknown(unmatched.getUnmatched().getFirst(), e.getCommandLine())
            : String.valueOf(e.getMessage()));
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    around.err().println("Try '" + command + " --help'.");
    around.err().flush();
    return ExitCode.USAGE;
  }

  private static String unknown(String argument, CommandLine command) {
    boolean isOption = argument.startsWith("-");
    String name = argument.replaceAll("=.*", "");
    String nearest =
        Nearest.to(
            name,
            isOption
                ? command.getCommandSpec().optionsMap().keySet().stream()
                    .filter(option -> option.startsWith("--"))
                    .toList()
                : command.getSubcommands().keySet());
    return "unknown "
        + (isOption ? "option" : command.getSubcommands().isEmpty() ? "argument" : "command")
        + " '"
        + name
        + "'"
        + (nearest == null ? "" : "; did you mean '" + nearest + "'?");
  }

  /// A mistake of ours: whoever reports it needs the trace.
  private static int failure(Surroundings around, Exception e) {
    around.error("failed: " + e);
    e.printStackTrace(around.err());
    around.err().flush();
    return ExitCode.FAILURE;
  }
}
