package io.dunlin.tests.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What the code says it obeys must be a statement of the specification it names: 5.0, or 3.1.1
/// where the citation says so.
class CitationsTest {
  private static final Path STATEMENTS =
      Path.of("tests/conformance/src/main/resources/io/dunlin/tests/conformance/statements.tsv");
  private static final Pattern CITATION = Pattern.compile("\\[(MQTT-\\d[^\\] ]*)([^\\]]*)\\]");

  private static SourceTree tree;

  @BeforeAll
  static void readTheTree() throws IOException {
    tree = SourceTree.read();
  }

  @Test
  void everyCitationIsAStatementOfTheSpecifications() {
    Set<String> known = statements();

    List<String> unknown =
        tree.java()
            .flatMap(source ->
                CITATION
                    .matcher(String.join("\n", source.lines()))
                    .results()
                    .filter(citation -> !known.contains(citation.group()))
                    .map(citation -> source.path() + ": " + citation.group()))
            .distinct()
            .toList();

    assertThat(unknown).isEmpty();
  }

  /// The statements as they are cited: `[MQTT-3.1.2-8]`, `[MQTT-3.1.2-8 v3.1.1]`.
  private static Set<String> statements() {
    Pattern row = Pattern.compile("^(5\\.0|3\\.1\\.1)\t(\\S+)\t.*");
    Set<String> statements =
        tree.all()
            .filter(source -> source.path().equals(STATEMENTS))
            .flatMap(source -> source.lines().stream())
            .map(row::matcher)
            .filter(Matcher::matches)
            .map(MatchResult.class::cast)
            .map(found -> found.group(1).equals("5.0") ? cited(found, "") : cited(found, " v3.1.1"))
            .collect(Collectors.toSet());
    assertThat(statements).as("statements in %s", STATEMENTS).hasSizeGreaterThan(300);
    return statements;
  }

  private static String cited(MatchResult row, String version) {
    return "[" + row.group(2) + version + "]";
  }
}
