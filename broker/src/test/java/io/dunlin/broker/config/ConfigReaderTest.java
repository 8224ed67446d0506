package io.dunlin.broker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigReaderTest {
  @TempDir Path directory;

  @Test
  void withNothingSetOnlyThisMachineIsServed() throws ConfigException {
    BrokerConfig config = new ConfigReader().read().config();

    assertThat(config.listeners()).containsExactly(ListenerConfig.loopback(1883));
    assertThat(config.data().durability()).isEqualTo(Durability.DISK);
    assertThat(config).isEqualTo(BrokerConfig.defaults());
  }

  @Test
  void fileSetsKeysOfEveryKind() throws Exception {
    BrokerConfig config =
        new ConfigReader()
            .file(
                file(
                    """
                    # a comment
                    shards: 2
                    data:
                      directory: /srv/mqtt
                      durability: memory
                    message:
                      max-packet-bytes: 65_536
                    session:
                      queue-max-bytes: 5000000000
                    server:
                      response-information: "answers/here"
                    listeners:
                      - name: inside
                        bind: localhost
                      - bind: ["192.0.2.1", 2001:db8::1]
                        port: 1884
                        anonymous: true
                    """))
            .read()
            .config();

    assertThat(config.shards()).isEqualTo(2);
    assertThat(config.data()).isEqualTo(new DataConfig(Path.of("/srv/mqtt"), Durability.MEMORY));
    assertThat(config.message().maxPacketBytes()).isEqualTo(65_536);
    assertThat(config.session().queueMaxBytes()).isEqualTo(5_000_000_000L);
    assertThat(config.server().responseInformation()).isEqualTo("answers/here");
    assertThat(config.listeners())
        .extracting(listener -> listener.name() + " " + show(listener))
        .containsExactly(
            "inside [127.0.0.1:1883, [::1]:1883]",
            "listener-1 [192.0.2.1:1884, [2001:db8:0:0:0:0:0:1]:1884]");
  }

  @Test
  void laterSourcesWinAndAreRemembered() throws Exception {
    Path file = file("shards: 1\nlisteners: [{port: 1}]\nmessage: {topic-levels-max: 9}\n");

    Configuration configuration =
        new ConfigReader()
            .file(file)
            .environment(
                Map.of("DUNLIN_SHARDS", "2", "DUNLIN_LISTENERS_0_PORT", "2", "PATH", "/bin"))
            .set("shards=3")
            .option("--port", "listeners.0.port", "4")
            .read();

    assertThat(origins(configuration))
        .contains(
            "shards 3 --set",
            "listeners.0.port 4 --port",
            "message.topic-levels-max 9 " + file + ":3:29",
            "listeners.0.bind 127.0.0.1, ::1 default",
            "message.max-packet-bytes 1048576 default");
    assertThat(configuration.settings()).as("every key once").hasSize(BrokerConfig.KEYS.size());
    assertThat(configuration.config().shards()).isEqualTo(3);
  }

  @Test
  void environmentNamesListItems() throws ConfigException {
    Configuration configuration =
        new ConfigReader()
            .environment(
                Map.of("DUNLIN_LISTENERS_1_PORT", "1884", "DUNLIN_LISTENERS_0_BIND", "::1"))
            .read();

    assertThat(configuration.config().listeners())
        .extracting(ConfigReaderTest::show)
        .containsExactly("[[::1]:1883]", "[127.0.0.1:1884, [::1]:1884]");
  }

  @Test
  void foreignVariablesWarnAndMisspeltOnesAreErrors() throws ConfigException {
    Configuration configuration =
        new ConfigReader()
            .environment(Map.of("DUNLIN_PORT_1883_TCP_PROTO", "tcp", "DUNLIN_LOG_LEVEL", "debug"))
            .read();

    assertThat(configuration.warnings())
        .containsExactly(
            "environment DUNLIN_PORT_1883_TCP_PROTO: no key has this variable; it is ignored");
    assertThat(problems(new ConfigReader().environment(Map.of("DUNLIN_SHARD", "1"))))
        .containsExactly(
            "environment DUNLIN_SHARD: no key has this variable; did you mean DUNLIN_SHARDS?");
  }

  @Test
  void allProblemsAreListedWithTheirPlaces() throws Exception {
    Path file =
        file(
            """
            shard: 2
            max-packet-bytes: 5
            message:
              max-packet-byte: 5
              topic-levels-max: many
            connection: 5
            listeners:
              - port: 70000
                prot: 1
            session:
              will-grace-seconds:
              receive-maximum: [1, 2]
            zebra: {a: {b: c}}
            data:
              durability: none
            """);

    assertThat(problems(new ConfigReader().file(file).set("shards=-1").set("shards")))
        .containsExactly(
            file + ":1:1: shard: unknown key; did you mean shards?",
            file
                + ":2:1: max-packet-bytes: unknown key; did you mean listeners.0.max-packet-bytes"
                + " or message.max-packet-bytes?",
            file
                + ":4:3: message.max-packet-byte: unknown key; did you mean"
                + " message.max-packet-bytes?",
            file
                + ":6:13: connection: is a group of keys; indent below it: connect-input-bytes,"
                + " connect-timeout-seconds, keep-alive-max-seconds, max-connections,"
                + " outbox-max-bytes, topic-alias-max, topic-alias-max-outgoing",
            file + ":9:5: listeners.0.prot: unknown key; did you mean listeners.0.port?",
            file
                + ":11:22: session.will-grace-seconds: has no value; allowed: 0 to 3600 seconds;"
                + " or remove the key",
            file
                + ":12:20: session.receive-maximum: takes one value, not a list or a group;"
                + " allowed: 1 to 65535 packets",
            file
                + ":13:1: zebra: unknown key; known keys: acl, admin, connection, data, listeners,"
                + " log, message, retained, server, session, shards, storage, sys, users",
            "--set shards: '=' is missing; write --set key=value, for example --set shards=2",
            file + ":15:15: data.durability: 'none' is not allowed; allowed: disk or memory",
            file + ":8:11: listeners.0.port: '70000' is not allowed; allowed: 0 to 65535",
            file
                + ":5:21: message.topic-levels-max: 'many' is not allowed; allowed: 8 to 1024"
                + " levels",
            "--set: shards: '-1' is not allowed; allowed: 0 to 64 shards");
  }

  @Test
  void keyThatIsThereTwiceIsRefused() throws Exception {
    Path file = file("shards: 1\nshards: 2\n");

    assertThat(problems(new ConfigReader().file(file)))
        .containsExactly(file + ":2:1: shards: is there twice; keep one of the two");
  }

  @Test
  void brokenYamlIsRefusedWithItsLine() throws Exception {
    Path file = file("shards: 1\nmessage: {topic-levels-max: 9\nsession: }]\n");

    assertThat(problems(new ConfigReader().file(file)))
        .singleElement()
        .asString()
        .startsWith(file + ":3:")
        .contains("is not YAML: ")
        .doesNotContain("\n");
  }

  @Test
  void aliasesSecondDocumentsAndForeignShapesAreRefused() throws Exception {
    assertThat(problems(new ConfigReader().file(file("shards: &a 1\nstorage: *a\n")))).isNotEmpty();
    assertThat(problems(new ConfigReader().file(file("shards: 1\n---\nshards: 2\n"))))
        .singleElement()
        .asString()
        .contains("a second document begins");
    assertThat(problems(new ConfigReader().file(file("- shards\n"))))
        .first()
        .asString()
        .contains("keys and values are expected");
  }

  @Test
  void unreadableFilesAreRefusedWithTheirNames() throws Exception {
    Path latin = directory.resolve("latin.yaml");
    Files.write(latin, "shards: 1 # ä".getBytes(StandardCharsets.ISO_8859_1));
    Path absent = directory.resolve("absent.yaml");

    assertThat(problems(new ConfigReader().file(latin)))
        .containsExactly(latin + ": is not UTF-8 text; save it as UTF-8");
    assertThat(problems(new ConfigReader().file(absent)))
        .containsExactly(absent + ": there is no such file; check the path after --config");
    assertThat(new ConfigReader().file(file("")).read().config())
        .isEqualTo(BrokerConfig.defaults());
  }

  @Test
  void listenerThatOthersCanReachMustSayAnonymous() throws Exception {
    Path file = file("listeners:\n  - bind: [127.0.0.1, 0.0.0.0]\n");

    assertThat(problems(new ConfigReader().file(file)))
        .containsExactly(
            file
                + ":2:11: listeners.0.bind: listener 'default' at 127.0.0.1, 0.0.0.0 can be"
                + " reached from other machines, and would let everybody in: no logins are"
                + " known; set users.password-file ('dunlin passwd' makes one), bind 127.0.0.1 or"
                + " ::1, or say so in words: 'anonymous: true' at this listener in the file, or"
                + " --set listeners.0.anonymous=true");
    assertThat(new ConfigReader().file(file).set("listeners.0.anonymous=true").read().config())
        .satisfies(config -> assertThat(config.listeners().getFirst().anonymous()).isTrue());
  }

  @Test
  void listenerBehindAProxyIsReachedByOthersWhereverItIsBound() throws Exception {
    Path file = file("listeners:\n  - proxies: [127.0.0.1]\n");

    assertThat(problems(new ConfigReader().file(file)))
        .singleElement()
        .asString()
        .startsWith(
            file + ":2:14: listeners.0.proxies: listener 'default' at 127.0.0.1, ::1 can be")
        .contains("through its proxies, and would let everybody in", "'anonymous: true'")
        .doesNotContain("bind 127.0.0.1");
    assertThat(new ConfigReader().file(file).set("listeners.0.anonymous=true").read().config())
        .satisfies(config -> assertThat(config.listeners().getFirst().anonymous()).isTrue());
    assertThat(new ConfigReader().file(file).set("users.password-file=u").read().config())
        .satisfies(config -> assertThat(config.listeners().getFirst().anonymous()).isFalse());
  }

  @Test
  void listenerWithClientCertificatesAloneIsToldOfCertificateUser() {
    ConfigReader reader =
        new ConfigReader()
            .set("listeners.0.type=tls")
            .set("listeners.0.bind=0.0.0.0")
            .set("listeners.0.tls.certificate=broker.pem")
            .set("listeners.0.tls.key=broker.key")
            .set("listeners.0.tls.client-certificates=required")
            .set("listeners.0.tls.ca=ca.pem");

    assertThat(problems(reader))
        .singleElement()
        .asString()
        .contains("without a user name whoever has a certificate: no logins are known")
        .contains("; set certificate-user: common-name at this listener,");
  }

  @Test
  void twoUnixListenersOnOnePathAreRefused() {
    ConfigReader reader =
        new ConfigReader()
            .set("listeners.0.type=unix")
            .set("listeners.0.unix.path=/run/d/../dunlin.sock")
            .set("listeners.1.type=unix")
            .set("listeners.1.unix.path=/run/dunlin.sock");

    assertThat(problems(reader))
        .containsExactly(
            "--set: listeners.1.unix.path: two listeners have the Unix socket /run/dunlin.sock");
  }

  @Test
  void withLoginsNobodyIsLetInWithoutUnlessTheListenerSaysSo() throws Exception {
    ConfigReader reader =
        new ConfigReader()
            .set("users.password-file=users.txt")
            .set("listeners.0.bind=0.0.0.0")
            .set("listeners.1.port=1884")
            .set("listeners.2.port=1885")
            .set("listeners.2.anonymous=true");

    assertThat(reader.read().config().listeners())
        .extracting(ListenerConfig::anonymous)
        .containsExactly(false, false, true);
    assertThat(
            new ConfigReader()
                .set("listeners.0.type=tls")
                .set("listeners.0.bind=0.0.0.0")
                .set("listeners.0.certificate-user=common-name")
                .set("listeners.0.tls.certificate=broker.pem")
                .set("listeners.0.tls.key=broker.key")
                .set("listeners.0.tls.client-certificates=required")
                .set("listeners.0.tls.ca=ca.pem")
                .read()
                .config()
                .listeners())
        .extracting(ListenerConfig::anonymous)
        .containsExactly(false);
  }

  @ParameterizedTest
  @CsvSource({"tcp, make it one of type tls or wss", "tls, set tls.client-certificates to"})
  void certificateUserWithoutCertificatesIsRefusedWithTheRemedy(String type, String remedy) {
    ConfigReader reader =
        new ConfigReader()
            .set("listeners.0.type=" + type)
            .set("listeners.0.tls.certificate=broker.pem")
            .set("listeners.0.tls.key=broker.key")
            .set("listeners.0.certificate-user=common-name");

    assertThat(problems(reader))
        .singleElement()
        .asString()
        .startsWith("--set: listeners.0.certificate-user: listener 'default' asks its clients")
        .contains(remedy);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tenants", "$a/", "a/+/", "#/"})
  void mountPointIsAPathThatEndsWithASlash(String mountPoint) {
    assertThat(problems(new ConfigReader().set("listeners.0.mount-point=" + mountPoint)))
        .singleElement()
        .asString()
        .startsWith("--set: listeners.0.mount-point: '" + mountPoint + "' is no mount point");
  }

  @Test
  void listenerThatLetsNobodyInIsRefused() {
    assertThat(problems(new ConfigReader().set("listeners.0.anonymous=false")))
        .singleElement()
        .asString()
        .startsWith("--set: listeners.0.anonymous: nobody could connect to listener 'default'");
  }

  @ParameterizedTest
  @CsvSource({
    "message.max-packet-bytes=2000000, connection.outbox-max-bytes",
    "storage.segment-bytes=1048576, storage.segment-bytes",
    "storage.log-max-bytes=4194304, storage.log-max-bytes",
    "listeners.1.name=two, listeners.1.port",
    "listeners.1.name=default, listeners.1.name",
    "listeners.2.port=5, listeners.1",
    "listeners.64.port=5, listeners.64.port",
    "listeners.x.port=5, listeners.x.port",
    "listeners.*.port=5, listeners.*.port",
    "listeners.0.bind=example.org, listeners.0.bind",
    "'listeners.0.bind=127.0.0.1,', listeners.0.bind",
    "listeners.0.name=, listeners.0.name",
    "listeners.0=5, listeners.0",
    "data.directory=, data.directory",
  })
  void whatDoesNotFitIsRefusedAtItsKey(String set, String key) {
    ConfigException refused =
        catchThrowableOfType(ConfigException.class, () -> new ConfigReader().set(set).read());

    assertThat(refused.problems()).extracting(Problem::key).containsExactly(key);
  }

  @Test
  void embeddingUsesTheSameKeys() {
    BrokerConfig config =
        BrokerConfig.of(Map.of("listeners.0.port", "0", "data.directory", "~/state"));

    assertThat(config.listeners()).containsExactly(ListenerConfig.loopback(0));
    assertThat(config.data().directory())
        .isEqualTo(Path.of(System.getProperty("user.home"), "state"));
  }

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("dunlin.yaml"), text);
  }

  private static List<String> problems(ConfigReader reader) {
    ConfigException refused = catchThrowableOfType(ConfigException.class, reader::read);
    return Arrays.asList(String.valueOf(refused.getMessage()).split("\n"));
  }

  private static List<String> origins(Configuration configuration) {
    return configuration.settings().stream()
        .map(setting -> setting.path() + " " + setting.text() + " " + setting.origin())
        .toList();
  }

  private static String show(ListenerConfig listener) {
    return listener.addresses().stream().map(ListenerConfig::show).toList().toString();
  }
}
