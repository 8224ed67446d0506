package io.dunlin.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dunlin.broker.config.Configuration;
import io.dunlin.broker.config.LogConfig;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// `dunlin ctl`: looks into the broker that runs on a data directory, and changes who may do what,
/// over a socket in it.
final class CtlCommand {
  private final Surroundings around;

  private CtlCommand(Surroundings around) {
    this.around = around;
  }

  /// Makes a request of the options.
  interface Asks {
    ObjectNode request(ParseResult options);
  }

  /// Shows an answer to people.
  interface Shows {
    void show(JsonNode answer, CtlPrinter printer);
  }

  static CommandSpec spec(Surroundings around) {
    CtlCommand ctl = new CtlCommand(around);
    CommandSpec spec =
        Dunlin.group(
            "ctl",
            "Look into a running broker: who is there, and why did it not arrive? Change its users"
                + " and rights; back it up.");
    ctl.aboutClients(spec);
    ctl.aboutMessages(spec);
    new CtlAccess(ctl, around, SecretInput.of(around)).addTo(spec);
    ctl.aboutTheBroker(spec);
    Dunlin.examples(
        spec,
        "dunlin ctl clients --like 'pump-*'           who is connected",
        "dunlin ctl session pump-7                    what waits for it, and its subscriptions",
        "dunlin ctl topic plant/oven/temperature      who would get a message",
        "dunlin ctl trace --client pump-7             each packet, and what was decided",
        "dunlin ctl user add ann                      asks for its password",
        "dunlin ctl allow ann publish 'plant/#'       counts at once",
        "dunlin ctl backup /srv/backup/monday         a broker can be started on it",
        "dunlin ctl stats --data /var/lib/dunlin --json");
    return spec;
  }

  private void aboutClients(CommandSpec spec) {
    spec.addSubcommand(
        "clients",
        limited(
            like(
                asking(
                    "clients",
                    "List connected clients.",
                    o -> listing("clients", o),
                    (answer, printer) -> printer.clients(answer)))));
    spec.addSubcommand(
        "client",
        id(
            asking(
                "client",
                "Show one client: its connection, and why the last one ended.",
                o -> about("client", "id", o),
                (answer, printer) -> printer.client(answer))));
    spec.addSubcommand(
        "disconnect",
        id(
            asking(
                "disconnect",
                "End a client's connection, with reason 0x98 if it speaks MQTT 5.0. Its session"
                    + " stays.",
                o -> about("disconnect", "id", o),
                (answer, printer) ->
                    printer.line("disconnected " + answer.path("disconnected").asText()))));
    spec.addSubcommand(
        "sessions",
        limited(
            like(
                asking(
                    "sessions",
                    "List sessions, connected or not.",
                    o -> listing("sessions", o),
                    (answer, printer) -> printer.sessions(answer)))));
    spec.addSubcommand(
        "session",
        id(
            asking(
                "session",
                "Show one session: its queue, its window, its subscriptions.",
                o -> about("session", "id", o),
                (answer, printer) -> printer.session(answer))));
  }

  private void aboutMessages(CommandSpec spec) {
    spec.addSubcommand(
        "topic",
        limited(
            positional(
                asking(
                    "topic",
                    "Show which subscriptions match a topic name, and how.",
                    o -> about("topic", "topic", o).put("limit", limit(o)),
                    (answer, printer) -> printer.subscriptions(answer.path("subscriptions"), true)),
                "TOPIC",
                "The topic name, without wildcards.")));
    spec.addSubcommand(
        "retained",
        limited(
            positional(
                asking(
                    "retained",
                    "List retained messages.",
                    o -> about("retained", "filter", o).put("limit", limit(o)),
                    (answer, printer) -> printer.retained(answer)),
                "FILTER",
                "A topic filter, for example plant/#.")));
    spec.addSubcommand("trace", traceSpec());
  }

