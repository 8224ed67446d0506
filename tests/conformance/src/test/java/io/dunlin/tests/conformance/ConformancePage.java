package io.dunlin.tests.conformance;

import io.dunlin.codec.PacketTable;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Writes docs/conformance.md.
final class ConformancePage {
  private final List<Requirement> requirements;
  private final Citations citations;
  private final StringBuilder page = new StringBuilder();

  ConformancePage(List<Requirement> requirements, Citations citations) {
    this.requirements = requirements;
    this.citations = citations;
  }

  String write() {
    page.append(
        """
        # Conformance

        Generated from the tests of `tests/conformance`; do not edit. To write it anew:
        `./verify -pl tests/conformance -Dtest=StatementsTest -Ddunlin.conformance.write=true`

        The suite starts the broker of this build, once with one shard and once with two, and talks to it over
        TCP. It also sends it the %d packets of the codec's table, right and wrong, each on a connection of its own:
        all have to be answered exactly as the table says. It takes any other broker as well:
        `-Ddunlin.conformance.host=… -Ddunlin.conformance.port=…` for one that runs, or
        `-Ddunlin.conformance.command="… {port} … {data}"` for one to be started;
        `-Ddunlin.conformance.explains=true` holds it to what Dunlin promises beyond the specification, above all
        that every refusal says why.

        Every numbered statement of the two specifications, in short words of our own (the standards' text
        decides), and the rules that the texts give without a number (`rule-…`). **Who** says
        whose duty a statement is: S the server, C the client, SC both. A broker is held to S and SC. MQTT 3.1
        has no numbered statements; besides its own rules it is held to the cases of 3.1.1 where the two agree.

        """
            .formatted(PacketTable.cases().size()));
    List<String> specifications =
        requirements.stream().map(Requirement::specification).distinct().toList();
    summarize(specifications);
    specifications.forEach(this::table);
    departures();
    return page.toString();
  }

  private void summarize(List<String> specifications) {
    page.append("| | bind a server | of these tested | not tested | client only |\n");
    page.append("|---|---|---|---|---|\n");
    for (String specification : specifications) {
      List<Requirement> all = of(specification);
      long server = all.stream().filter(Requirement::bindsServer).count();
      long tested = all.stream().filter(r -> r.bindsServer() && isTested(r)).count();
      page.append("| MQTT %s | ".formatted(specification))
          .append(
              "%d | %d | %d | %d |\n"
                  .formatted(server, tested, server - tested, all.size() - server));
    }
    page.append("\n%d tests cite them.\n".formatted(citations.tests()));
  }

  private void table(String specification) {
    page.append("\n## MQTT %s\n\n".formatted(specification));
    page.append("| Statement | Who | What it asks | Verdict | Tests |\n|---|---|---|---|---|\n");
    for (Requirement each : of(specification)) {
      page.append(
              "| %s | %s | %s | ".formatted(each.id(), each.who(), each.text().replace("|", "\\|")))
          .append("%s | %s |\n".formatted(verdict(each), tests(each)));
    }
  }

  private void departures() {
    page.append(
        "\n## Departures\n\nWhere Dunlin does other than a text says or suggests, and why.\n\n");
    List<String> lines =
        requirements.stream()
            .filter(each -> departure(each) != null)
            .map(this::departureLine)
            .toList();
    page.append(lines.isEmpty() ? "None.\n" : String.join("", lines));
  }

  private String departureLine(Requirement each) {
    return "- %s (%s): %s\n".formatted(each.id(), each.specification(), departure(each));
  }

  private List<Requirement> of(String specification) {
    return requirements.stream().filter(r -> r.specification().equals(specification)).toList();
  }

  private boolean isTested(Requirement each) {
    return !citations.of(each).isEmpty();
  }

  private @Nullable String departure(Requirement each) {
    for (Citations.Citation citation : citations.of(each)) {
      if (citation.departure() != null) {
        return citation.departure();
      }
    }
    return null;
  }

  private String verdict(Requirement each) {
    if (departure(each) != null) {
      return "departs";
    }
    if (isTested(each)) {
      return "tested";
    }
    return each.bindsServer() ? each.noTestBecause() : "client";
  }

  private String tests(Requirement each) {
    return citations.of(each).stream()
        .map(citation -> "`" + citation.test() + "`")
        .collect(Collectors.joining("<br>"));
  }
}
