package io.dunlin.tests.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.broker.config.Key;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What documents name is there.
class DocumentsTest {
  private static final Path ROOT = Path.of(System.getProperty("dunlin.root", "."));
  private static final Pattern LINK = Pattern.compile("]\\((?!https?:|#)([^)#\\s]+)(?:#[^)]*)?\\)");
  private static final Pattern CODE = Pattern.compile("`([a-z0-9]+(?:\\.[a-z0-9*-]+)+)`");
  private static final Pattern EVENT = Pattern.compile("\"([a-z]+\\.[a-zA-Z-]+)[ \"]");

  @Test
  void linksLeadToFiles() throws IOException {
    assertThat(
            find(LINK)
                .filter(
                    link -> !Files.exists(ROOT.resolve(link.page()).resolveSibling(link.name()))))
        .isEmpty();
  }

  /// A word of this form may also be an event of the log; then it begins a text of the code. The
  /// changelog names keys that are gone.
  @Test
  void keysOfTheConfigurationExist() throws IOException {
    Set<String> keys = BrokerConfig.KEYS.stream().map(Key::path).collect(Collectors.toSet());
    Set<String> events = events();

    assertThat(
            find(CODE)
                .filter(code -> !code.page().endsWith("CHANGELOG.md"))
                .filter(code -> isKey(code.name(), keys) && !isKnown(code.name(), keys))
                .filter(code -> !events.contains(code.name())))
        .isEmpty();
  }

  @Test
  void noTwoDecisionsHaveOneNumber() throws IOException {
    try (Stream<Path> pages = Files.list(ROOT.resolve("docs/decisions"))) {
      assertThat(
              pages
                  .map(page -> page.getFileName().toString())
                  .filter(name -> name.matches("\\d{4}-.*"))
                  .map(name -> name.substring(0, 4)))
          .doesNotHaveDuplicates();
    }
  }

  private static Set<String> events() throws IOException {
    return SourceTree.read()
        .java()
        .filter(source -> !source.isTest())
        .flatMap(source -> source.lines().stream())
        .flatMap(line -> EVENT.matcher(line).results())
        .map(found -> found.group(1))
        .collect(Collectors.toSet());
  }

  /// Whether it looks like a key: it begins with a group that has keys.
  private static boolean isKey(String name, Set<String> keys) {
    String group = name.substring(0, name.indexOf('.') + 1);
    return keys.stream().anyMatch(key -> key.startsWith(group));
  }

  private static boolean isKnown(String name, Set<String> keys) {
    String path = name.replaceAll("\\.\\d+(?=\\.|$)", ".*");
    return keys.stream().anyMatch(key -> key.equals(path) || key.startsWith(path + "."));
  }

  private static Stream<Match> find(Pattern pattern) throws IOException {
    return SourceTree.read()
        .all()
        .filter(source -> source.path().toString().endsWith(".md"))
        .flatMap(page ->
            pattern
                .matcher(String.join("\n", page.lines()))
                .results()
                .map(found -> new Match(page.path(), found.group(1))));
  }

  /// Something that a page names.
  private record Match(Path page, String name) {}
}
