package io.dunlin.tests.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What the compiler does not see. The patterns are written so that they do not find themselves.
class SourceTextTest {
  private static final int LONGEST_FILE = 1_000;

  private static SourceTree tree;

  @BeforeAll
  static void readTheTree() throws IOException {
    tree = SourceTree.read();
  }

  @Test
  void theTreeIsRead() {
    assertThat(tree.java()).anyMatch(source -> source.path().endsWith("SourceTextTest.java"));
    assertThat(tree.all()).anyMatch(source -> source.path().toString().equals("verify"));
  }

  @Test
  void noTestIsSwitchedOff() {
    assertThat(
            SourceTree.find(
                tree.java(), Pattern.compile("@(Disabled|Ignore)\\b|\\bassum[e]True\\(false")))
        .isEmpty();
    assertThat(SourceTree.find(tree.all(), Pattern.compile("\\b(it|test|describe)[.]skip\\(")))
        .isEmpty();
  }

  @Test
  void noTestSleeps() {
    assertThat(
            SourceTree.find(
                tree.java().filter(SourceTree.Source::isTest),
                Pattern.compile("\\bThread[.]sleep|\\bTimeUnit[.][A-Z]+[.]sleep")))
        .isEmpty();
  }

  @Test
  void testsAreNamedForFacts() {
    assertThat(
            SourceTree.find(
                tree.java().filter(SourceTree.Source::isTest),
                Pattern.compile("^  (public )?void (test|should)[A-Z_]")))
        .isEmpty();
  }

  @Test
  void whatIsUnfinishedNamesItsIssue() {
    assertThat(
            SourceTree.find(
                tree.java(), Pattern.compile("\\b(TO[D]O|FI[X]ME|X[X]X|HA[C]K)\\b(?! ?\\(?#\\d)")))
        .isEmpty();
  }

  @Test
  void suppressionsGiveTheirReasonOnTheLine() {
    assertThat(
            SourceTree.find(tree.java(), Pattern.compile("@Suppress[W]arnings\\([^)]*\\)(?!.*//)")))
        .isEmpty();
  }

  @Test
  void filesAreNoLongerThanAThousandLines() {
    List<String> tooLong =
        tree.java()
            .filter(source -> source.lines().size() > LONGEST_FILE)
            .map(source -> source.path() + " has " + source.lines().size() + " lines")
            .toList();

    assertThat(tooLong).isEmpty();
  }

  /// Homebrew's place on Linux is the same on all machines, and ann is nobody: she lives in tests
  /// only.
  @Test
  void noFileNamesAPathOfOneMachine() {
    assertThat(
            SourceTree.find(
                tree.all(),
                Pattern.compile(
                    "(?<![\\w.])/(home/(?!linuxbrew|ann\\b)\\w|Users/\\w|root/|usr/lib/jvm/\\w)")))
        .isEmpty();
  }
}
