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
        whose duty a statement is: S the server, C the client, SC both. The broker is held to S and SC, the client
        library to C and SC: a server of which the test says every byte talks to it (`Client…Test`). MQTT 3.1 has no
        numbered statements; besides its own rules the broker is held to the cases of 3.1.1 where the two agree.

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
    page.append(
        "| | bind a server | tested | not tested | bind a client | tested | not tested |\n");
    page.append("|---|---|---|---|---|---|---|\n");
    for (String specification : specifications) {
      page.append("| MQTT %s |".formatted(specification));
      for (boolean client : new boolean[] {false, true}) {
        List<Requirement> all =
            of(specification).stream().filter(each -> each.binds(client)).toList();
        long tested = all.stream().filter(each -> citations.tested(each, client)).count();
        page.append(" %d | %d | %d |".formatted(all.size(), tested, all.size() - tested));
      }
      page.append("\n");
    }
    page.append("\n%d tests cite them.\n".formatted(citations.tests()));
  }

  private void table(String specification) {
    page.append("\n## MQTT %s\n\n".formatted(specification));
    page.append(
        """
        | Statement | Who | What it asks | Broker | Client | Tests |
        |---|---|---|---|---|---|
        """);
    for (Requirement each : of(specification)) {
      page.append(
              "| %s | %s | %s | ".formatted(each.id(), each.who(), each.text().replace("|", "\\|")))
          .append(
              "%s | %s | %s |\n".formatted(verdict(each, false), verdict(each, true), tests(each)));
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

  private @Nullable String departure(Requirement each) {
    @Nullable String ofBroker = departure(each, false);
    return ofBroker == null ? departure(each, true) : ofBroker;
  }

  private @Nullable String departure(Requirement each, boolean client) {
    for (Citations.Citation citation : citations.of(each)) {
      if (citation.departure() != null && citation.ofClient() == client) {
        return citation.departure();
      }
    }
    return null;
  }

  private String verdict(Requirement each, boolean client) {
    if (departure(each, client) != null) {
      return "departs";
    }
    if (citations.tested(each, client)) {
      return "tested";
    }
    return each.binds(client) ? each.noTestBecause(client) : "–";
  }

  private String tests(Requirement each) {
    return citations.of(each).stream()
        .map(citation -> "`" + citation.test() + "`")
        .collect(Collectors.joining("<br>"));
  }
}
