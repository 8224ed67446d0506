package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Connect.connect;
import static io.dunlin.tests.conformance.Publish.publish;
import static io.dunlin.tests.conformance.Subscribe.subscribe;
import static io.dunlin.tests.conformance.Will.will;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Listeners whose clients have the root of their topics somewhere in the tree. One after the
/// other: each test starts a broker.
@Execution(ExecutionMode.SAME_THREAD)
class MountPointTest extends ConformanceTest {
  private static final String RULES =
      """
      users:
        root:
          rules:
            - allow: all
              topics: ["#", "$SYS/#"]
        ann:
          rules:
            - allow: all
              topics: t/a/open/#
      """;

  private GuardedBroker broker;

  @BeforeEach
  void start(@TempDir Path directory) throws IOException {
    Map<String, String> settings = new HashMap<>();
    settings.put("listeners.1.name", "a");
    settings.put("listeners.1.mount-point", "t/a/");
    settings.put("listeners.2.name", "b");
    settings.put("listeners.2.mount-point", "t/b/");
    for (int i = 1; i <= 2; i++) {
      settings.put("listeners." + i + ".port", "0");
      settings.put("listeners." + i + ".bind", "127.0.0.1");
    }
    settings.put("connection.connect-input-bytes", "100000");
    broker = new GuardedBroker(directory, RULES, settings, "root", "ann");
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  @Override
  BrokerUnderTest broker() {
    return broker;
  }

  private Wire at(int listener, Version version, Connect connect) {
    Wire wire = connection(listener, version);
    wire.connect(connect);
    return wire;
  }

  private Wire connection(int listener, Version version) {
    int port = broker.broker().addresses().get(listener).getPort();
    return open(version, new RunningBroker("127.0.0.1", port, true));
  }

  private static Connect root() {
    return root(connect(clientId()));
  }

  private static Connect root(Connect connect) {
    return connect.userName("root").password(GuardedBroker.password("root"));
  }

  @EveryVersion
  void eachMountPointIsATreeOfItsOwn(Version version) {
    Wire whole = at(0, version, root());
    whole.subscribe("#", 2);
    Wire a = at(1, version, root());
    a.subscribe("#", 2);
    Wire b = at(2, version, root());
    b.subscribe("#", 2);

    for (int qos = 0; qos <= 2; qos++) {
      a.publish("x/" + qos, "from a", qos);
      whole.acknowledge(whole.expectPublish("t/a/x/" + qos, "from a"), "from a");
      a.acknowledge(a.expectPublish("x/" + qos, "from a"), "from a");
    }
    whole.publish("t/b/y", "from above", 1);
    whole.acknowledge(whole.expectPublish("t/b/y", "from above"), "from above");
    b.acknowledge(b.expectPublish("y", "from above"), "from above");
    a.expectNothing();
    b.expectNothing();
  }

  @EveryVersion
  void wildcardsBeginAtTheMountPoint(Version version) {
    Wire a = at(1, version, root());
    a.subscribe("+/x", 0);
    a.subscribe("only", 1);
    Wire whole = at(0, version, root());
    whole.publish("t/a/1/x", "matches", 0);
    whole.publish("t/a/x", "does not", 0);
    whole.publish("t/x", "does not", 0);
    whole.publish("only", "does not", 1);
    whole.publish("t/a/only", "matches", 1);

    a.expectPublish("1/x", "matches");
    a.acknowledge(a.expectPublish("only", "matches"), "matches");
    a.unsubscribe("only");
    whole.publish("t/a/only", "gone", 1);
    a.expectNothing();
  }

  /// By the full filter `t/a/#` they match: the level above, names that are empty or begin with `$`
  /// for the client.
  @EveryVersion
  void whatHasNoNameUnderTheMountPointIsNotSeenThere(Version version) {
    Wire a = at(1, version, root());
    a.subscribe("#", 1);
    a.subscribe("$share/g/#", 1);
    Wire whole = at(0, version, root());
    for (String topic : List.of("t/a", "t/a/", "t/a/$x", "t/a/$SYS/broker/uptime")) {
      whole.publish(topic, "hidden", 0);
      whole.publishRetained(topic, "hidden", 1);
    }
    a.expectNothing();
    Wire later = at(1, version, root());
    later.subscribe("#", 1);
    later.expectNothing();
  }

  @EveryVersion
  void sysIsTheSameForAll(Version version) {
    Wire a = at(1, version, root());
    a.subscribe("$SYS/broker/version", 0);
    assertThat(a.await(PacketType.PUBLISH).topic()).isEqualTo("$SYS/broker/version");
  }

  @EveryVersion
  void retainedMessagesAndWillsAreUnderTheMountPoint(Version version) {
    Wire a = at(1, version, root());
    a.publishRetained("kept", "retained", 1);
    Wire dying = at(1, version, root().will(will("last", "will").qos(1)));
    Wire b = at(2, version, root());
    b.subscribe("#", 1);
    Wire later = at(1, version, root());
    later.subscribe("#", 1);
    later.acknowledge(later.expectPublish("kept", "retained"), "retained");

    dying.close();

    later.acknowledge(later.expectPublish("last", "will"), "will");
    Wire whole = at(0, version, root());
    whole.subscribe("t/+/kept", 0);
    whole.expectPublish("t/a/kept", "retained");
    b.expectNothing();
  }

  @EveryVersion
  void groupsShareFullFilters(Version version) {
    Wire member = at(1, version, root());
    member.subscribe("$share/g/x/#", 1);
    Wire durable = at(1, version, root(durable(clientId())));
    durable.subscribe("$share/d/x/#", 1);
    Wire b = at(2, version, root());
    b.subscribe("$share/g/x/#", 1);
    Wire a = at(1, version, root());
    for (int i = 0; i < 4; i++) {
      a.publish("x/" + i, "shared", 1);
      member.acknowledge(member.expectPublish("x/" + i, "shared"), "shared");
      durable.acknowledge(durable.expectPublish("x/" + i, "shared"), "shared");
    }
    b.expectNothing();
  }

  @Test
  void aliasesOfBothSidesStandForNamesUnderTheMountPoint() {
    Wire a = at(1, Version.V5, root());
    Wire reader = at(1, Version.V5, root().with(Property.TOPIC_ALIAS_MAXIMUM, 5));
    reader.subscribe("#", 0);
    a.send(publish("x", "set").with(Property.TOPIC_ALIAS, 1));
    for (int i = 0; i < 3; i++) {
      a.send(publish("", "used").with(Property.TOPIC_ALIAS, 1));
    }

    reader.expectPublish("x", "set");
    Received second = reader.await(PacketType.PUBLISH);
    assertThat(second.topic()).isEqualTo("x");
    assertThat(second.number(Property.TOPIC_ALIAS, 0)).isEqualTo(1);
    for (int i = 0; i < 2; i++) {
      Received known = reader.await(PacketType.PUBLISH);
      assertThat(known.topic()).isEmpty();
      assertThat(known.number(Property.TOPIC_ALIAS, 0)).isEqualTo(1);
    }
  }

  @Test
  void responseTopicsArePrefixedAndCutAsTopics() {
    Wire whole = at(0, Version.V5, root());
    whole.subscribe("t/#", 1);
    Wire a = at(1, Version.V5, root());
    a.subscribe(subscribe(7).filter("ask", 1).with(Property.SUBSCRIPTION_IDENTIFIER, 9), 1);
    Wire asker = at(1, Version.V5, root());
    asker.publishAtLeastOnce(
        publish("ask", "?")
            .with(Property.CONTENT_TYPE, "text")
            .with(Property.RESPONSE_TOPIC, "answers/1"));

    Received full = whole.expectPublish("t/a/ask", "?");
    assertThat(full.text(Property.RESPONSE_TOPIC)).isEqualTo("t/a/answers/1");
    Received cut = a.expectPublish("ask", "?");
    assertThat(cut.text(Property.RESPONSE_TOPIC)).isEqualTo("answers/1");
    assertThat(cut.text(Property.CONTENT_TYPE)).isEqualTo("text");
    assertThat(cut.number(Property.SUBSCRIPTION_IDENTIFIER, 0)).isEqualTo(9);

    Wire dying =
        at(1, Version.V5, root().will(will("ask", "!").with(Property.RESPONSE_TOPIC, "mine")));
    dying.close();
    assertThat(whole.expectPublish("t/a/ask", "!").text(Property.RESPONSE_TOPIC))
        .isEqualTo("t/a/mine");
  }

  @Test
  void maximumPacketSizeIsThatOfTheCutPacket() {
    Wire a = at(1, Version.V5, root().with(Property.MAXIMUM_PACKET_SIZE, 100));
    a.subscribe("#", 0);
    Wire whole = at(0, Version.V5, root());
    whole.publish("t/a/x", "p".repeat(95), 0); // 101 bytes for the client
    whole.publish("t/a/x", "p".repeat(94), 0); // 100, and 104 in full
    a.expectPublish("x", "p".repeat(94));
  }

  @EveryVersion
  void persistentSessionKeepsItsMountPointOverARestart(Version version) throws IOException {
    String clientId = clientId();
    Wire durable = at(1, version, root(durable(clientId)));
    durable.subscribe("x/#", 1);
    Wire silent =
        at(1, version, root(durable(clientId())).will(will("x/will", "w").qos(1).retained()));
    leave(durable);
    at(0, version, root()).publish("t/a/x/1", "before", 1);
    silent.expectNothing();

    broker.restart();

    at(1, version, root()).publish("x/2", "after", 1);
    Wire again = at(1, version, root(durable(clientId)));
    again.acknowledge(again.expectPublish("x/1", "before"), "before");
    again.acknowledge(again.expectPublish("x/2", "after"), "after");
    again.publish("x/3", "own", 1);
    again.acknowledge(again.expectPublish("x/3", "own"), "own");
  }

  @EveryVersion
  void sessionIsRefusedToAnotherMountPoint(Version version) throws IOException {
    String clientId = clientId();
    Wire durable = at(1, version, root(durable(clientId)));
    durable.subscribe("x/#", 1);
    int refusal = version.hasProperties() ? Reason.NOT_AUTHORIZED : 5;

    for (int listener : List.of(0, 2)) {
      Wire other = connection(listener, version);
      other.send(root(connect(clientId)));
      other.expectConnAck(refusal);
      other.expectEnd();
    }
    durable.expectNothing();
    broker.broker().checkpoint();
    broker.restart();
    Wire other = connection(2, version);
    other.send(root(connect(clientId)));
    other.expectConnAck(refusal);
  }

  @EveryVersion
  void rulesAreAboutFullTopics(Version version) {
    Connect ann = connect(clientId()).userName("ann").password(GuardedBroker.password("ann"));
    Wire a = at(1, version, ann);
    a.subscribe("open/#", 1);
    a.publish("open/x", "allowed", 1);
    a.acknowledge(a.expectPublish("open/x", "allowed"), "allowed");
    Wire whole = at(0, version, root());
    whole.subscribe("#", 0);
    a.send(publish("t/a/open/x", "not allowed")); // t/a/t/a/open/x
    whole.expectNothing();
  }

  @Test
  void whatIsTooLongUnderTheMountPointIsRefused() {
    String name = "n".repeat(65_533);
    Wire a = at(1, Version.V5, root());
    a.subscribe(subscribe(3).filter(name, 0).filter("x", 0), Reason.TOPIC_FILTER_INVALID, 0);
    a.send(publish(name, "x"));
    a.expectRefusal(Reason.TOPIC_NAME_INVALID);

    Wire dying = connection(1, Version.V5);
    dying.send(root().will(will(name, "w")));
    dying.expectConnAck(Reason.TOPIC_NAME_INVALID);
  }

  @Test
  void listenerOpenedByAReloadHasItsMountPointFromTheStart() throws IOException {
    broker.set("listeners.3.name", "c");
    broker.set("listeners.3.mount-point", "t/a/");
    broker.set("listeners.3.port", "0");
    broker.set("listeners.3.bind", "127.0.0.1");
    broker.reload();

    Wire c = at(3, Version.V5, root());
    c.subscribe("#", 0);
    at(1, Version.V5, root()).publish("x", "same tree", 0);
    c.expectPublish("x", "same tree");
  }
}
