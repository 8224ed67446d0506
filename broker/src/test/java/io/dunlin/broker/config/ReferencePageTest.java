package io.dunlin.broker.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReferencePageTest {
  @Test
  void pageInTheRepositoryIsThatOfTheCode() throws IOException {
    assertThat(Files.readString(root().resolve("docs/reference/configuration.md")))
        .as("make it anew: ./dunlin config docs > docs/reference/configuration.md")
        .isEqualTo(ReferencePage.text());
  }

  @Test
  void everyKeyIsOnIt() {
    List<String> missing = new ArrayList<>();
    for (Key<?> key : BrokerConfig.KEYS) {
      String variable = key.environmentName().replace("_*_", "_0_");
      if (!ReferencePage.text().contains("| `" + key.path() + "` |")
          || !ReferencePage.text().contains("| `" + variable + "` |")) {
        missing.add(key.path());
      }
    }
    assertThat(missing).isEmpty();
  }

  static List<Key<?>> keys() {
    return BrokerConfig.KEYS;
  }

  /// By file, environment and `--set`: the value arrives, and its origin with it.
  @ParameterizedTest
  @MethodSource("keys")
  void everyKeyCanBeSetEverywhere(Key<?> key) throws Exception {
    String path = key.path().replace("*", "0");
    String variable = key.environmentName().replace("*", "0");
    String value = example(key);
    Map<String, String> environment = new HashMap<>(Map.of(variable, value));
    environment.put("DUNLIN_USERS_PASSWORD_FILE", "true"); // logins, as some keys let others in

    assertThat(origin(new ConfigReader().environment(environment), path))
        .hasToString("environment " + variable);
    assertThat(origin(new ConfigReader().environment(environment).set(path + "=" + value), path))
        .hasToString("--set");
  }

  private static String example(Key<?> key) {
    if (!key.defaultText().isEmpty()) {
      return key.defaultText();
    }
    if (key.equals(ListenerLimits.MOUNT_POINT)) {
      return "a/";
    }
    return key.type() instanceof KeyType.NetworksType ? "192.0.2.0/24" : "true";
  }

  private static Origin origin(ConfigReader reader, String path) throws ConfigException {
    return reader.read().settings().stream()
        .filter(setting -> setting.path().equals(path))
        .findFirst()
        .orElseThrow()
        .origin();
  }

  private static Path root() {
    Path directory = Path.of("").toAbsolutePath();
    while (!Files.exists(directory.resolve("ARCHITECTURE.md"))) {
      directory = Objects.requireNonNull(directory.getParent(), "not in the repository");
    }
    return directory;
  }
}
