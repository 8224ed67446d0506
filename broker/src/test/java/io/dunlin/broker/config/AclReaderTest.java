package io.dunlin.broker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dunlin.broker.config.AclRules.Action;
import io.dunlin.broker.config.AclRules.Rule;
import io.dunlin.broker.config.AclRules.User;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AclReaderTest {
  private static final String RULES =
      """
      roles:
        sensor:
          - allow: publish
            topics: sensors/%u/#
      users:
        ann:
          roles: [sensor]
          client-ids: [ann-, "%u"]
          rules:
            - deny: [subscribe, receive]
              topics: [secret/#, other]
        "b.o.b":
          roles: sensor
      anonymous:
        - allow: subscribe
          topics: public/#
      everyone:
        - allow: all
          topics: 100%%
      """;

  private static final AclRules READ =
      new AclRules(
          Map.of("sensor", List.of(rule(true, Set.of(Action.PUBLISH), "sensors/%u/#"))),
          Map.of(
              "ann",
              new User(
                  List.of("sensor"),
                  List.of("ann-", "%u"),
                  List.of(
                      rule(false, Set.of(Action.SUBSCRIBE, Action.RECEIVE), "secret/#", "other"))),
              "b.o.b",
              new User(List.of("sensor"), List.of(), List.of())),
          List.of(rule(true, Set.of(Action.SUBSCRIBE), "public/#")),
          List.of(rule(true, Set.of(Action.values()), "100%%")));

  @TempDir Path directory;

  @Test
  void fileIsRead() throws IOException {
    assertThat(AclReader.read(file("acl.yaml", RULES))).isEqualTo(READ);
  }

  @Test
  void rulesMayStandInTheConfiguration() throws IOException {
    Path file = file("dunlin.yaml", "shards: 2\nacl:\n" + RULES.indent(2));

    BrokerConfig config = new ConfigReader().file(file).read().config();

    assertThat(config.acl().rules()).isEqualTo(READ);
    assertThat(config.shards()).isEqualTo(2);
  }

  @Test
  void rulesInBothPlacesAreRefused() throws IOException {
    Path file = file("dunlin.yaml", "acl:\n  file: acl.yaml\n" + RULES.indent(2));

    assertThat(problems(() -> new ConfigReader().file(file).read()))
        .containsExactly(
            file
                + ":2:9: acl.file: there are rules in the configuration, too; keep one of the"
                + " two");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing yet\n", "users:\n  ann:\n    client-ids: a\n"})
  void withoutAnyRuleItIsRefused(String text) throws IOException {
    Path file = file("acl.yaml", text);
    assertThat(problems(() -> AclReader.read(file)))
        .containsExactly(
            file
                + ": there is no rule in it: nobody could do anything; add rules, or remove it from"
                + " the configuration to allow everything");
  }

  @ParameterizedTest
  @ValueSource(strings = {"acl: {}\n", "acl:\n", "acl:\nshards: 1\n"})
  void emptyAclInTheConfigurationIsRefused(String text) throws IOException {
    Path file = file("dunlin.yaml", text);
    assertThat(problems(() -> new ConfigReader().file(file).read()))
        .singleElement()
        .asString()
        .startsWith(file + ":1:1: there is no rule in it: nobody could do anything;");
  }

  @Test
  void emptySectionInTheConfigurationIsRefused() throws IOException {
    Path file = file("dunlin.yaml", "acl:\n  everyone: []\n");
    assertThat(problems(() -> new ConfigReader().file(file).read()))
        .singleElement()
        .asString()
        .startsWith(file + ":2:3: there is no rule in it: nobody could do anything;");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "user: {}                                   | 1:1: user: unknown key; did you mean users?",
        "everyone: x                                | 1:11: everyone: is a list of rules; write",
        "everyone: [x]                              | 1:12: everyone.0: is no rule; write",
        "everyone: [{topics: a}]                    | 1:12: everyone.0: says neither allow nor"
            + " deny",
        "everyone: [{allow: all, deny: all}]        | 1:12: everyone.0: says both allow and deny",
        "everyone: [{allow: all}]                   | 1:12: everyone.0: says no topics; add",
        "everyone: [{allow: read, topics: a}]       | 1:20: everyone.0: 'read' is no action;"
            + " actions",
        "everyone: [{allow: all, topic: a}]         | 1:25: everyone.0.topic: unknown key; did you",
        "everyone: [{allow: all, topics: a#}]       | 1:33: everyone.0.topics: 'a#' is no topic",
        "everyone: [{allow: all, topics: '#/a'}]    | 1:33: everyone.0.topics: '#/a' is no topic",
        "everyone: [{allow: all, topics: []}]       | 1:25: everyone.0.topics: is empty; write",
        "everyone: [{allow: all, topics: a/%x}]     | 1:33: everyone.0.topics: 'a/%x' has a % that",
        "everyone: [{allow: all, topics: '50%'}]    | 1:33: everyone.0.topics: '50%' has a % that",
        "everyone: [{allow: all, topics: $share/g/a}] | 1:33: everyone.0.topics: '$share/g/a' is"
            + " sh",
        "users: {a: {roles: x, rules: []}}          | 1:20: there is no role 'x'; define it",
        "users: {a: {role: x}}                      | 1:13: users.a.role: unknown key; did you"
            + " mean",
        "users: {a: }                               | 1:11: users.a: has nothing below it; indent",
        "users: {a: {client-ids: ['']}}             | 1:25: users.a.client-ids: has an empty one",
        "users: {a: {}, a: {}}                      | 1:16: users.a: is there twice; keep one",
        "everyone: [{allow: &x all, topics: *x}]    | everyone.0.topics: is an alias; write",
        "everyone: [                                | is not YAML",
      })
  void mistakesAreNamedWithTheirLineAndRemedy(String text, String problem) throws IOException {
    Path file = file("acl.yaml", text + "\n");
    assertThat(problems(() -> AclReader.read(file)))
        .first()
        .asString()
        .startsWith(file + ":")
        .contains(problem);
  }

  @Test
  void absentFileIsNamed() {
    Path absent = directory.resolve("absent");
    assertThat(problems(() -> AclReader.read(absent)))
        .containsExactly(absent + ": there is no such file; check the path at acl.file");
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  private static Rule rule(boolean allow, Set<Action> actions, String... topics) {
    return new Rule(allow, actions, List.of(topics));
  }

  private static List<String> problems(org.assertj.core.api.ThrowableAssert.ThrowingCallable read) {
    ConfigException e = catchThrowableOfType(ConfigException.class, read);
    return Objects.requireNonNull(e, "it was valid").problems().stream()
        .map(Problem::toString)
        .toList();
  }
}
