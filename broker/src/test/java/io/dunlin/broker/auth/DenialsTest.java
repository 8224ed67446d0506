package io.dunlin.broker.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.broker.config.AclRules;
import io.dunlin.broker.config.AclRules.Action;
import io.dunlin.broker.config.AclRules.Rule;
import io.dunlin.broker.config.RuleHolder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DenialsTest {
  private static final AclRules RULES =
      new AclRules(
          Map.of("sensor", List.of(new Rule(false, Set.of(Action.PUBLISH), List.of("of/%u/#")))),
          Map.of(),
          List.of(),
          List.of(
              new Rule(true, Set.of(Action.values()), List.of("#")),
              new Rule(false, Set.of(Action.RECEIVE), List.of("secret/#", "x"))));

  @ParameterizedTest
  @CsvSource({
    "receive, secret/a, :everyone: deny receive secret/# x",
    "subscribe, secret/+/b, :everyone: deny receive secret/# x",
    "publish, secret/a, ''",
    "receive, '#', ''", // only a part of it is denied
    "publish, of/%u/x, role:sensor: deny publish of/%u/#",
    "publish, of/ann/x, ''", // who knows whether it is ann
  })
  void denialThatCoversAPermissionIsNamed(String action, String filter, String denial) {
    Rule permission = new Rule(true, Action.named(action), List.of(filter));
    List<RuleHolder> holders = List.of(RuleHolder.of("role:sensor"), RuleHolder.of(":everyone"));

    assertThat(String.join("; ", Denials.against(RULES, holders, permission))).isEqualTo(denial);
  }
}
