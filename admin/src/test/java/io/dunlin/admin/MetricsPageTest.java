package io.dunlin.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dunlin.broker.observe.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the documents say about metrics is what the broker exports.
class MetricsPageTest {
  private static final Path DOCS = Path.of(System.getProperty("dunlin.root", ".."), "docs");
  private static final Pattern NAME = Pattern.compile("\\bdunlin_[a-z0-9_]+");

  @TempDir Path data;

  @Test
  void referencePageIsThatOfTheRegistry() throws IOException {
    Path page = DOCS.resolve("reference/metrics.md");
    String generated = MetricsPage.of(metrics());
    if (Boolean.getBoolean("dunlin.docs.write")) {
      Files.createDirectories(page.getParent());
      Files.writeString(page, generated);
    }

    assertThat(Files.readString(page))
        .as("write it with -Ddunlin.docs.write=true")
        .isEqualTo(generated);
  }

  @Test
  void boardShowsOnlyMetricsThatThereAre() throws IOException {
    Set<String> exported = metrics().stream().map(Metric::name).collect(Collectors.toSet());
    JsonNode board =
        new ObjectMapper().readTree(DOCS.resolve("grafana/dunlin.json").toFile());
    Set<String> shown = new TreeSet<>();
    for (JsonNode expression : board.findValues("expr")) {
      NAME.matcher(expression.asText()).results().map(MatchResult::group).forEach(shown::add);
    }

    assertThat(shown).hasSizeGreaterThan(20).isSubsetOf(exported);
  }

  @Test
  void guideNamesOnlyMetricsThatThereAre() throws IOException {
    Set<String> exported = metrics().stream().map(Metric::name).collect(Collectors.toSet());
    String guide = Files.readString(DOCS.resolve("guide/operating.md"));

    assertThat(NAME.matcher(guide).results().map(MatchResult::group)).isSubsetOf(exported);
  }

  private List<Metric> metrics() throws IOException {
    try (Running running = Running.on(data)) {
      return running.broker().metrics().all();
    }
  }
}
