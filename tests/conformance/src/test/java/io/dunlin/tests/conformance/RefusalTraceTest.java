package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Connect.connect;
import static io.dunlin.tests.conformance.Publish.publish;
import static io.dunlin.tests.conformance.Will.will;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.broker.observe.Trace;
import io.dunlin.broker.observe.TraceEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A trace names the rule that refused, and shows a CONNECT without its secrets.
class RefusalTraceTest extends ConformanceTest {
  private static final String RULES =
      """
      roles:
        operator:
          - deny: publish
            topics: safety/#
      users:
        root:
          rules:
            - allow: all
              topics: "#"
        bob:
          roles: [operator]
          rules:
            - allow: all
              topics: ["of/%u/#", "secret/#", "safety/#"]
            - allow: subscribe
              topics: "#"
            - deny: subscribe
              topics: hidden/#
      everyone:
        - deny: receive
          topics: secret/#
      """;

  private GuardedBroker broker;

  @BeforeEach
  void start(@TempDir Path directory) throws IOException {
    broker = new GuardedBroker(directory, RULES, Map.of(), "root", "bob");
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  @Override
  BrokerUnderTest broker() {
    return broker;
  }

  @Test
  void refusedPublishNamesTheRuleOrSaysThatThereIsNone() throws Exception {
    Wire bob = client(Version.V5, login("bob", "bob-1"));
    try (Trace trace = trace("bob-1")) {
      bob.send(publish("safety/door", "x"));
      bob.send(publish("other", "x"));
      bob.send(publish("$SYS/x", "x"));

      assertThat(decisions(trace, "PUBLISH", 3))
          .containsExactly(
              "refused: NOT_AUTHORIZED (role:operator: deny publish safety/#)",
              "refused: NOT_AUTHORIZED (no rule allows it)",
              "refused: NOT_AUTHORIZED (only the broker publishes below $SYS and $CONTROL)");
    }
  }

  @Test
  void refusedFilterNamesTheRule() throws Exception {
    Wire bob = client(Version.V5, login("bob", "bob-1"));
    try (Trace trace = trace("bob-1")) {
      bob.send(Subscribe.subscribe(9).filter("$share/g/hidden/x", 0).filter("$SYS/#", 0));

      assertThat(decisions(trace, "SUBSCRIBE", 2))
          .containsExactly(
              "NOT_AUTHORIZED (bob: deny subscribe hidden/#)",
              "NOT_AUTHORIZED (no rule allows it)");
    }
  }

  @Test
  void messageThatIsKeptFromASubscriberNamesTheRule() throws Exception {
    Wire bob = client(Version.V5, login("bob", "bob-1"));
    bob.subscribe("#", 0);
    Wire root = client(Version.V5, login("root", "root-1"));
    try (Trace trace = trace("root-1")) {
      root.publish("secret/s", "x", 1);

      assertThat(decisions(trace, "PUBLISH", 1).getFirst())
          .contains("bob-1 by # at QoS 0")
          .contains("the rules keep it from this client: :everyone: deny receive secret/#");
    }
  }

  @Test
  void connectIsShownWithoutItsPasswordAndRefusedWillSaysWhy() throws Exception {
    try (Trace trace = trace("bob-1")) {
      Wire bob = open(Version.V5);
      bob.send(login("bob", "bob-1").will(will("safety/door", "x").retained()));
      bob.expectConnAck(Reason.NOT_AUTHORIZED);

      TraceEvent connect = next(trace, "CONNECT");
      assertThat(connect.direction()).isEqualTo(TraceEvent.Direction.IN);
      assertThat(connect.decision())
          .startsWith("MQTT 5.0 at listener '")
          .contains("user name bob, with a password")
          .contains("will to safety/door at QoS 0, retained");
      assertThat(next(trace, "connection").decision())
          .isEqualTo(
              "will to safety/door refused: NOT_AUTHORIZED"
                  + " (role:operator: deny publish safety/#)");
    }
  }

  @Test
  void refusedConnectIsShownToo() throws Exception {
    try (Trace trace = trace("bob-1")) {
      Wire bob = open(Version.V5);
      bob.send(connect("bob-1").userName("bob").password("wrong"));
      bob.expectConnAck(0x86);

      assertThat(next(trace, "CONNECT").decision())
          .contains("user name bob")
          .doesNotContain("wrong");
      assertThat(next(trace, "connection").decision()).contains("BAD_USER_NAME_OR_PASSWORD");
    }
  }

  private static Connect login(String user, String clientId) {
    return connect(clientId).userName(user).password(GuardedBroker.password(user));
  }

  private Trace trace(String clientId) throws Exception {
    return broker.broker().inspection().trace(clientId, null).get(10, TimeUnit.SECONDS);
  }

  private static List<String> decisions(Trace trace, String what, int count) throws Exception {
    List<String> decisions = new ArrayList<>();
    while (decisions.size() < count) {
      decisions.add(next(trace, what).decision());
    }
    return decisions;
  }

  /// The next event about a kind of packet; others are passed over.
  private static TraceEvent next(Trace trace, String what) throws Exception {
    for (TraceEvent event = trace.next(10_000); event != null; event = trace.next(10_000)) {
      if (event.what().equals(what)) {
        return event;
      }
    }
    throw new AssertionError("no " + what + " within ten seconds");
  }
}
