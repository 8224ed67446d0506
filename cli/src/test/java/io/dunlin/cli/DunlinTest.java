package io.dunlin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.broker.config.ConfigReader;
import io.dunlin.broker.config.Key;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DunlinTest {
  private static final String ESCAPE = "\u001b";

  private static final String COMPLETE_IN_BASH =
      """
      source "$0"
      complete_it() {
        COMP_WORDS=(dunlin "$@"); COMP_CWORD=$#; _complete_dunlin; echo "${COMPREPLY[@]}"
      }
      complete_it su
      complete_it sub --retained-o
      """;

  /// zsh completes in a terminal only; a module of its own makes one.
  private static final String COMPLETE_IN_ZSH =
      """
      zmodload zsh/zpty
      zpty z zsh -f -i
      zpty -w z "autoload -U compinit; compinit -u -D; source $0; bindkey '^I' complete-word"
      zpty -w z "dunlin() { : }; echo rea''dy"
      zpty -r z started '*ready*'
      zpty -n -w z $'dunlin su\\t'
      zpty -r z command '*sub*'
      zpty -n -w z $' --retained-o\\t'
      zpty -r z option '*--retained-only*'
      print -r -- $command $option
      """;

  @TempDir Path directory;

  @Test
  void helpShowsCommandsExamplesAndExitCodes() {
    CommandLineRun run = CommandLineRun.of("--help");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("Usage: dunlin", "Examples:", "Exit codes:", "dunlin broker --port 0")
        .contains("broker ", "config ", "completion ", "version ", "78 ")
        .doesNotContain(ESCAPE);
    assertThat(run.err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "broker",
        "pub",
        "sub",
        "config",
        "config check",
        "config show",
        "crashtest",
        "completion",
        "version"
      })
  void everyCommandHasHelp(String command) {
    CommandLineRun run = CommandLineRun.of((command + " --help").split(" "));

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).startsWith("Usage: dunlin " + command);
  }

  @Test
  void helpOfTheBrokerNamesItsOptions() {
    assertThat(CommandLineRun.of("broker", "--help").out())
        .contains("--port=N", "--bind=ADDR", "--data=DIR", "--config=FILE", "--set=KEY=VALUE")
        .contains("--log-level=LEVEL", "error, warn, info, debug, trace", "Examples:", "73 ");
  }

  @Test
  void terminalGetsColoursAndPipeDoesNot() {
    assertThat(CommandLineRun.with(Map.of(), true, "--help").out()).contains(ESCAPE);
    assertThat(CommandLineRun.with(Map.of(), true, "brokre").err()).contains(ESCAPE);
    assertThat(CommandLineRun.of("brokre").err()).doesNotContain(ESCAPE);
  }

  @Test
  void versionIsOfThisBuild() {
    CommandLineRun run = CommandLineRun.of("version");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).matches("(?s)dunlin \\d+\\.\\d+\\.\\d+\\S*\\RJava \\d+.*");
    assertThat(CommandLineRun.of("--version").out()).isEqualTo(run.out());
  }

  @Test
  void misspeltCommandIsToldInTwoLinesWithTheNearest() {
    CommandLineRun run = CommandLineRun.of("brokre");

    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines())
        .containsExactly(
            "dunlin: unknown command 'brokre'; did you mean 'broker'?", "Try 'dunlin --help'.");
  }

  @Test
  void misspeltOptionIsToldWithTheNearest() {
    CommandLineRun run = CommandLineRun.of("broker", "--prot", "1");

    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(run.err())
        .contains("unknown option '--prot'; did you mean '--port'?", "Try 'dunlin broker --help'.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "config", "broker --port many", "completion fish", "broker --port"})
  void wrongCommandLinesEndWithTwo(String line) {
    String[] arguments = line.isEmpty() ? new String[0] : line.split(" ");

    CommandLineRun run = CommandLineRun.of(arguments);

    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(run.err()).startsWith("dunlin: ").contains("--help'.");
  }

  @Test
  void checkTellsEveryProblemInALineOfItsOwn() throws IOException {
    Path file = Files.writeString(directory.resolve("d.yaml"), "shard: 2\nmessages: {}\n");

    CommandLineRun run = CommandLineRun.of("config", "check", "--config", file.toString());

    assertThat(run.exitCode()).isEqualTo(ExitCode.CONFIG.number());
    assertThat(run.err().lines())
        .containsExactly(
            "dunlin: " + file + ":1:1: shard: unknown key; did you mean shards?",
            "dunlin: " + file + ":2:1: messages: unknown key; did you mean message?");
  }

  @Test
  void checkOpensTheFilesOfTlsAsTheStartDoes() throws IOException {
    Path garbage = Files.writeString(directory.resolve("garbage.pem"), "no certificate");
    Path absent = directory.resolve("absent.pem");

    assertThat(checkTls(absent).err())
        .startsWith("dunlin: listeners.0.tls.certificate: " + absent + " does not exist");
    CommandLineRun run = checkTls(garbage);
    assertThat(run.err()).contains(garbage + " holds no certificate");
    assertThat(run.exitCode()).isEqualTo(ExitCode.CONFIG.number());
  }

  private static CommandLineRun checkTls(Path certificate) {
    return CommandLineRun.of(
        "config",
        "check",
        "--set=listeners.0.type=tls",
        "--set=listeners.0.tls.certificate=" + certificate,
        "--set=listeners.0.tls.key=" + certificate);
  }

  @Test
  void checkSaysWhenAllIsWell() {
    CommandLineRun run =
        CommandLineRun.with(Map.of("DUNLIN_X", "1"), false, "config", "check", "--port=0");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out().lines())
        .containsExactly(
            "warning: environment DUNLIN_X: no key has this variable; it is ignored",
            "The configuration is valid.");
  }

  @Test
  void showNamesTheOriginOfEachValue() throws IOException {
    Path file = Files.writeString(directory.resolve("d.yaml"), "message: {topic-levels-max: 9}\n");

    CommandLineRun run =
        CommandLineRun.with(
            Map.of("DUNLIN_CONFIG", file.toString(), "DUNLIN_SHARDS", "2"),
            false,
            "config",
            "show",
            "--port",
            "1884",
            "--bind",
            "::1",
            "--bind",
            "127.0.0.1",
            "--set",
            "session.inflight-max=7",
            "--data",
            "/srv/x");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out().lines().map(line -> line.replaceAll(" +#", " #")))
        .contains(
            "shards: 2 # environment DUNLIN_SHARDS",
            "data:",
            "  directory: /srv/x # --data",
            "listeners:",
            "  - name: default # default",
            "    bind: '::1, 127.0.0.1' # --bind",
            "    port: 1884 # --port",
            "    anonymous: true # default",
            "  topic-levels-max: 9 # " + file + ":1:29",
            "  inflight-max: 7 # --set");
  }

  @Test
  void whatShowPrintsCanBeReadBack() throws Exception {
    String shown =
        CommandLineRun.of(
                "config",
                "show",
                "--port=1",
                "--set=listeners.1.name=b: 'c'",
                "--set=server.response-information=- x",
                "--set=listeners.1.bind=127.0.0.2")
            .out();
    Path file = Files.writeString(directory.resolve("shown.yaml"), shown);

    BrokerConfig config = new ConfigReader().file(file).read().config();

    assertThat(config.listeners()).hasSize(2);
    assertThat(config.listeners().getLast().name()).isEqualTo("b: 'c'");
    assertThat(config.server().responseInformation()).isEqualTo("- x");
    assertThat(CommandLineRun.of("config", "show", "--config", file.toString()).out().lines())
        .hasSameSizeAs(shown.lines().toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh"})
  void completionKnowsCommandsAndOptions(String shell) throws Exception {
    CommandLineRun run = CommandLineRun.of("completion", shell);
    Path script = Files.writeString(directory.resolve("completion"), run.out());

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("broker", "--port", "--log-level").doesNotContain(ESCAPE);
    assertThat(run.out().contains("autoload -U +X compinit && compinit")).isTrue();
    assertThat(
            new ProcessBuilder(
                    "sh",
                    "-c",
                    "command -v bash >/dev/null || exit 0; bash -n \"$0\"",
                    script.toString())
                .inheritIO()
                .start()
                .waitFor())
        .isZero();
  }

  /// In the shell itself, where there is such a one.
  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh"})
  void shellsComplete(String shell) throws Exception {
    String completion = CommandLineRun.of("completion", shell).out();
    Path script = Files.writeString(directory.resolve("completion"), completion);
    Path output = directory.resolve("output");

    Process process =
        new ProcessBuilder(
                "sh",
                "-c",
                "command -v $0 >/dev/null || { echo sub --retained-only; exit; }; exec \"$@\"",
                shell,
                shell,
                "-c",
                shell.equals("bash") ? COMPLETE_IN_BASH : COMPLETE_IN_ZSH,
                script.toString())
            .redirectOutput(output.toFile())
            .start();

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(output)).contains("sub", "--retained-only");
  }

  @Test
  void brokerRefusesWrongConfigurationsBeforeItStarts() {
    CommandLineRun run = CommandLineRun.of("broker", "--bind", "0.0.0.0");

    assertThat(run.exitCode()).isEqualTo(ExitCode.CONFIG.number());
    assertThat(run.err())
        .startsWith("dunlin: --bind: listeners.0.bind: listener 'default' at 0.0.0.0 can be")
        .contains("anonymous: true")
        .hasLineCount(1);
  }

  @Test
  void logLevelOfTheEnvironmentIsChecked() {
    CommandLineRun run =
        CommandLineRun.with(Map.of("DUNLIN_LOG_LEVEL", "loud"), false, "broker", "--port=0");

    assertThat(run.exitCode()).isEqualTo(ExitCode.CONFIG.number());
    assertThat(run.err())
        .isEqualToIgnoringNewLines(
            "dunlin: environment DUNLIN_LOG_LEVEL: log.level: 'loud' is not allowed; allowed: error"
                + " or warn or info or debug or trace");
  }

  @Test
  void addressInUseNamesAddressesAndRemedy() {
    CommandLineRun run =
        CommandLineRun.with(
            Map.of(),
            false,
            _ -> {
              throw new BindException("Address already in use");
            },
            "broker");

    assertThat(run.exitCode()).isEqualTo(ExitCode.UNAVAILABLE.number());
    assertThat(run.err())
        .isEqualToIgnoringNewLines(
            "dunlin: cannot listen at 127.0.0.1:1883, [::1]:1883 (Address already in use);"
                + " is another broker running? choose another port with --port, or 0 for any");
  }

  @Test
  void otherFailuresToStartEndWithOne() {
    CommandLineRun run = CommandLineRun.of("broker");

    assertThat(run.exitCode()).isEqualTo(ExitCode.FAILURE.number());
    assertThat(run.err()).isEqualToIgnoringNewLines("dunlin: no broker in this test");
  }

  @Test
  void everyKeyIsShown() {
    String shown = CommandLineRun.of("config", "show").out();

    assertThat(BrokerConfig.KEYS)
        .extracting(Key::name)
        .allSatisfy(name -> assertThat(shown).contains(name + ": "));
    assertThat(shown.lines().filter(line -> line.contains(": "))).hasSize(BrokerConfig.KEYS.size());
    assertThat(List.of(shown.split("\n"))).allMatch(line -> !line.endsWith(" "));
  }
}
