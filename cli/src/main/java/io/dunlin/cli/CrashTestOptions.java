package io.dunlin.cli;

import io.dunlin.crashtest.Figures;
import io.dunlin.crashtest.Habit;
import io.dunlin.crashtest.Mode;
import io.dunlin.crashtest.Plan;
import io.dunlin.crashtest.SavedRun;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Qos;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// What `dunlin crashtest` is asked to do. Immutable.
final class CrashTestOptions {
  private static final int ROUNDS = 20;
  private static final int RATE = 400;
  private static final int MAX_RATE = 1_000_000;
  private static final int WILL_WAIT_SECONDS = 5;
  private static final int MAX_SEED = 1_000_000_000;

  private final ParseResult options;
  private final Plan plan;
  private final boolean ownBroker;
  private final @Nullable Path state;
  private final @Nullable SavedRun saved;

  private CrashTestOptions(ParseResult options) {
    this.options = options;
    state = options.matchedOptionValue("--state", null);
    saved = readState();
    Mode mode = mode(options.matchedOptionValue("--mode", "kill"));
    List<String> command = options.matchedPositionalValue(0, List.of());
    ownBroker = command.isEmpty();
    long seed =
        options.matchedOptionValue(
            "--seed",
            saved == null ? ThreadLocalRandom.current().nextLong(MAX_SEED) : saved.seed());
    plan =
        new Plan(
            mode,
            number("--rounds", ROUNDS, 1, 1_000_000),
            seed,
            number("--rate", RATE, 0, MAX_RATE),
            List.copyOf(
                some(
                    "--qos",
                    List.of(Qos.AT_LEAST_ONCE, Qos.EXACTLY_ONCE),
                    qos -> Integer.toString(qos.value()))),
            List.copyOf(
                some(
                    "--mqtt-version",
                    List.of(MqttVersion.V3_1_1, MqttVersion.V5),
                    CrashTestOptions::name)),
            EnumSet.copyOf(
                some("--publishers", List.of(Habit.STAY, Habit.FLAP), CrashTestOptions::name)),
            EnumSet.copyOf(some("--subscribers", List.of(Habit.values()), CrashTestOptions::name)),
            number("--will-wait", WILL_WAIT_SECONDS, 0, 3_600),
            ownBroker ? OwnBroker.command(mode) : command,
            options.matchedOptionValue("--dir", Path.of(System.getProperty("java.io.tmpdir"))));
    checkState();
  }

  static CrashTestOptions of(ParseResult options) {
    return new CrashTestOptions(options);
  }

  static void addTo(CommandSpec spec) {
    spec.addOption(
            OptionSpec.builder("--mode")
                .paramLabel("MODE")
                .type(String.class)
                .completionCandidates(
                    Arrays.stream(Mode.values()).map(CrashTestOptions::name).toList())
                .description(
                    "How it ends. kill: SIGKILL. term: SIGTERM. power: what was not forced to the"
                        + " disk is gone; needs root and Linux, for a file system of its own. torn:"
                        + " the same, and some of the unforced sectors are there. flip: a kill, and"
                        + " one bit of the data turns around; what that destroys may be missing."
                        + " disk-full: no space for a while, and a kill; needs root, too. Default:"
                        + " kill.")
                .build())
        .addOption(
            ClientOptions.number("N", "How often it ends; default: " + ROUNDS + ".", "--rounds"))
        .addOption(
            ClientOptions.option(
                "N",
                Long.class,
                "Decides about moments and clients; the same again with the same seed, as far as"
                    + " the system lets it. Default: any; it is printed.",
                "--seed"))
        .addOption(
            ClientOptions.number(
                "N",
                "Messages published per second, all publishers together; 0: as many as they can."
                    + " Default: "
                    + RATE
                    + ".",
                "--rate"))
        .addOption(ClientOptions.text("LIST", "1, 2, or both: 1,2 (default).", "--qos"))
        .addOption(
            ClientOptions.text("LIST", "3.1.1, 5, or both: 3.1.1,5 (default).", "--mqtt-version"))
        .addOption(
            ClientOptions.text(
                "LIST",
                "stay: connected throughout. flap: connections are cut at any moment. Default:"
                    + " stay,flap.",
                "--publishers"))
        .addOption(
            ClientOptions.text(
                "LIST",
                "stay, flap; sleep: away over several ends; share: a group of which everyone"
                    + " flaps. Default: stay,flap,sleep,share.",
                "--subscribers"))
        .addOption(
            ClientOptions.number(
                "SECONDS",
                "How long wills may take after a restart, and after their own delay; default: "
                    + WILL_WAIT_SECONDS
                    + ".",
                "--will-wait"))
        .addOption(
            ClientOptions.file(
                "Keep the figures there, and go on with them next time: --rounds counts those of"
                    + " all times.",
                "--state"))
        .addOption(
            ClientOptions.option(
                "DIR",
                Path.class,
                "Where the data lies, in a directory that is deleted when all was well; default:"
                    + " the system's for temporary files.",
                "--dir"))
        .addOption(ClientOptions.flag("A line of JSON for each round, and the total.", "--json"))
        .addPositional(
            PositionalParamSpec.builder()
                .index("0..*")
                .arity("0..*")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .paramLabel("COMMAND")
                .description("Starts the broker, behind --; default: this Dunlin.")
                .build());
  }

