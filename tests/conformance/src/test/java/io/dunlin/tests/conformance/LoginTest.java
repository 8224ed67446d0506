package io.dunlin.tests.conformance;

import static io.dunlin.tests.conformance.Connect.connect;
import static io.dunlin.tests.conformance.Will.will;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dunlin.broker.config.ConfigException;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The password file: who gets in, and who stays when it changes.
class LoginTest extends ConformanceTest {
  private static final String RULES =
      """
      users:
        ann: {client-ids: [ann-, "%u"]}
      everyone:
        - allow: all
          topics: "#"
      """;

  private GuardedBroker broker;

  @BeforeEach
  void start(@TempDir Path directory) throws IOException {
    broker = new GuardedBroker(directory, RULES, Map.of(), "ann", "bob", "carl");
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
  void onlyTheRightPasswordConnects(Version version) {
    client(version, login("bob")).expectNothing();
    for (Connect wrong :
        new Connect[] {
          connect(clientId()).userName("bob").password("wrong"),
          connect(clientId()).userName("zoe").password("eoz"),
          connect(clientId()).userName("bob"),
          connect(clientId()).userName("").password("")
        }) {
      expectRefused(version, wrong, 0x86, 4);
    }
    expectRefused(version, connect(clientId()), Reason.NOT_AUTHORIZED, 5);
  }

  @EveryVersion
  void whoComesBackIsKnown(Version version) {
    for (int i = 0; i < 20; i++) {
      client(version, login("bob"));
      expectRefused(version, connect(clientId()).userName("bob").password("wrong"), 0x86, 4);
    }
  }

  @EveryVersion
  void clientIdentifiersOfAUserBeginAsTheRulesSay(Version version) {
    client(version, login("ann", "ann-" + clientId()));
    client(version, login("ann", "ann"));
    expectRefused(version, login("ann", "bob-1"), Reason.CLIENT_ID_NOT_VALID, 2);
    client(version, login("bob", "bob-1"));
    if (version.hasProperties()) { // an assigned one is nobody's
      client(version, login("ann", ""));
    }
  }

  @EveryVersion
  void whoseUserHasGoneOrHasAnotherPasswordIsDisconnected(Version version) throws IOException {
    Wire gone = client(version, login("ann", "ann"));
    Wire changed = client(version, login("bob"));
    Wire stays = client(version, login("carl"));

    broker.users("bob", "carl");
    broker.password("bob", "new");
    assertThat(broker.reload().applied()).containsExactly("users");

    gone.expectRefusal(Reason.NOT_AUTHORIZED);
    changed.expectRefusal(Reason.NOT_AUTHORIZED);
    stays.expectNothing();
    expectRefused(version, login("ann", "ann"), 0x86, 4);
    expectRefused(version, login("bob"), 0x86, 4);
    client(version, connect(clientId()).userName("bob").password("new"));
  }

  @EveryVersion
  void whoseClientIdentifierIsForbiddenNowIsDisconnected(Version version) throws IOException {
    Wire ann = client(version, login("ann", "ann-1"));
    broker.rules(RULES.replace("[ann-, \"%u\"]", "[other-]"));
    broker.reload();
    ann.expectRefusal(Reason.NOT_AUTHORIZED);
  }

  @Test
  void anonymousClientsStayOnlyWhileTheirListenerAllowsThem() throws IOException {
    broker.set("listeners.0.anonymous", "true");
    broker.reload();
    Wire anonymous = client(Version.V5);
    Wire bob = client(Version.V5, login("bob"));

    broker.set("listeners.0.anonymous", "false");
    broker.reload();

    anonymous.expectRefusal(Reason.NOT_AUTHORIZED);
    bob.expectNothing();
    expectRefused(Version.V5, connect(clientId()), Reason.NOT_AUTHORIZED, 5);
  }

  @Test
  void anUnusableFileChangesNothing() throws IOException {
    Wire ann = client(Version.V5, login("ann", "ann"));
    broker.users("bob");
    broker.rules("everyone: []\n");
    broker.set("session.receive-maximum", "3");

    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> broker.reload())
        .withMessageContaining("there is no rule in it");

    ann.expectNothing();
    Wire again = open(Version.V5);
    assertThat(again.connect(login("ann", "ann-2")).number(Property.RECEIVE_MAXIMUM, 65_535))
        .isNotEqualTo(3);
  }