  private void aboutTheBroker(CommandSpec spec) {
    spec.addSubcommand(
        "stats",
        asking(
            "stats",
            "Show everything that the broker counts; docs/reference/metrics.md says what it is.",
            _ -> CtlClient.request("stats"),
            (answer, printer) -> printer.stats(answer)));
    CommandSpec level =
        asking(
            "log-level",
            "Set how much the broker logs, until it ends.",
            o ->
                CtlClient.request("log-level")
                    .put("level", o.matchedPositionalValue(0, LogConfig.Level.INFO).toString()),
            (answer, printer) -> printer.line("log level " + answer.path("level").asText()));
    level.addPositional(
        PositionalParamSpec.builder()
            .index("0")
            .arity("1")
            .required(true)
            .type(LogConfig.Level.class)
            .paramLabel("LEVEL")
            .description("${COMPLETION-CANDIDATES}")
            .build());
    spec.addSubcommand("log-level", level);
    spec.addSubcommand(
        "reload",
        asking(
            "reload",
            "Let the broker read its configuration again, as on SIGHUP, and say what has changed.",
            _ -> CtlClient.request("reload"),
            (answer, printer) -> printer.reloaded(answer)));
    CommandSpec backup =
        positional(
            common(
                Dunlin.command(
                    "backup",
                    this::backup,
                    "Copy all state to a directory while the broker serves.",
                    "What was acknowledged before is in it, and 'dunlin broker --data DIR' starts"
                        + " on it. The broker itself writes; the configuration and the files of users and rights"
                        + " are not copied.")),
            "DIR",
            "Where to: empty, or not there yet.");
    Dunlin.examples(
        backup,
        "dunlin ctl backup /srv/backup/monday",
        "dunlin ctl backup /var/lib/dunlin/backup --data /var/lib/dunlin");
    spec.addSubcommand("backup", backup);
  }

  private int backup(ParseResult options) {
    Path directory = Path.of(options.matchedPositionalValue(0, "")).toAbsolutePath();
    return withBroker(
        options,
        client -> {
          around.err().println("the broker copies its state to " + directory);
          around.err().flush();
          JsonNode answer =
              client.ask(CtlClient.request("backup").put("directory", directory.toString()));
          show(options, answer, (a, printer) -> printer.backup(a));
        });
  }

  private CommandSpec traceSpec() {
    CommandSpec spec =
        common(
            Dunlin.command(
                "trace",
                this::trace,
                "Show each packet of a client, or about topics, and what was decided, until"
                    + " Ctrl-C.",
                "It costs the broker little, and nothing when it has ended. When more happens than"
                    + " can be shown, events are left out and counted."));
    spec.addOption(
        OptionSpec.builder("--client")
            .paramLabel("ID")
            .type(String.class)
            .description("Packets from and to this client.")
            .build());
    spec.addOption(
        OptionSpec.builder("--topic")
            .paramLabel("FILTER")
            .type(String.class)
            .description("Messages to topics that match, whoever sends or gets them.")
            .build());
    spec.addOption(
        OptionSpec.builder("--count")
            .paramLabel("N")
            .type(Integer.class)
            .description("End after so many events.")
            .build());
    Dunlin.examples(
        spec,
        "dunlin ctl trace --client pump-7",
        "dunlin ctl trace --topic 'plant/#' --json | jq .decision",
        "dunlin ctl trace --client pump-7 --topic 'plant/oven/+' --count 1");
    return spec;
  }

  // -- carrying out ---------------------------------------------------------------------------

  CommandSpec asking(String name, String description, Asks asks, Shows shows) {
    return common(
        Dunlin.command(name, options -> ask(options, asks.request(options), shows), description));
  }

  /// Asks the broker that the options name; returns the exit code.
  int ask(ParseResult options, ObjectNode request, Shows shows) {
    return withBroker(options, client -> show(options, client.ask(request), shows));
  }

  private void show(ParseResult options, JsonNode answer, Shows shows) {
    if (options.hasMatchedOption("--json")) {
      around.out().println(answer);
    } else {
      shows.show(answer, new CtlPrinter(around));
    }
  }

  /// What is done with a connection.
  private interface Talk {
    void with(CtlClient client) throws CtlClient.Failed;
  }

  private int withBroker(ParseResult options, Talk talk) {
    Path directory = dataDirectory(options);
    if (directory == null) {
      return ExitCode.CONFIG.number();
    }
    try (CtlClient client = CtlClient.connect(directory)) {
      talk.with(client);
      around.out().flush();
      return ExitCode.OK.number();
    } catch (CtlClient.Failed e) {
      around.out().flush();
      around.error(String.valueOf(e.getMessage()));
      return e.exitCode().number();
    }
  }

