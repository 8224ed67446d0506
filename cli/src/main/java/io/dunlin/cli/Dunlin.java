package io.dunlin.cli;

import io.dunlin.broker.config.Nearest;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// The command: its subcommands, and what all of them share.
///
/// The commands are described by picocli's builders and not by its annotations, because reading
/// annotations was four fifths of the command's own part of the start.
final class Dunlin {
  static final String EXIT_CODES = "%nExit codes:%n";

  private Dunlin() {}

  /// Runs the command; returns its exit code.
  static int run(Surroundings around, String... arguments) {
    return commandLine(around).execute(arguments);
  }

  static CommandLine commandLine(Surroundings around) {
    CommandSpec dunlin =
        group("dunlin", "An MQTT broker, and clients for the command line.")
            .addSubcommand("broker", BrokerCommand.spec(around))
            .addSubcommand("pub", PubCommand.spec(around))
            .addSubcommand("sub", SubCommand.spec(around))
            .addSubcommand("config", ConfigCommand.spec(around))
            .addSubcommand("passwd", PasswdCommand.spec(around))
            .addSubcommand("ctl", CtlCommand.spec(around))
            .addSubcommand("crashtest", CrashTestCommand.spec(around))
            .addSubcommand("completion", CompletionCommand.spec(around))
            .addSubcommand("version", version(around));
    dunlin.usageMessage().exitCodeListHeading(EXIT_CODES).exitCodeList(ExitCode.meanings());
    examples(
        dunlin,
        "dunlin broker                            on this machine only, port 1883",
        "dunlin broker --port 0 --data /tmp/try   a port that is free",
        "dunlin config show                       every setting and where it comes from",
        "dunlin ctl clients                       who is connected to the running broker",
        "dunlin COMMAND --help                    more about one command");
    return new CommandLine(dunlin)
        .setOut(around.out())
        .setErr(around.err())
        .setColorScheme(Help.defaultColorScheme(around.ansi()))
        .setUsageHelpAutoWidth(true)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionStrategy(Dunlin::execute)
        .setParameterExceptionHandler((e, _) -> usage(around, e))
        .setExecutionExceptionHandler((e, _, _) -> failure(around, e));
  }

  /// A command with `--help` and `--version`, and their short forms.
  static CommandSpec command(String name, Action action, String... description) {
    return command(name, action, List.of("-h", "--help"), List.of("-V", "--version"), description);
  }

  /// A command whose short options are those of Mosquitto's tools: `-h` is a host there.
  static CommandSpec client(String name, Action action, String... description) {
    return command(name, action, List.of("--help"), List.of("--version"), description);
  }

  private static CommandSpec command(
      String name, Action action, List<String> help, List<String> version, String... description) {
    CommandSpec spec =
        CommandSpec.wrapWithoutInspection(action)
            .name(name)
            .versionProvider(Version::lines)
            .addOption(
                OptionSpec.builder(help.toArray(String[]::new))
                    .usageHelp(true)
                    .description("Show this help message and exit.")
                    .build())
            .addOption(
                OptionSpec.builder(version.toArray(String[]::new))
                    .versionHelp(true)
                    .description("Print version information and exit.")
                    .build());
    spec.usageMessage().description(description);
    return spec;
  }

  /// A command that does nothing without a subcommand.
  static CommandSpec group(String name, String description) {
    CommandSpec spec =
        command(
            name,
            options -> {
              CommandLine group = options.commandSpec().commandLine();
              throw new ParameterException(
                  group, "which command? " + String.join(", ", group.getSubcommands().keySet()));
            },
            description);
    spec.usageMessage().synopsisSubcommandLabel("COMMAND");
    return spec;
  }

  static void examples(CommandSpec spec, String... lines) {
    String[] footer = List.of(lines).stream().map(line -> "  " + line).toArray(String[]::new);
    spec.usageMessage().footerHeading("%nExamples:%n").footer(footer);
  }

  private static CommandSpec version(Surroundings around) {
    return command(
        "version",
        _ -> {
          for (String line : Version.lines()) {
            around.out().println(line);
          }
          around.out().flush();
          return ExitCode.OK.number();
        },
        "Print the version, the Java that runs it, and the system.");
  }

  private static int execute(ParseResult result) {
    Integer helped = CommandLine.executeHelpRequest(result);
    if (helped != null) {
      return helped;
    }
    ParseResult last = result;
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    return ((Action) last.commandSpec().userObject()).run(last);
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
    return ExitCode.USAGE.number();
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
    String kind = isOption ? "option" : command.getSubcommands().isEmpty() ? "argument" : "command";
    return "unknown "
        + kind
        + (" '" + name + "'")
        + (nearest == null ? "" : "; did you mean '" + nearest + "'?");
  }

  /// A mistake of ours: whoever reports it needs the trace.
  private static int failure(Surroundings around, Exception e) {
    around.error("failed: " + e);
    e.printStackTrace(around.err());
    around.err().flush();
    return ExitCode.FAILURE.number();
  }
}
