package io.dunlin.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Users and rights are changed over the control socket of a broker.
class AccessCommandsTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir Path directory;
  private Path usersFile = Path.of("");
  private Path rulesFile = Path.of("");

  @BeforeEach
  void files() throws IOException {
    usersFile = directory.resolve("users");
    rulesFile = directory.resolve("acl.yaml");
    Files.writeString(usersFile, "# who may log in\n");
  }

  // -- users ----------------------------------------------------------------------------------

  @Test
  void userThatWasAddedMayLogInAndIsListed() throws Exception {
    try (Running running = withUsers()) {
      assertThat(set(running, "ann", "geheim").path("ok").path("new").asBoolean()).isTrue();
      set(running, "bob", "x");
      try (MqttPeer _ = running.user("panel", "ann", "geheim")) {
        assertThat(ask(running, "users").at("/ok/users").toString())
            .isEqualTo(
                "[{\"user\":\"ann\",\"connected\":true},{\"user\":\"bob\",\"connected\":false}]");
      }
    }
    assertThat(Files.readString(usersFile))
        .startsWith("# who may log in\nann:$argon2id$v=19$m=64,t=1,p=1$")
        .doesNotContain("geheim");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(usersFile)))
        .doesNotContain("o")
        .startsWith("rw-")
        .endsWith("---");
  }

  @Test
  void newPasswordAndRemovalDisconnect() throws Exception {
    try (Running running = withUsers()) {
      set(running, "ann", "one");
      try (MqttPeer ann = running.user("panel", "ann", "one")) {
        assertThat(set(running, "ann", "two").path("ok").path("new").asBoolean()).isFalse();
        assertThat(ann.expect(0xe0)[0]).isEqualTo((byte) 0x87);
      }
      try (MqttPeer ann = running.user("panel", "ann", "two")) {
        assertThat(ask(running, "user-remove", "user", "ann").has("ok")).isTrue();
        assertThat(ann.expect(0xe0)[0]).isEqualTo((byte) 0x87);
      }
      assertThat(ask(running, "user-remove", "user", "ann").path("code").asText())
          .isEqualTo("not-found");
    }
    assertThat(usersFile).hasContent("# who may log in\n");
  }

  @Test
  void withoutAPasswordFileTheRemedyIsSaid() throws Exception {
    try (Running running = Running.on(directory.resolve("data"))) {
      for (String what : List.of("users", "user-set", "user-remove")) {
        assertThat(ask(running, what, "user", "ann", "password", "eA==").path("error").asText())
            .contains("set users.password-file", "dunlin passwd");
      }
    }
  }

  @Test
  void wrongNamesPasswordsAndFilesChangeNothing() throws Exception {
    try (Running running = withUsers()) {
      assertThat(set(running, "a:b", "x").path("error").asText()).contains("a user name has");
      assertThat(set(running, "ann", "").path("error").asText()).contains("1 to 65535 bytes");
      assertThat(ask(running, "user-set", "user", "ann", "password", "ge heim").toString())
          .contains("is not base64")
          .doesNotContain("heim");
      Files.writeString(usersFile, "ann:plain\n");
      assertThat(set(running, "bob", "x").path("error").asText())
          .contains("nothing has changed", usersFile + ":1:1:")
          .doesNotContain("plain");
    }
    assertThat(usersFile).hasContent("ann:plain\n");
  }

  @Test
  void brokenRulesKeepUsersAsTheyWere() throws Exception {
    Files.writeString(rulesFile, "everyone:\n  - allow: all\n    topics: '#'\n");
    try (Running running = with("users.password-file", usersFile, "acl.file", rulesFile)) {
      Files.writeString(rulesFile, "nonsense: 1\n");

      assertThat(set(running, "ann", "x").path("error").asText())
          .contains("nothing has changed", rulesFile + ":1:1:");
    }
    assertThat(usersFile).hasContent("# who may log in\n");
  }

  // -- rights ---------------------------------------------------------------------------------

  @Test
  void changesOfRulesCountAtOnceAndStandInTheFile() throws Exception {
    Files.writeString(
        rulesFile, "# ours\n\neveryone:\n  - allow: all # for now\n    topics: '#'\n");
    try (Running running = with("acl.file", rulesFile);
        MqttPeer panel = running.client("panel");
        MqttPeer oven = running.client("oven")) {
      panel.subscribe("plant/#");

      JsonNode denied = rule(running, "rule-add", ":anonymous", "receive", "plant/secret");
      oven.publish("plant/secret", 1, false);
      oven.publish("plant/open", 1, false);

      assertThat(new String(panel.expect(0x30), 2, 10, UTF_8)).isEqualTo("plant/open");
      assertThat(denied.at("/ok/commentsKeptIn").asText()).isEqualTo(rulesFile + ".before");
      assertThat(rulesFile)
          .hasContent(
              """
              # ours

              anonymous:
                - deny: receive
                  topics: plant/secret
              everyone:
                - allow: all
                  topics: "#"
              """);

      JsonNode revoked = rule(running, "rule-revoke", ":anonymous", "receive", "plant/secret");
      oven.publish("plant/secret", 1, false);

      assertThat(revoked.has("ok")).isTrue();
      assertThat(new String(panel.expect(0x30), 2, 12, UTF_8)).isEqualTo("plant/secret");
      assertThat(rule(running, "rule-revoke", ":anonymous", "receive", "x").path("code").asText())
          .isEqualTo("not-found");
    }
  }

  @Test
  void rightsOfAUserAreInTheOrderInWhichTheyAreAsked() throws Exception {
    Files.writeString(rulesFile, "everyone:\n  - allow: receive\n    topics: '#'\n");
    try (Running running = with("acl.file", rulesFile)) {
      assertThat(allow(running, "role:sensor", "publish", "s/%u/#").at("/ok/newRole").asBoolean())
          .isTrue();
      ObjectNode roles = request("roles-set", "user", "ann");
      roles.putArray("roles").add("sensor");
      assertThat(ask(running, roles).has("ok")).isTrue();
      allow(running, "ann", "subscribe,publish", "a/#");

      JsonNode ann = ask(running, "rights", "who", "ann").path("ok");
      JsonNode all = ask(running, "rights").path("ok");

      assertThat(texts(ann.path("rules"), "who"))
          .containsExactly("ann", "role:sensor", ":everyone");
      assertThat(ann.at("/rules/0/actions").toString()).isEqualTo("[\"publish\",\"subscribe\"]");
      assertThat(ann.at("/users/0/roles/0").asText()).isEqualTo("sensor");
      assertThat(all.path("source").asText()).isEqualTo("file");
      assertThat(all.path("file").asText()).isEqualTo(rulesFile.toString());
      roles.putArray("roles").add("sensors");
      assertThat(ask(running, roles).path("error").asText()).contains("did you mean 'sensor'?");
    }
  }

  @Test
  void whatWouldBeRefusedAtStartIsRefusedHereInTheSameWords() throws Exception {
    String text = "everyone:\n  - allow: receive\n    topics: \"#\"\n";
    Files.writeString(rulesFile, text);
    try (Running running = with("acl.file", rulesFile)) {
      assertThat(error(allow(running, "ann", "publish", "a/#/b")))
          .contains("'a/#/b' is no topic filter");
      assertThat(error(allow(running, "ann", "publish", "100%"))).contains("stands for nothing");
      assertThat(error(allow(running, "ann", "write", "a"))).contains("'write' is no action");
      assertThat(error(allow(running, ":nobody", "publish", "a"))).contains("':nobody' is nobody");
      assertThat(error(rule(running, "rule-revoke", ":everyone", "receive", "#")))
          .contains("there is no rule in it: nobody could do anything");
    }
    assertThat(rulesFile).hasContent(text);
  }

  @Test
  void rulesThatAreInNoFileAreNotChanged() throws Exception {
    try (Running running = Running.on(directory.resolve("data"))) {
      assertThat(error(allow(running, "ann", "publish", "a"))).contains("set acl.file");
      assertThat(error(rule(running, "rule-revoke", "ann", "publish", "a")))
          .contains("everything is allowed");
      assertThat(ask(running, "rights").at("/ok/source").asText()).isEqualTo("none");
    }
  }

  @Test
  void firstRuleMakesTheFileOnceItIsSaidToBeMeant() throws Exception {
    Map<String, String> later = Map.of("acl.file", rulesFile.toString());
    try (Running running = Running.thatBecomes(directory.resolve("data"), later);
        MqttPeer panel = running.client("panel")) {
      JsonNode asked = allow(running, ":anonymous", "subscribe", "plant/#");
      assertThat(asked.path("code").asText()).isEqualTo("needs-yes");
      assertThat(rulesFile).doesNotExist();

      ObjectNode meant =
          request("rule-add", "who", ":anonymous", "action", "subscribe", "filter", "plant/#")
              .put("allow", true)
              .put("yes", true);
      assertThat(ask(running, meant).at("/ok/created").asText()).isEqualTo(rulesFile.toString());

      assertThat(rulesFile)
          .hasContent("anonymous:\n  - allow: subscribe\n    topics: \"plant/#\"\n");
      panel.publish("plant/a", 1, true);
      assertThat(ask(running, "retained", "filter", "#").at("/ok/retained")).as("denied").isEmpty();
      assertThat(allow(running, ":anonymous", "publish", "plant/a").has("ok")).isTrue();
      panel.publish("plant/a", 1, true);
      assertThat(ask(running, "retained", "filter", "#").at("/ok/retained")).hasSize(1);
    }
  }

  // -- pieces ---------------------------------------------------------------------------------

  private Running withUsers() throws IOException {
    return with("users.password-file", usersFile);
  }

  private Running with(String key, Path value) throws IOException {
    return Running.on(directory.resolve("data"), Map.of(key, value.toString()));
  }

  private Running with(String key, Path value, String other, Path otherValue) throws IOException {
    return Running.on(
        directory.resolve("data"), Map.of(key, value.toString(), other, otherValue.toString()));
  }

  private static JsonNode set(Running running, String user, String password) throws IOException {
    return ask(
        running,
        request("user-set", "user", user)
            .put("password", Base64.getEncoder().encodeToString(password.getBytes(UTF_8)))
            .put("memoryKib", 64)
            .put("iterations", 1));
  }

  private static JsonNode allow(Running running, String who, String action, String filter)
      throws IOException {
    return ask(
        running,
        request("rule-add", "who", who, "action", action, "filter", filter).put("allow", true));
  }

  private static JsonNode rule(
      Running running, String what, String who, String action, String filter) throws IOException {
    return ask(running, what, "who", who, "action", action, "filter", filter);
  }

  private static String error(JsonNode answer) {
    return answer.path("error").asText();
  }

  private static List<String> texts(JsonNode list, String field) {
    List<String> texts = new ArrayList<>();
    list.forEach(item -> texts.add(item.path(field).asText()));
    return texts;
  }

  private static ObjectNode request(String what, String... fields) {
    ObjectNode request = MAPPER.createObjectNode().put("v", 1).put("do", what);
    for (int i = 0; i < fields.length; i += 2) {
      request.put(fields[i], fields[i + 1]);
    }
    return request;
  }

  private static JsonNode ask(Running running, String what, String... fields) throws IOException {
    return ask(running, request(what, fields));
  }

  private static JsonNode ask(Running running, ObjectNode request) throws IOException {
    try (SocketChannel channel =
            SocketChannel.open(UnixDomainSocketAddress.of(Control.socket(running.data())));
        BufferedReader in =
            new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), UTF_8))) {
      channel.write(ByteBuffer.wrap((request + "\n").getBytes(UTF_8)));
      return MAPPER.readTree(String.valueOf(in.readLine()));
    }
  }
}
