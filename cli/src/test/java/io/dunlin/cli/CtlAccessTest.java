package io.dunlin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.admin.Admin;
import io.dunlin.admin.ControlHooks;
import io.dunlin.broker.Broker;
import io.dunlin.broker.config.BrokerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Users, rights and backups by the command, with a broker in this process.
class CtlAccessTest {
  @TempDir Path directory;
  private Path data = Path.of("");
  private Path users = Path.of("");
  private Path rules = Path.of("");

  @BeforeEach
  void files() throws IOException {
    data = directory.resolve("data");
    users = Files.writeString(directory.resolve("users"), "");
    rules =
        Files.writeString(
            directory.resolve("acl.yaml"), "everyone:\n  - allow: receive\n    topics: a\n");
  }

  @Test
  void usersAreAddedListedAndRemoved() throws Exception {
    try (Broker broker = broker(Map.of("users.password-file", users.toString()));
        Admin _ = Admin.start(broker, ControlHooks.NONE)) {
      assertThat(add("ann", "geheim\n").out()).isEqualTo("added user ann\n");
      assertThat(add("ann", "anders\n").out()).isEqualTo("replaced the password of ann\n");
      assertThat(ctl("users").out()).isEqualTo("USER  CONNECTED\nann   no\n");
      assertThat(ctl("user", "remove", "ann").out()).isEqualTo("removed user ann\n");
      assertThat(ctl("users", "--json").out()).isEqualTo("{\"users\":[]}\n");
      CommandLineRun again = ctl("user", "remove", "ann");
      assertThat(again.exitCode()).isEqualTo(ExitCode.FAILURE.number());
      assertThat(again.err()).contains("there is no user 'ann'");
    }
    assertThat(users).isEmptyFile();
  }

  @Test
  void hashCostsWhatThatOfPasswdCosts() throws Exception {
    try (Broker broker = broker(Map.of("users.password-file", users.toString()));
        Admin _ = Admin.start(broker, ControlHooks.NONE)) {
      CommandLineRun.piped("geheim", all("user", "add", "ann"));
    }
    assertThat(users).content().startsWith("ann:$argon2id$v=19$m=19456,t=2,p=1$");
  }

  @Test
  void noPasswordChangesNothing() throws Exception {
    try (Broker broker = broker(Map.of("users.password-file", users.toString()));
        Admin _ = Admin.start(broker, ControlHooks.NONE)) {
      CommandLineRun run = add("ann", "");

      assertThat(run.exitCode()).isEqualTo(ExitCode.FAILURE.number());
      assertThat(run.err()).contains("no password was given");
    }
    assertThat(users).isEmptyFile();
  }

  @Test
  void rightsAreChangedAndShown() throws Exception {
    try (Broker broker = broker(Map.of("acl.file", rules.toString()));
        Admin _ = Admin.start(broker, ControlHooks.NONE)) {
      CommandLineRun first = ctl("allow", "role:sensor", "publish", "s/%u/#");
      assertThat(first.out()).isEqualTo("changed\n");
      assertThat(first.err()).contains("nobody has it yet");
      assertThat(ctl("role", "ann", "sensor").out()).isEqualTo("changed\n");
      assertThat(ctl("deny", "ann", "publish,receive", "s/x/#").out()).isEqualTo("changed\n");
      assertThat(ctl("deny", "ann", "publish,receive", "s/x/#").out())
          .isEqualTo("it was so already\n");

      assertThat(ctl("rights", "ann").out())
          .isEqualTo(
              """
              WHO          RULE   ACTIONS           TOPICS
              ann          deny   publish, receive  s/x/#
              role:sensor  allow  publish           s/%u/#
              :everyone    allow  receive           a

              USER  ROLES   CLIENT IDS BEGIN WITH
              ann   sensor
              """);
      assertThat(ctl("allow", "ann", "receive", "s/x/y").err())
          .isEqualTo("note: it stays denied by ann: deny publish,receive s/x/#\n");
      assertThat(ctl("revoke", "ann", "receive", "s/x/y").out()).isEqualTo("changed\n");
      assertThat(ctl("revoke", "ann", "all", "s/x/#").out()).isEqualTo("changed\n");
      assertThat(ctl("role", "ann", "--none").out()).isEqualTo("changed\n");
      assertThat(ctl("rights", "ann").out()).doesNotContain("sensor", "deny");
      assertThat(ctl("revoke", "ann", "all", "s/x/#").err()).contains("no rule of its own");
    }
    assertThat(rules).content().contains("sensor", "s/%u/#", "everyone");
  }

  @Test
  void wrongCommandLinesSaySo() {
    assertThat(ctl("role", "ann").exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(ctl("role", "ann", "x", "--none").exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(ctl("allow", "ann", "publish").err()).contains("FILTER");
    assertThat(ctl("client").err()).contains("Missing required parameter: 'ID'");
    assertThat(CommandLineRun.of("ctl", "user").err()).contains("add, remove");
  }

  @Test
  void withoutRulesTheRemedyIsSaid() throws Exception {
    try (Broker broker = broker(Map.of());
        Admin _ = Admin.start(broker, ControlHooks.NONE)) {
      assertThat(ctl("rights").out()).isEqualTo("there are no rules: everything is allowed\n");
      CommandLineRun run = ctl("allow", "ann", "publish", "a");
      assertThat(run.exitCode()).isEqualTo(ExitCode.FAILURE.number());
      assertThat(run.err()).contains("set acl.file");
      assertThat(ctl("users").err()).contains("set users.password-file");
    }
  }

  @Test
  void backupSaysWhenItBeginsAndEnds() throws Exception {
    Path copy = directory.resolve("copy");
    try (Broker broker = broker(Map.of());
        Admin _ = Admin.start(broker, ControlHooks.NONE)) {
      CommandLineRun run = ctl("backup", copy.toString());
      assertThat(run.err()).isEqualTo("the broker copies its state to " + copy + "\n");
      assertThat(run.out()).startsWith("backed up ").contains(" to " + copy + " in ");
      assertThat(ctl("backup", copy.toString()).err()).contains("is not empty");
    }
    assertThat(copy.resolve("store")).isDirectory();
  }

  @Test
  void helpShowsPercentSignsAndExamples() {
    assertThat(CommandLineRun.of("ctl", "allow", "--help").out())
        .contains("%c in it stands", "'sensors/%u/#'");
    assertThat(CommandLineRun.of("completion", "bash").out()).contains("revoke", "backup");
  }

  private CommandLineRun add(String name, String input) {
    return CommandLineRun.piped(
        input, all("user", "add", name, "--memory-kib", "64", "--iterations", "1"));
  }

  private CommandLineRun ctl(String... arguments) {
    return CommandLineRun.of(all(arguments));
  }

  private String[] all(String... arguments) {
    List<String> all = new ArrayList<>(List.of("ctl"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--data", data.toString()));
    return all.toArray(String[]::new);
  }

  private Broker broker(Map<String, String> more) throws IOException {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("data.directory", data.toString());
    settings.put("listeners.0.bind", "127.0.0.1");
    settings.put("listeners.0.port", "0");
    settings.put("storage.segment-bytes", "4194304");
    settings.put("message.max-packet-bytes", "65536");
    return Broker.start(BrokerConfig.of(settings));
  }
}
