package io.dunlin.broker.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.broker.config.AclRules.Action;
import io.dunlin.broker.config.AclRules.Rule;
import io.dunlin.broker.config.AclRules.User;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AclTextTest {
  private static final Path FILE = Path.of("acl.yaml");
  private static final int SEEDS = 300;

  /// Names and levels that YAML could take for something else.
  private static final List<String> WORDS =
      List.of(
          "ann",
          "null",
          "~",
          "true",
          "no",
          "1",
          "0x1F",
          "1e3",
          "- a",
          "a: b",
          "a #b",
          "\"",
          "\\",
          "'",
          "{}",
          "[x]",
          "&a",
          "*a",
          "!t",
          "%%",
          "@x",
          "`",
          "|",
          ">",
          "?",
          "ü",
          "\uD83D\uDC26",
          " ",
          " lead",
          "trail ",
          "\u0085",
          "\u00a0",
          "\u2028",
          "\ufeff",
          "\t",
          "CN=p,OU=h 2",
          "a.b");

  @Test
  void textIsThatOfAPerson() {
    AclRules rules =
        new AclRules(
            Map.of("sensor", List.of(rule(true, Set.of(Action.PUBLISH), "sensors/%u/#"))),
            Map.of(
                "ann",
                new User(
                    List.of("sensor"),
                    List.of("ann-", "%u"),
                    List.of(rule(false, Set.of(Action.SUBSCRIBE, Action.PUBLISH), "a", "b/+")))),
            List.of(rule(true, EnumSet.allOf(Action.class), "public/#")),
            List.of());

    assertThat(AclText.of(rules))
        .isEqualTo(
            """
            roles:
              sensor:
                - allow: publish
                  topics: "sensors/%u/#"
            users:
              ann:
                roles: [sensor]
                client-ids: [ann-, "%u"]
                rules:
                  - deny: [publish, subscribe]
                    topics: [a, "b/+"]
            anonymous:
              - allow: all
                topics: "public/#"
            """);
  }

  @Test
  void whatIsWrittenReadsTheSame() throws ConfigException {
    for (int seed = 0; seed < SEEDS; seed++) {
      AclRules rules = rules(new Random(seed));

      String text = AclText.of(rules);

      assertThat(AclReader.read(FILE, text)).as("seed %d:\n%s", seed, text).isEqualTo(rules);
    }
  }

  private static AclRules rules(Random random) {
    Map<String, List<Rule>> roles = new LinkedHashMap<>();
    Map<String, User> users = new LinkedHashMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      roles.put(word(random), list(random));
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      List<String> own = roles.keySet().stream().filter(_ -> random.nextBoolean()).toList();
      List<String> ids = random.nextBoolean() ? List.of() : List.of(word(random), word(random));
      users.put(word(random), new User(own, ids, list(random)));
    }
    return new AclRules(roles, users, list(random), List.of(rule(true, actions(random), "x")));
  }

  private static List<Rule> list(Random random) {
    List<Rule> list = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      list.add(
          random.nextBoolean()
              ? rule(random.nextBoolean(), actions(random), level(random) + "/#")
              : rule(random.nextBoolean(), actions(random), level(random), "+/" + level(random)));
    }
    return list;
  }

  private static Set<Action> actions(Random random) {
    Set<Action> actions = EnumSet.of(Action.values()[random.nextInt(3)]);
    actions.add(Action.values()[random.nextInt(3)]);
    actions.add(Action.values()[random.nextInt(3)]);
    return actions;
  }

  private static String level(Random random) {
    return word(random).replace('#', 'h'); // which stands for levels
  }

  private static String word(Random random) {
    return WORDS.get(random.nextInt(WORDS.size()));
  }

  private static Rule rule(boolean allow, Set<Action> actions, String... topics) {
    return new Rule(allow, actions, List.of(topics));
  }
}
