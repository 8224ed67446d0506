package io.dunlin.tests.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a person does: `dunlin passwd`, rules in the configuration, then mosquitto_pub and
/// mosquitto_sub with -u and -P.
@Tag("mosquitto")
class UsersAndRightsTest {
  @TempDir Path directory;
  private BrokerProcess broker;

  /// How a program ended, and what it said.
  private record Ended(int exitCode, String output) {}

  @BeforeEach
  void start() throws Exception {
    Path users = directory.resolve("users");
    for (String user : List.of("ann", "bob")) {
      List<String> command =
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-cp",
              System.getProperty("java.class.path"),
              "io.dunlin.cli.Main",
              "passwd",
              users.toString(),
              user);
      Process passwd =
          new ProcessBuilder(command).inheritIO().redirectInput(password(user)).start();
      assertThat(passwd.waitFor()).isZero();
    }
    Path file = directory.resolve("dunlin.yaml");
    Files.writeString(file, configuration(users));
    broker = BrokerProcess.start("--config", file.toString());
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  private static String configuration(Path users) {
    return """
    users:
      password-file: USERS
    acl:
      users:
        ann:
          rules:
            - allow: all
              topics: hall/%u/#
      everyone:
        - allow: subscribe
          topics: public/#
    """
        .replace("USERS", users.toString());
  }

  private java.io.File password(String user) throws IOException {
    return Files.writeString(directory.resolve(user), "secret of " + user + "\n").toFile();
  }

  @Test
  void rightPasswordPublishesWhatTheRulesAllow() throws Exception {
    for (String version : List.of("mqttv311", "mqttv5")) {
      Ended retained = publish(version, "ann", "secret of ann", "hall/ann/x", "-r");
      assertThat(retained.exitCode).as(retained.output).isZero();
      Ended read =
          run(
              "mosquitto_sub",
              version,
              "ann",
              "secret of ann",
              "-t",
              "hall/ann/#",
              "-C",
              "1",
              "-W",
              "10");
      assertThat(read.output.strip()).isEqualTo("text");
      assertThat(read.exitCode).isZero();
    }
  }

  @Test
  void wrongPasswordUnknownUserAndNobodyAreTurnedAway() throws Exception {
    for (String version : List.of("mqttv311", "mqttv5")) {
      int wrong = version.equals("mqttv5") ? 0x86 : 4;
      int nobody = version.equals("mqttv5") ? 0x87 : 5;
      assertThat(publish(version, "ann", "wrong", "hall/ann/x").exitCode).isEqualTo(wrong);
      assertThat(publish(version, "zoe", "wrong", "hall/ann/x").exitCode).isEqualTo(wrong);
      assertThat(run("mosquitto_pub", version, "", "", "-t", "x", "-m", "y").exitCode)
          .isEqualTo(nobody);
    }
    assertThat(broker.output()).doesNotContain("secret", "argon2id", "wrong");
  }

  @Test
  void anotherUsersTopicsAreClosed() throws Exception {
    Ended refused = publish("mqttv5", "bob", "secret of bob", "hall/ann/x");
    assertThat(refused.output).contains("Not authorized");
    Ended subscribe =
        run("mosquitto_sub", "mqttv5", "bob", "secret of bob", "-t", "hall/#", "-W", "5");
    assertThat(subscribe.output).containsIgnoringCase("denied");
  }

  private Ended publish(String version, String user, String password, String topic, String... more)
      throws Exception {
    String[] all = new String[more.length + 6];
    System.arraycopy(new String[] {"-t", topic, "-m", "text", "-q", "1"}, 0, all, 0, 6);
    System.arraycopy(more, 0, all, 6, more.length);
    return run("mosquitto_pub", version, user, password, all);
  }

  private Ended run(String tool, String version, String user, String password, String... options)
      throws Exception {
    List<String> command = new java.util.ArrayList<>(List.of(tool, "-V", version));
    command.addAll(List.of("-h", "127.0.0.1", "-p", Integer.toString(broker.port())));
    if (!user.isEmpty()) {
      command.addAll(List.of("-u", user, "-P", password));
    }
    command.addAll(List.of(options));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), output);
  }
}
