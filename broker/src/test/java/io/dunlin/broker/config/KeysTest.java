package io.dunlin.broker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class KeysTest {
  static List<Key<?>> keys() {
    return BrokerConfig.KEYS;
  }

  @ParameterizedTest
  @MethodSource("keys")
  void everyKeySaysWhatItIs(Key<?> key) {
    assertThat(key.meaning()).endsWith(".").hasSizeGreaterThan(20);
    assertThat(key.type().allowed()).isNotBlank();
    if (key.defaultText().isEmpty()) {
      assertThat(key.meaning()).containsAnyOf("Default: ", "Empty: ");
    } else {
      assertThat(key.defaultValue()).isNotNull();
    }
  }

  @Test
  void everyRecordComponentHasItsKey() {
    List<String> components = new ArrayList<>();
    for (RecordComponent group : BrokerConfig.class.getRecordComponents()) {
      Class<?> type = group.getType() == List.class ? ListenerConfig.class : group.getType();
      String prefix = kebab(group.getName());
      if (type.isRecord()) {
        String path = group.getType() == List.class ? prefix + ".*." : prefix + ".";
        addKeys(path, type, components);
      } else {
        components.add(prefix);
      }
    }

    assertThat(BrokerConfig.KEYS)
        .extracting(Key::path)
        .containsExactlyInAnyOrderElementsOf(components);
  }

  private static void addKeys(String path, Class<?> type, List<String> components) {
    for (RecordComponent component : type.getRecordComponents()) {
      if (component.getType() == AclRules.class) {
        continue; // has no keys
      }
      if (component.getType().isRecord()) {
        String group =
            switch (component.getName()) {
              case "limits" -> "";
              case "webSocket" -> "ws.";
              default -> kebab(component.getName()) + ".";
            };
        addKeys(path + group, component.getType(), components);
      } else {
        components.add(path + kebab(component.getName()));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("keys")
  void everyKeySaysWhetherItChangesLive(Key<?> key) {
    assertThat(ReloadPlan.knows(key)).as("a line of %s in ReloadPlan", key.path()).isTrue();
  }

  @Test
  void constructorsRefuseWhatTheirKeysDo() {
    assertThatExceptionOfType(InvalidConfig.class)
        .isThrownBy(() -> new MessageLimits(255, 128, 0))
        .withMessage(
            "message.max-packet-bytes: '255' is not allowed; allowed: 256 to 33554432 bytes");
    assertThatExceptionOfType(InvalidConfig.class)
        .isThrownBy(() -> BrokerConfig.defaults().withListeners(List.of()))
        .withMessage("listeners: a broker needs at least one listener");
  }

  @Test
  void shardsFollowTheProcessors() {
    BrokerConfig auto = BrokerConfig.defaults();

    assertThat(List.of(auto.shardCount(1), auto.shardCount(2), auto.shardCount(9)))
        .containsExactly(1, 1, 4);
    assertThat(BrokerConfig.of(Map.of("shards", "3")).shardCount(1)).isEqualTo(3);
  }

  @Test
  void nearestWordAllowsForSwappedLetters() {
    assertThat(Nearest.distance("prot", "port")).isEqualTo(1);
    assertThat(Nearest.distance("shards", "shard")).isEqualTo(1);
    assertThat(Nearest.distance("", "abc")).isEqualTo(3);
    assertThat(Nearest.to("zebra", List.of("shards", "data"))).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "'', port, listeners.0.port or admin.port",
    "session, expirymax, session.expiry-max-seconds",
    "session, expiry, session.expiry-max-seconds",
    "session, max_queued_messages, session.queue-max-messages",
    "message, maxPacketSize, message.max-packet-bytes",
    "'', allow_anonymous, listeners.0.anonymous",
    "'', max_connections, listeners.0.max-connections or connection.max-connections",
    "'', logLevel, log.level",
    "'', password_file, users.password-file",
    "session, zebra,",
  })
  void abbreviatedAndForeignNamesFindTheirKey(String group, String name, @Nullable String path) {
    assertThat(new KeyTree(BrokerConfig.KEYS).nearest(group, name)).isEqualTo(path);
  }

  @Test
  void defaultDirectoryFollowsTheUser() {
    Properties root = new Properties();
    root.setProperty("user.name", "root");
    Properties ann = new Properties();
    ann.setProperty("user.name", "ann");
    ann.setProperty("user.home", "/home/ann");

    assertThat(DefaultDirectory.of(Map.of(), root)).hasToString("/var/lib/dunlin");
    assertThat(DefaultDirectory.of(Map.of(), ann)).hasToString("/home/ann/.local/state/dunlin");
    assertThat(DefaultDirectory.of(Map.of("XDG_STATE_HOME", "/x"), ann)).hasToString("/x/dunlin");
    assertThat(DefaultDirectory.of(Map.of("XDG_STATE_HOME", "relative"), ann))
        .hasToString("/home/ann/.local/state/dunlin");
  }

  private static String kebab(String camel) {
    return camel.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }
}
