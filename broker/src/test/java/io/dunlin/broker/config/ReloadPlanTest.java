package io.dunlin.broker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReloadPlanTest {
  private static final Map<String, String> NOW =
      Map.of(
          "listeners.0.port", "1883",
          "listeners.1.name", "second",
          "listeners.1.port", "1884");

  @Test
  void sameConfigurationChangesNothing() {
    ReloadPlan plan = plan(Map.of());

    assertThat(plan.applied()).isEmpty();
    assertThat(plan.needsRestart()).isEmpty();
    assertThat(plan.effective()).isEqualTo(BrokerConfig.of(NOW));
  }

  @Test
  void whatNeedsARestartIsNamedAndTheRestApplied() {
    ReloadPlan plan =
        plan(
            Map.of(
                "shards", "3",
                "data.directory", "/elsewhere",
                "connection.max-connections", "5",
                "connection.outbox-max-bytes", "2000000",
                "session.receive-maximum", "7",
                "log.level", "debug"));

    assertThat(plan.needsRestart()).containsExactlyInAnyOrder("shards", "data.directory");
    assertThat(plan.applied())
        .containsExactlyInAnyOrder(
            "connection.max-connections",
            "connection.outbox-max-bytes",
            "session.receive-maximum",
            "log.level");
    assertThat(plan.effective())
        .isEqualTo(
            of(
                Map.of(
                    "connection.max-connections", "5",
                    "connection.outbox-max-bytes", "2000000",
                    "session.receive-maximum", "7",
                    "log.level", "debug")));
  }

  @Test
  void listenersOpenAndCloseByName() {
    ReloadPlan plan = plan(Map.of("listeners.1.name", "third", "listeners.1.port", "1885"));

    assertThat(plan.opened()).extracting(ListenerConfig::name).containsExactly("third");
    assertThat(plan.closed()).extracting(ListenerConfig::name).containsExactly("second");
    assertThat(plan.needsRestart()).isEmpty();
  }

  @Test
  void listenerThatStaysChangesItsLoginsButNotItsPlace() {
    ReloadPlan plan =
        plan(
            Map.of(
                "listeners.1.port", "1886",
                "listeners.1.max-connections", "7",
                "listeners.1.user-name-as-client-id", "true"));

    assertThat(plan.applied()).containsExactly("logins of listener 'second'");
    assertThat(plan.needsRestart())
        .containsExactly("listeners.1.port", "listeners.1.max-connections");
    assertThat(plan.effective().listeners().getLast())
        .satisfies(listener -> assertThat(listener.port()).isEqualTo(1884))
        .satisfies(listener -> assertThat(listener.userNameAsClientId()).isTrue());
  }

  @Test
  void everyKeyOfAListenerIsEitherLiveOrComparedOrItsName() {
    assertThat(ListenerConfig.KEYS)
        .allMatch(key ->
            key.equals(ListenerConfig.NAME)
                || ListenerConfig.LOGIN_KEYS.contains(key) != ListenerChange.compares(key));
  }

  @Test
  void valuesThatFitOnlyAfterARestartAreRefused() {
    assertThatExceptionOfType(InvalidConfig.class)
        .isThrownBy(() ->
            plan(
                Map.of(
                    "message.max-packet-bytes", "33554432",
                    "connection.outbox-max-bytes", "33554432",
                    "storage.segment-bytes", "134217728",
                    "storage.log-max-bytes", "1073741824",
                    "listeners.0.name", "x"),
                Map.of("storage.segment-bytes", "1048576", "message.max-packet-bytes", "524288")))
        .withMessageContaining("storage.segment-bytes");
  }

  private static ReloadPlan plan(Map<String, String> changes) {
    return plan(changes, Map.of());
  }

  private static ReloadPlan plan(Map<String, String> changes, Map<String, String> before) {
    return ReloadPlan.of(of(before), of(changes));
  }

  private static BrokerConfig of(Map<String, String> changes) {
    Map<String, String> all = new HashMap<>(NOW);
    all.putAll(changes);
    return BrokerConfig.of(all);
  }
}