  @Test
  void limitsChangeForWhoConnectsNextAndTheRestIsNamed() throws IOException {
    Wire before = client(Version.V5, login("bob"));
    broker.set("session.receive-maximum", "3");
    broker.set("message.max-packet-bytes", "300");
    broker.set("shards", "1");

    assertThat(broker.reload())
        .satisfies(r -> assertThat(r.needsRestart()).containsExactly("shards"))
        .satisfies(r ->
            assertThat(r.applied())
                .containsExactlyInAnyOrder("session.receive-maximum", "message.max-packet-bytes"));

    Wire after = open(Version.V5);
    Received connAck = after.connect(login("bob"));
    assertThat(connAck.number(Property.RECEIVE_MAXIMUM, 65_535)).isEqualTo(3);
    assertThat(connAck.number(Property.MAXIMUM_PACKET_SIZE, 0)).isEqualTo(300);
    String large = "x".repeat(400);
    before.publish(topic(), large, 1); // what it was promised holds
    after.send(Publish.publish(topic(), large).qos(1, 1));
    after.expectRefusal(Reason.PACKET_TOO_LARGE);
  }

  @Test
  void listenersComeAndGo() throws IOException {
    Wire before = client(Version.V5, login("bob"));
    broker.set("listeners.1.name", "second");
    broker.set("listeners.1.port", "0");
    broker.set("listeners.1.bind", "127.0.0.1");
    assertThat(broker.reload().applied()).containsExactly("listener 'second' opened");
    int second = broker.broker().addresses().getLast().getPort();
    Wire there = new Wire(Version.V5, new RunningBroker("127.0.0.1", second, true));
    there.connect(login("bob"));

    broker.set("listeners.0.name", "third");
    broker.set("listeners.1.name", "fourth");
    assertThat(broker.reload().applied()).hasSize(4);

    before.expectNothing();
    there.expectNothing();
    there.close();
    assertThat(broker.broker().addresses()).hasSize(2);
    client(Version.V5, login("bob")).expectNothing();
  }

  @Test
  void listenerGetsAnotherNameAtItsAddress() throws IOException {
    int port = freePort();
    addListener("first", port);
    broker.reload();
    Wire before = new Wire(Version.V5, new RunningBroker("127.0.0.1", port, true));
    before.connect(login("bob"));

    broker.set("listeners.1.name", "second");
    broker.set("listeners.1.mqtt-versions", "5.0");
    broker.reload();

    before.expectNothing();
    new Wire(Version.V5, new RunningBroker("127.0.0.1", port, true)).connect(login("bob"));
    Wire older = new Wire(Version.V3_1_1, new RunningBroker("127.0.0.1", port, true));
    older.send(login("bob"));
    older.expectConnAck(1); // its versions count
  }

  @Test
  void listenersStayWhenAnotherCannotBeOpened() throws IOException {
    int port = freePort();
    addListener("first", port);
    broker.reload();
    broker.set("listeners.1.name", "second");
    broker.set("listeners.2.name", "third");
    broker.set("listeners.2.bind", "127.0.0.1");
    broker.set("listeners.2.port", Integer.toString(broker.port()));
    broker.set("listeners.0.port", Integer.toString(freePort()));

    assertThatExceptionOfType(BindException.class).isThrownBy(() -> broker.reload());

    new Wire(Version.V5, new RunningBroker("127.0.0.1", port, true)).connect(login("bob"));
  }

  private void addListener(String name, int port) {
    broker.set("listeners.1.name", name);
    broker.set("listeners.1.bind", "127.0.0.1");
    broker.set("listeners.1.port", Integer.toString(port));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @EveryVersion
  void withUserNamesAsClientIdentifiersAUserHasOneSession(Version version) throws IOException {
    broker.set("listeners.0.user-name-as-client-id", "true");
    broker.reload();
    String topic = topic();
    Wire watcher = client(version, login("carl"));
    watcher.subscribe(topic, 1);
    Wire bob = client(version, login("bob", "bobs").will(will(topic, "taken over")));

    Wire again = client(version, login("bob", "another"));

    bob.expectRefusal(Reason.SESSION_TAKEN_OVER);
    watcher.expectPublish(topic, "taken over");
    again.expectNothing();
  }

  private static Connect login(String user) {
    return login(user, clientId());
  }

  private static Connect login(String user, String clientId) {
    return connect(clientId).userName(user).password(GuardedBroker.password(user));
  }

  private void expectRefused(Version version, Connect connect, int reason, int returnCode) {
    Wire client = open(version);
    client.send(connect);
    client.expectConnAck(version.hasProperties() ? reason : returnCode);
    client.expectEnd();
  }
}
