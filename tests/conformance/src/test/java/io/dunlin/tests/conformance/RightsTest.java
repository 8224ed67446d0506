package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Connect.connect;
import static io.dunlin.tests.conformance.Publish.publish;
import static io.dunlin.tests.conformance.Will.will;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Rights, at each gate: what is published, stored, subscribed to, delivered and replayed.
class RightsTest extends ConformanceTest {
  private static final String RULES =
      """
      users:
        root:
          rules:
            - allow: all
              topics: ["#", "$SYS/#"]
        ann:
          rules:
            - deny: receive
              topics: secret/#
            - allow: all
              topics: ["open/#", "of/%u/#"]
            - allow: [subscribe]
              topics: "#"
        bob:
          rules:
            - allow: [publish, subscribe]
              topics: open/#
      """;

  /// Ann has lost `open/#` and all that is not hers.
  private static final String REVOKED =
      RULES
          .replace("\"open/#\", \"of", "\"of")
          .replace("      - allow: [subscribe]\n        topics: \"#\"\n", "");

  /// Everybody may everything but what is secret, which nobody may.
  private static final String SECRET =
      RULES
          + """
          everyone:
            - allow: all
              topics: "#"
            - deny: all
              topics: secret/#
          """;

  private GuardedBroker broker;

  @BeforeEach
  void start(@TempDir Path directory) throws IOException {
    broker = new GuardedBroker(directory, RULES, Map.of(), "root", "ann", "bob");
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  @Override
  BrokerUnderTest broker() {
    return broker;
  }

  @EveryVersion
  void whatMayNotBePublishedReachesNobody(Version version) {
    Wire root = client(version, login("root"));
    root.subscribe("#", 2);
    Wire bob = client(version, login("bob"));
    bob.send(publish("other", "0"));
    bob.send(publish("other", "1").qos(1, 1));
    bob.send(publish("other", "2").qos(2, 2));

    Received pubAck = bob.expect(PacketType.PUBACK);
    Received pubRec = bob.expect(PacketType.PUBREC);
    if (version.hasProperties()) {
      assertThat(pubAck.reason()).isEqualTo(Reason.NOT_AUTHORIZED);
      assertThat(pubRec.reason()).isEqualTo(Reason.NOT_AUTHORIZED);
    }
    bob.publish("open/x", "allowed", 1);
    root.expectPublish("open/x", "allowed");
  }

  @EveryVersion
  void aDenialForEveryoneCountsForThoseWhoMayEverything(Version version) throws IOException {
    Wire root = client(version, login("root"));
    root.subscribe("#", 1);
    root.publishRetained("secret/kept", "1", 1);
    root.acknowledge(root.expectPublish("secret/kept", "1"));

    broker.rules(SECRET);
    broker.reload();

    root.send(publish("secret/kept", "2").qos(1, 2)); // the topic of before: decided anew
    Received pubAck = root.expect(PacketType.PUBACK);
    root.send(Subscribe.subscribe(3).filter("secret/#", 1));
    int denied = root.expect(PacketType.SUBACK).reasons().getFirst();
    if (version.hasProperties()) {
      assertThat(pubAck.reason()).isEqualTo(Reason.NOT_AUTHORIZED);
      assertThat(denied).isEqualTo(Reason.NOT_AUTHORIZED);
    } else {
      assertThat(denied).isEqualTo(0x80);
    }
    Wire bob = client(version, login("bob"));
    bob.subscribe("#", 1); // without the retained one
    bob.publish("other", "open to all", 1);
    bob.expectPublish("other", "open to all");
    root.expectPublish("other", "open to all");
    root.expectNothing();
  }

  @EveryVersion
  void whatMayNotBePublishedIsNotRetained(Version version) {
    Wire bob = client(version, login("bob"));
    bob.send(publish("other", "retained").retained());
    bob.publishRetained("open/kept", "retained", 1);

    Wire root = client(version, login("root"));
    root.subscribe("#", 1);

    root.expectPublish("open/kept", "retained");
    root.expectNothing();
  }

  @Test
  void rightsOfATopicAliasAreThoseOfItsTopic() {
    Wire root = client(Version.V5, login("root"));
    root.subscribe("#", 0);
    Wire bob = client(Version.V5, login("bob"));
    bob.send(publish("other", "set").with(Property.TOPIC_ALIAS, 1));
    bob.send(publish("", "used").with(Property.TOPIC_ALIAS, 1));
    bob.send(publish("open/x", "open").with(Property.TOPIC_ALIAS, 2));
    bob.send(publish("", "forbidden").with(Property.TOPIC_ALIAS, 1));

    root.expectPublish("open/x", "open");
    root.expectNothing();
  }

  @EveryVersion
  void aWillThatMayNotBePublishedIsRefusedAtTheConnect(Version version) {
    for (String topic : List.of("other", "$SYS/broker/uptime")) {
      Wire bob = open(version);
      bob.send(login("bob").will(will(topic, "w")));
      bob.expectConnAck(version.hasProperties() ? Reason.NOT_AUTHORIZED : 5);
      bob.expectEnd();
    }
    client(version, login("bob").will(will("open/will", "w")));
  }

  @EveryVersion
  void aWillIsAskedForAgainWhenItFires(Version version) throws IOException {
    Wire root = client(version, login("root"));
    root.subscribe("#", 1);
    Wire bob = client(version, login("bob").will(will("open/will", "w").retained()));
    broker.rules(RULES.replace("topics: open/#", "topics: closed/#"));
    broker.reload();

    bob.close();
    Wire next = client(version, login("bob"));
    next.publish("closed/x", "after", 1);

    root.expectPublish("closed/x", "after");
    Wire late = client(version, login("root"));
    late.subscribe("open/#", 1);
    late.expectNothing();
  }

  @EveryVersion
  void retainedMessagesAreReadOnlyByWhoMayReceiveThem(Version version) {
    Wire root = client(version, login("root"));
    root.publishRetained("secret/1", "s", 1);
    root.publishRetained("secret/2", "s", 0);
    root.publishRetained("open/1", "o", 1);

    for (Connect connect : List.of(login("ann"), durableLogin("ann", clientId()))) {
      Wire ann = client(version, connect);
      ann.subscribe("#", 1);
      Received only = ann.expectPublish("open/1", "o");
      ann.acknowledge(only);
      ann.expectNothing();
    }
  }

  @EveryVersion
  void eachFilterOfASubscribeIsAskedFor(Version version) {
    Wire bob = client(version, login("bob"));
    bob.subscribe(
        Subscribe.subscribe(7)
            .filter("open/a", 1)
            .filter("secret/a", 1)
            .filter("#", 0)
            .filter("open/#", 2)
            .filter("+/a", 0),
        1,
        refused(version),
        refused(version),
        2,
        refused(version));
  }

  private static int refused(Version version) {
    return version.hasProperties() ? Reason.NOT_AUTHORIZED : 0x80;
  }

  @EveryVersion
  void ofASharedFilterThePartBehindTheGroupIsAskedFor(Version version) {
    Wire bob = client(version, login("bob"));
    bob.subscribe(
        Subscribe.subscribe(7).filter("$share/open/secret/a", 1).filter("$share/g/open/a", 1),
        refused(version),
        1);
  }

  @EveryVersion
  void underAWideFilterOnlyWhatMayBeReceivedIsDelivered(Version version) {
    Wire ann = client(version, login("ann"));
    ann.subscribe("#", 2);
    Wire durable = client(version, durableLogin("ann", clientId()));
    durable.subscribe("+/a", 2);
    Wire root = client(version, login("root"));
    for (int qos = 0; qos <= 2; qos++) {
      root.publish("secret/a", "no", qos);
      root.publish("of/bob/a", "yes: ann may subscribe to all", qos);
      root.publish("other/a", "yes", qos);
    }
    assertThat(topics(ann, 6)).containsOnly("of/bob/a", "other/a");
    assertThat(topics(durable, 3)).containsOnly("other/a");
    ann.expectNothing();
    durable.expectNothing();
  }

  @EveryVersion
  void aMemberOfAGroupThatMayNotReceiveIsPassedOver(Version version) {
    Wire ann = client(version, login("ann"));
    ann.subscribe("$share/g/#", 1);
    Wire root = client(version, login("root"));
    root.subscribe("$share/g/#", 1);
    Wire publisher = client(version, login("root"));
    for (int i = 0; i < 6; i++) {
      publisher.publish("secret/" + i, "s", i % 2);
    }
    assertThat(topics(root, 6)).hasSize(6);
    ann.expectNothing();
  }

  @EveryVersion
  void whatWasRevokedIsNotDeliveredAnyMore(Version version) throws IOException {
    Wire bob = client(version, login("bob"));
    bob.subscribe("open/#", 0);
    Wire durable = client(version, durableLogin("bob", clientId()));
    durable.subscribe("open/#", 1);
    Wire root = client(version, login("root"));
    root.publish("open/x", "before", 1);
    bob.expectPublish("open/x", "before");
    durable.acknowledge(durable.expectPublish("open/x", "before"));

    broker.rules(RULES.replace("topics: open/#", "topics: closed/#"));
    assertThat(broker.reload().applied()).containsExactly("rules");
    root.publish("open/x", "after", 0);
    root.publish("open/x", "after", 1);
    root.publish("open/x", "after", 2);
    bob.expectNothing();
    durable.expectNothing();

    broker.rules(RULES);
    broker.reload();
    root.publish("open/x", "again", 1);
    bob.expectPublish("open/x", "again");
    durable.expectPublish("open/x", "again");
  }

  @EveryVersion
  void publishingStopsInTheMiddleOfAConnection(Version version) throws IOException {
    Wire root = client(version, login("root"));
    root.subscribe("open/#", 0);
    Wire bob = client(version, login("bob"));
    bob.publish("open/x", "before", 1);
    root.expectPublish("open/x", "before");

    broker.rules(RULES.replace("topics: open/#", "topics: closed/#"));
    broker.reload();
    bob.send(publish("open/x", "after").qos(1, 9));
    bob.expect(PacketType.PUBACK);

    root.expectNothing();
  }

  @EveryVersion
  void queuedMessagesAreAskedForAgain(Version version) throws IOException {
    queueForAnn(
        version,
        clientId(),
        () -> {
          broker.rules(REVOKED);
          broker.reload();
        });
  }

  @EveryVersion
  void queuedMessagesAreAskedForAgainAfterARestart(Version version) throws IOException {
    queueForAnn(
        version,
        clientId(),
        () -> {
          broker.rules(REVOKED);
          broker.restart();
        });
  }

  private interface Change {
    void happen() throws IOException;
  }

  /// Many enough that some wait in the store.
  private void queueForAnn(Version version, String clientId, Change change) throws IOException {
    Wire ann = client(version, durableLogin("ann", clientId));
    ann.subscribe("#", 2);
    leave(ann);
    Wire root = client(version, login("root"));
    for (int i = 0; i < 120; i++) {
      root.publish("open/" + i, "revoked", 1 + i % 2);
    }
    root.publish("of/ann/x", "still allowed", 2);

    change.happen();

    Wire again = open(version);
    again.connect(durableLogin("ann", clientId));
    again.acknowledge(again.expectPublish("of/ann/x", "still allowed"));
    again.expectNothing();
  }

  @EveryVersion
  void brokersTopicsAreForThoseWhoMayReadThem(Version version) {
    Wire ann = client(version, login("ann"));
    ann.subscribe(Subscribe.subscribe(7).filter("$SYS/#", 0), refused(version));
    ann.subscribe("#", 0);
    Wire root = client(version, login("root"));
    root.subscribe("$SYS/broker/uptime", 0);
    assertThat(root.await(PacketType.PUBLISH).topic()).isEqualTo("$SYS/broker/uptime");
    root.send(publish("$SYS/broker/version", "forged").qos(1, 9).retained());
    Received pubAck = root.await(PacketType.PUBACK);
    if (version.hasProperties()) {
      assertThat(pubAck.reason()).isEqualTo(Reason.NOT_AUTHORIZED);
    }
    ann.expectNothing();
  }

  @EveryVersion
  void identitiesWithWildcardsWidenNothing(Version version) throws IOException {
    broker.users("root", "ann", "bob", "+", "a#", "$SYS");
    broker.rules(RULES + "everyone:\n  - {allow: all, topics: [of/%u/#, \"%c/#\", \"%u\"]}\n");
    broker.reload();
    for (String identity : List.of("+", "#", "$SYS", "a/b")) {
      Wire client = client(version, login("bob", identity));
      client.subscribe(Subscribe.subscribe(7).filter("secret/a", 0), refused(version));
      client.subscribe(Subscribe.subscribe(8).filter("#", 0), refused(version));
      client.subscribe(Subscribe.subscribe(9).filter("+/x", 0), refused(version));
      client.subscribe(Subscribe.subscribe(10).filter("$SYS/#", 0), refused(version));
    }
    for (String user : List.of("+", "a#", "$SYS")) {
      Wire client = client(version, login(user));
      client.subscribe(Subscribe.subscribe(7).filter("of/+/x", 0), refused(version));
      client.subscribe(Subscribe.subscribe(8).filter("#", 0), refused(version));
      client.subscribe(Subscribe.subscribe(9).filter("of/bob/x", 0), refused(version));
    }
  }

  /// Topics of the next messages, which are answered.
  private static List<String> topics(Wire wire, int count) {
    List<String> topics = new ArrayList<>();
    while (topics.size() < count) {
      Received publish = wire.await(PacketType.PUBLISH);
      wire.acknowledge(publish);
      topics.add(publish.topic());
    }
    return topics;
  }

  private static Connect login(String user) {
    return login(user, clientId());
  }

  private static Connect login(String user, String clientId) {
    return connect(clientId).userName(user).password(GuardedBroker.password(user));
  }

  private static Connect durableLogin(String user, String clientId) {
    return durable(clientId).userName(user).password(GuardedBroker.password(user));
  }
}