  private @Nullable Path dataDirectory(ParseResult options) {
    Path given = options.matchedOptionValue("--data", null);
    if (given != null) {
      return given;
    }
    Configuration configuration = ConfigOptions.readOrTell(options, around);
    return configuration == null ? null : configuration.config().data().directory();
  }

  private int trace(ParseResult options) {
    String id = options.matchedOptionValue("--client", null);
    String filter = options.matchedOptionValue("--topic", null);
    if (id == null && filter == null) {
      throw new ParameterException(
          options.commandSpec().commandLine(), "trace what? --client ID, --topic FILTER, or both");
    }
    int count = options.matchedOptionValue("--count", Integer.MAX_VALUE);
    boolean json = options.hasMatchedOption("--json");
    return withBroker(options, client -> follow(client, id, filter, count, json));
  }

  private void follow(
      CtlClient client, @Nullable String id, @Nullable String filter, int count, boolean json)
      throws CtlClient.Failed {
    client.ask(CtlClient.request("trace").put("id", id).put("filter", filter));
    around.err().println("tracing; Ctrl-C ends it");
    around.err().flush();
    CtlPrinter printer = new CtlPrinter(around);
    int seen = 0;
    while (seen < count) {
      JsonNode line = client.next();
      if (line == null) {
        throw new CtlClient.Failed(ExitCode.FAILURE, "the broker has stopped");
      }
      if (line.has("event")) {
        seen++;
        if (json) {
          around.out().println(line.get("event"));
        } else {
          printer.event(line.get("event"));
        }
      } else if (line.has("dropped")) {
        around.err().println(line.get("dropped").asLong() + " events were left out");
      }
      around.out().flush();
      around.err().flush();
    }
  }

  // -- options --------------------------------------------------------------------------------

  static CommandSpec common(CommandSpec spec) {
    spec.usageMessage().exitCodeListHeading(Dunlin.EXIT_CODES).exitCodeList(ExitCode.meanings());
    return spec.addOption(
            OptionSpec.builder("-d", "--data")
                .paramLabel("DIR")
                .type(Path.class)
                .description("The data directory of the broker; default: that of --config.")
                .build())
        .addOption(
            OptionSpec.builder("-c", "--config")
                .paramLabel("FILE")
                .type(Path.class)
                .description("The broker's configuration file; default: $DUNLIN_CONFIG, else none.")
                .build())
        .addOption(OptionSpec.builder("--json").description("Print JSON, for programs.").build());
  }

  private static CommandSpec like(CommandSpec spec) {
    return spec.addOption(
        OptionSpec.builder("--like")
            .paramLabel("PATTERN")
            .type(String.class)
            .description("Only client identifiers like this; * stands for any characters.")
            .build());
  }

  private static CommandSpec limited(CommandSpec spec) {
    return spec.addOption(
        OptionSpec.builder("--limit")
            .paramLabel("N")
            .type(Integer.class)
            .description("How many are shown, 1 to 10000; default: 100.")
            .build());
  }

  private static CommandSpec id(CommandSpec spec) {
    return positional(spec, "ID", "The client identifier.");
  }

  private static CommandSpec positional(CommandSpec spec, String label, String description) {
    return positional(spec, 0, label, description);
  }

  static CommandSpec positional(CommandSpec spec, int index, String label, String description) {
    return spec.addPositional(
        PositionalParamSpec.builder()
            .index(Integer.toString(index))
            .arity("1")
            .required(true)
            .type(String.class)
            .paramLabel(label)
            .description(description)
            .build());
  }

  private static int limit(ParseResult options) {
    return options.matchedOptionValue("--limit", 100);
  }

  private static ObjectNode listing(String what, ParseResult options) {
    return CtlClient.request(what)
        .put("limit", limit(options))
        .put("like", options.matchedOptionValue("--like", "*"));
  }

  private static ObjectNode about(String what, String field, ParseResult options) {
    return CtlClient.request(what).put(field, options.matchedPositionalValue(0, ""));
  }
}