  Plan plan() {
    return plan;
  }

  /// The figures to go on from; null for none.
  @Nullable SavedRun saved() {
    return saved;
  }

  /// Writes the figures to go on from, if they are wanted.
  void save(int rounds, Figures total, long longestRestartMillis) throws IOException {
    if (state != null) {
      new SavedRun(plan.seed(), settings(), rounds, total, longestRestartMillis).write(state);
    }
  }

  ParameterException wrong(String message) {
    return new ParameterException(options.commandSpec().commandLine(), message);
  }

  static String name(Enum<?> value) {
    return switch (value) {
      case MqttVersion version -> version == MqttVersion.V5 ? "5" : "3.1.1";
      default -> value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    };
  }

  /// What the figures are of; the number of rounds, the place and the seed do not belong to it.
  private String settings() {
    return "mode=%s rate=%d qos=%s versions=%s publishers=%s subscribers=%s command=%s"
        .formatted(
            name(plan.mode()),
            plan.rate(),
            plan.qos(),
            plan.versions(),
            EnumSet.copyOf(plan.publishers()),
            EnumSet.copyOf(plan.subscribers()),
            ownBroker ? "" : String.join(" ", plan.command()));
  }

  private @Nullable SavedRun readState() {
    if (state == null || !Files.exists(state)) {
      return null;
    }
    try {
      return SavedRun.read(state);
    } catch (IOException e) {
      throw wrong("--state: " + e.getMessage());
    }
  }

  private void checkState() {
    if (saved != null && !saved.settings().equals(settings())) {
      throw wrong(
          "--state: %s has figures of other settings (%s); choose another file"
              .formatted(state, saved.settings()));
    }
    if (saved != null && saved.seed() != plan.seed()) {
      throw wrong("--state: " + state + " has figures of seed " + saved.seed());
    }
  }

  private Mode mode(String given) {
    return one("--mode", given, List.of(Mode.values()), CrashTestOptions::name);
  }

  private int number(String name, int absent, int least, int most) {
    int value = options.matchedOptionValue(name, absent);
    if (value < least || value > most) {
      throw wrong("%s %d is not in %d..%d".formatted(name, value, least, most));
    }
    return value;
  }

  /// The values that a list names, each once, in the order of `all`.
  private <T> List<T> some(String option, List<T> all, Function<T, String> name) {
    String given = options.matchedOptionValue(option, "");
    if (given.isEmpty()) {
      return all;
    }
    List<T> named = new ArrayList<>();
    Arrays.stream(given.split(",", -1))
        .forEach(word -> named.add(one(option, word.strip(), all, name)));
    return all.stream().filter(named::contains).toList();
  }

  private <T> T one(String option, String given, List<T> all, Function<T, String> name) {
    return all.stream()
        .filter(value -> name.apply(value).equals(given))
        .findFirst()
        .orElseThrow(() ->
            wrong(
                "%s '%s' is not one of %s"
                    .formatted(
                        option, given, all.stream().map(name).collect(Collectors.joining(", ")))));
  }
}
