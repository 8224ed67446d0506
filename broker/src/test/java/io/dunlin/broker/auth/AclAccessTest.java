package io.dunlin.broker.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.broker.config.AclRules;
import io.dunlin.broker.config.AclRules.Action;
import io.dunlin.broker.config.AclRules.Rule;
import io.dunlin.broker.config.AclRules.User;
import io.dunlin.broker.spi.Rights;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AclAccessTest {
  private static final Set<Action> ALL = Set.of(Action.values());

  @ParameterizedTest
  @ValueSource(strings = {"+", "#", "a/b", "a/#", "", "/", "+/+"})
  void identitiesThatLookLikeFiltersWidenNothing(String identity) {
    for (String topic : List.of("of/%u/#", "of/%c/#", "%u/#", "%c", "x%u", "of/%u")) {
      Rights rights = everyone(allow(topic)).rights(identity, identity.isEmpty() ? "" : identity);

      for (String name : List.of("of/a/b", "of//b", "of", "a/b", "a", "/b", "x", "of/", "xa")) {
        assertThat(rights.mayPublish(TopicName.of(name))).as("%s: %s", topic, name).isFalse();
        assertThat(rights.mayReceive(TopicName.of(name))).as("%s: %s", topic, name).isFalse();
      }
      for (String filter : List.of("#", "+/#", "of/+/#", "of/#", "of/a/#", "a/b", "+", "of/+")) {
        assertThat(rights.maySubscribe(TopicFilter.of(filter)))
            .as("%s: %s", topic, filter)
            .isFalse();
      }
    }
  }

  @Test
  void identityIsComparedAsOneLevel() {
    Rights rights = everyone(allow("of/%u/#"), allow("id-%c")).rights("c1", "ann");

    assertThat(rights.mayPublish(TopicName.of("of/ann/x"))).isTrue();
    assertThat(rights.mayPublish(TopicName.of("of/bob/x"))).isFalse();
    assertThat(rights.mayPublish(TopicName.of("id-c1"))).isTrue();
    assertThat(rights.maySubscribe(TopicFilter.of("of/ann/+/y"))).isTrue();
    assertThat(rights.maySubscribe(TopicFilter.of("of/+/x"))).isFalse();
  }

  @Test
  void userNamedLikeTheBrokersTopicsGetsNoneOfThem() {
    Rights rights = everyone(allow("%u/#")).rights("c", "$SYS");

    assertThat(rights.mayReceive(TopicName.of("$SYS/broker/uptime"))).isFalse();
    assertThat(rights.maySubscribe(TopicFilter.of("$SYS/#"))).isFalse();
  }

  @Test
  void brokersTopicsAreReadOnlyWhereTheRulesNameThemAndNeverWritten() {
    Rights without = everyone(allow("#")).rights("c", "");
    Rights with = everyone(allow("#", "$SYS/#", "$CONTROL/#")).rights("c", "");

    assertThat(without.maySubscribe(TopicFilter.of("#"))).isTrue();
    assertThat(without.maySubscribe(TopicFilter.of("$SYS/#"))).isFalse();
    assertThat(without.mayReceive(TopicName.of("$SYS/broker/uptime"))).isFalse();
    assertThat(with.maySubscribe(TopicFilter.of("$SYS/#"))).isTrue();
    assertThat(with.mayReceive(TopicName.of("$SYS/broker/uptime"))).isTrue();
    for (String topic : List.of("$SYS", "$SYS/x", "$CONTROL/x")) {
      assertThat(with.mayPublish(TopicName.of(topic))).as(topic).isFalse();
      assertThat(Rights.OPEN.mayPublish(TopicName.of(topic))).as(topic).isFalse();
    }
    assertThat(Rights.OPEN.mayPublish(TopicName.of("$SYSTEM"))).isTrue();
  }

  @Test
  void whoMaySubscribeToAWideFilterGetsOnlyWhatItMayReceive() {
    Rights rights =
        everyone(
                new Rule(false, Set.of(Action.SUBSCRIBE), List.of("secret/#")),
                new Rule(true, Set.of(Action.SUBSCRIBE), List.of("#")))
            .rights("c", "");

    assertThat(rights.maySubscribe(TopicFilter.of("#"))).isTrue();
    assertThat(rights.maySubscribe(TopicFilter.of("secret/+"))).isFalse();
    assertThat(rights.mayReceive(TopicName.of("a"))).isTrue();
    assertThat(rights.mayReceive(TopicName.of("secret/a"))).isFalse();
    assertThat(rights.mayPublish(TopicName.of("a"))).isFalse();
  }

  @Test
  void receivingAloneIsNoRightToSubscribe() {
    Rights rights =
        everyone(new Rule(true, Set.of(Action.RECEIVE), List.of("a/#"))).rights("c", "");

    assertThat(rights.mayReceive(TopicName.of("a/b"))).isTrue();
    assertThat(rights.maySubscribe(TopicFilter.of("a/b"))).isFalse();
  }

  @Test
  void denialOfAnyLevelWinsOverPermissionsOfAll() {
    AclRules rules =
        new AclRules(
            Map.of("first", List.of(deny("r")), "second", List.of(allow("r", "s"))),
            Map.of(
                "ann", new User(List.of("first", "second"), List.of(), List.of(allow("u"))),
                "bob", new User(List.of("second"), List.of(), List.of(deny("everyone")))),
            List.of(allow("nobody")),
            List.of(deny("u", "s"), allow("everyone")));
    AclAccess access = new AclAccess(rules);

    assertThat(publishes(access, "ann")).containsExactly("everyone");
    assertThat(publishes(access, "bob")).containsExactly("r");
    assertThat(publishes(access, "stranger")).containsExactly("everyone");
    assertThat(publishes(access, "")).containsExactly("everyone", "nobody");
  }

  @ParameterizedTest
  @ValueSource(strings = {"user", "role", "everyone"})
  void denialKeepsFromEveryActWhateverIsAllowedElsewhere(String level) {
    Rule no = new Rule(false, ALL, List.of("secret/#"));
    Rule yes = new Rule(true, ALL, List.of("#", "secret/s"));
    List<Rule> both = List.of(yes, no); // the order says nothing
    List<Rule> own = level.equals("user") ? both : List.of(yes);
    List<Rule> role = level.equals("role") ? both : List.of(yes);
    List<Rule> everyone = level.equals("everyone") ? both : List.of(yes);
    Map<String, User> users = Map.of("bob", new User(List.of("r"), List.of(), own));
    Rights rights =
        new AclAccess(new AclRules(Map.of("r", role), users, List.of(), everyone))
            .rights("c", "bob");

    TopicName secret = TopicName.of("secret/s");
    String holder = Map.of("user", "bob", "role", "role:r", "everyone", ":everyone").get(level);
    assertThat(rights.mayPublish(secret)).isFalse();
    assertThat(rights.mayReceive(secret)).isFalse();
    assertThat(rights.maySubscribe(TopicFilter.of("secret/+"))).isFalse();
    assertThat(rights.maySubscribe(TopicFilter.of("#"))).isTrue(); // and gets what is not secret
    for (Rights.Act act : Rights.Act.values()) {
      assertThat(rights.reason(act, secret.bytes())).isEqualTo(holder + ": deny all secret/#");
    }
  }

  @Test
  void denialOfAnonymousAndOfEveryoneKeepsFromThemWhatTheyMayOtherwise() {
    AclRules rules =
        new AclRules(
            Map.of(),
            Map.of(),
            List.of(allow("#"), deny("a")),
            List.of(allow("a", "b"), deny("b")));
    AclAccess access = new AclAccess(rules);

    assertThat(access.rights("c", "").mayPublish(TopicName.of("a"))).isFalse();
    assertThat(access.rights("c", "").mayPublish(TopicName.of("b"))).isFalse();
    assertThat(access.rights("c", "").mayPublish(TopicName.of("c"))).isTrue();
    assertThat(access.rights("c", "stranger").mayPublish(TopicName.of("a"))).isTrue();
    assertThat(access.rights("c", "stranger").mayPublish(TopicName.of("b"))).isFalse();
  }

  @Test
  void reasonNamesTheRuleAsItWasWritten() {
    Rights rights = everyone(allow("of/%u/#")).rights("c", "ann");

    assertThat(rights.reason(Rights.Act.PUBLISH, Slice.utf8("of/ann/x")))
        .isEqualTo(":everyone: allow all of/%u/#");
    assertThat(rights.reason(Rights.Act.SUBSCRIBE, Slice.utf8("#"))).isEqualTo("no rule allows it");
    assertThat(rights.reason(Rights.Act.PUBLISH, Slice.utf8("$SYS/x"))).contains("only the broker");
  }

  private static List<String> publishes(AclAccess access, String user) {
    Rights rights = access.rights("c", user);
    return List.of("u", "r", "s", "everyone", "nobody").stream()
        .filter(topic -> rights.mayPublish(TopicName.of(topic)))
        .toList();
  }

  @Test
  void clientsWithTheSameRulesShareTheirRights() {
    AclRules rules =
        new AclRules(
            Map.of(),
            Map.of("ann", new User(List.of(), List.of(), List.of(allow("of/%u")))),
            List.of(),
            List.of(allow("a")));
    AclAccess access = new AclAccess(rules);

    assertThat(access.rights("c1", "ann")).isSameAs(access.rights("c2", "ann"));
    assertThat(access.rights("c1", "x")).isSameAs(access.rights("c2", "y"));
    assertThat(access.rights("c1", "")).isSameAs(access.rights("c2", ""));
  }

  @ParameterizedTest
  @CsvSource({"press-1, true", "ann, true", "anna, true", "Press-1, false", "bob, false"})
  void clientIdentifierBeginsWithOneOfTheUsersPrefixes(String clientId, boolean allowed) {
    AclRules rules =
        new AclRules(
            Map.of(),
            Map.of("ann", new User(List.of(), List.of("press-", "%u"), List.of(allow("a")))),
            List.of(),
            List.of());
    AclAccess access = new AclAccess(rules);

    assertThat(access.mayHave(clientId, "ann")).isEqualTo(allowed);
    assertThat(access.mayHave(clientId, "carl")).isTrue();
  }

  private static AclAccess everyone(Rule... rules) {
    return new AclAccess(new AclRules(Map.of(), Map.of(), List.of(), List.of(rules)));
  }

  private static Rule allow(String... topics) {
    return new Rule(true, ALL, List.of(topics));
  }

  private static Rule deny(String... topics) {
    return new Rule(false, ALL, List.of(topics));
  }
}
