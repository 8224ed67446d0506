package io.dunlin.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Holds the tests to the list of statements, and docs/conformance.md to the tests.
class StatementsTest {
  private final List<Requirement> requirements = Requirement.all();
  private final Citations citations = new Citations();

  @Test
  void everyCitedStatementExists() {
    assertThat(requirements.stream().map(Requirement::key)).containsAll(citations.cited());
  }

  @Test
  void everyStatementThatBindsAServerHasATestOrAReason() {
    assertThat(requirements)
        .filteredOn(Requirement::bindsServer)
        .filteredOn(each -> each.noTestBecause().isEmpty() && !citations.tested(each, false))
        .as("statements without a test of the broker")
        .extracting(Requirement::key)
        .isEmpty();
  }

  @Test
  void everyStatementThatBindsAClientHasATestOrAReason() {
    assertThat(requirements)
        .filteredOn(Requirement::bindsClient)
        .filteredOn(each -> each.noClientTestBecause().isEmpty() && !citations.tested(each, true))
        .as("statements without a test of the client")
        .extracting(Requirement::key)
        .isEmpty();
  }

  @Test
  void noTestedStatementHasAReasonForHavingNoTest() {
    assertThat(requirements)
        .filteredOn(each ->
            (!each.noTestBecause().isEmpty() && citations.tested(each, false))
                || (!each.noClientTestBecause().isEmpty() && citations.tested(each, true)))
        .extracting(Requirement::key)
        .isEmpty();
  }

  @Test
  void theCommittedPageIsWhatTheTestsSay() throws IOException {
    String generated = new ConformancePage(requirements, citations).write();
    Path page = Path.of(System.getProperty("dunlin.root", "."), "docs", "conformance.md");
    if (Boolean.getBoolean("dunlin.conformance.write")) {
      Files.createDirectories(page.getParent());
      Files.writeString(page, generated);
    }
    assertThat(page)
        .as("write it with -Ddunlin.conformance.write=true")
        .content()
        .isEqualTo(generated);
  }
}
