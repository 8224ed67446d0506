package io.dunlin.broker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dunlin.broker.config.AclRules.Action;
import io.dunlin.broker.config.AclRules.Rule;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AclEditTest {
  private static final RuleHolder ANN = RuleHolder.of("ann");
  private static final RuleHolder SENSOR = RuleHolder.of("role:sensor");

  private AclRules rules = AclRules.NONE;

  @Test
  void denialGoesInFrontAndPermissionToTheEnd() {
    allow(ANN, "publish", "a/#");
    deny(ANN, "publish", "a/secret");
    allow(ANN, "publish", "b");

    assertThat(shown(ANN)).containsExactly("-publish a/secret", "+publish a/#", "+publish b");
  }

  @Test
  void whatIsThereAlreadyStaysWhereItIs() {
    allow(ANN, "publish", "a/mine");
    allow(ANN, "publish", "b");
    AclRules before = rules;

    allow(ANN, "publish", "a/mine");

    assertThat(rules).isSameAs(before);
  }

  @Test
  void oppositeOfAnotherRuleReplacesIt() {
    allow(ANN, "publish,subscribe", "a/#");
    deny(ANN, "publish", "a/#");

    assertThat(shown(ANN)).containsExactly("-publish a/#", "+subscribe a/#");
  }

  @Test
  void revokingSplitsARuleOfSeveralActionsAndFilters() {
    rules = AclEdit.add(rules, ANN, new Rule(true, EnumSet.allOf(Action.class), List.of("a", "b")));

    rules = AclEdit.revoke(rules, ANN, Set.of(Action.PUBLISH), "a");

    assertThat(shown(ANN)).containsExactly("+all b", "+subscribe,receive a");
  }

  @Test
  void revokingWhatIsNotThereChangesNothing() {
    allow(ANN, "publish", "a/#");

    assertThat(AclEdit.revoke(rules, ANN, Set.of(Action.PUBLISH), "a/b")).isSameAs(rules);
    assertThat(AclEdit.revoke(rules, ANN, Set.of(Action.RECEIVE), "a/#")).isSameAs(rules);
    assertThat(AclEdit.revoke(rules, SENSOR, Set.of(Action.PUBLISH), "a/#")).isSameAs(rules);
  }

  @Test
  void usersAndRolesOfWhomNothingIsSaidGo() {
    allow(ANN, "publish", "a");
    allow(SENSOR, "publish", "s");
    rules = AclEdit.roles(rules, "ann", List.of("sensor"));

    rules = AclEdit.revoke(rules, SENSOR, Set.of(Action.PUBLISH), "s");
    assertThat(rules.roles()).as("somebody has it").containsKey("sensor");
    rules = AclEdit.roles(rules, "ann", List.of());
    rules = AclEdit.revoke(rules, ANN, Set.of(Action.PUBLISH), "a");

    assertThat(rules).isEqualTo(AclRules.NONE);
  }

  @Test
  void unknownRoleIsRefusedWithTheNearest() {
    allow(SENSOR, "publish", "s");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> AclEdit.roles(rules, "ann", List.of("sensors")))
        .withMessage("there is no role 'sensors'; did you mean 'sensor'?");
  }

  @Test
  void everyoneAndAnonymousHaveRules() {
    allow(RuleHolder.of(":everyone"), "subscribe", "$SYS/#");
    deny(RuleHolder.of(":anonymous"), "all", "secret/#");

    assertThat(rules.everyone()).hasSize(1);
    assertThat(rules.anonymous()).hasSize(1);
    assertThatIllegalArgumentException().isThrownBy(() -> RuleHolder.of(":all"));
    assertThatIllegalArgumentException().isThrownBy(() -> RuleHolder.of("role:"));
  }

  private void allow(RuleHolder holder, String actions, String filter) {
    rules = AclEdit.add(rules, holder, rule(true, actions, filter));
  }

  private void deny(RuleHolder holder, String actions, String filter) {
    rules = AclEdit.add(rules, holder, rule(false, actions, filter));
  }

  private static Rule rule(boolean allow, String actions, String filter) {
    Set<Action> set = EnumSet.noneOf(Action.class);
    for (String word : actions.split(",", -1)) {
      set.addAll(Action.named(word));
    }
    return new Rule(allow, set, List.of(filter));
  }

  private List<String> shown(RuleHolder holder) {
    return holder.rulesIn(rules).stream()
        .map(rule ->
            (rule.allow() ? "+" : "-")
                + String.join(",", Action.words(rule.actions()))
                + " "
                + String.join(",", rule.topics()))
        .toList();
  }
}
