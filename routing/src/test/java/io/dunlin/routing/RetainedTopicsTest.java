package io.dunlin.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.base.Slice;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RetainedTopicsTest {
  private final RetainedTopics<Integer> retained = new RetainedTopics<>();

  @Test
  void holdsTheLastValueOfATopic() {
    assertThat(put("a", 1)).isNull();
    assertThat(put("a", 2)).isEqualTo(1);
    assertThat(retained.get(Slice.utf8("a"))).isEqualTo(2);
    assertThat(retained.size()).isEqualTo(1);

    assertThat(retained.remove(Slice.utf8("a"))).isEqualTo(2);

    assertThat(retained.remove(Slice.utf8("a"))).isNull();
    assertThat(retained.get(Slice.utf8("a"))).isNull();
    assertThat(retained.size()).isZero();
  }

  @Test
  void scanFollowsTheOrderOfTheTree() {
    List<String> inOrder = List.of("/", "/a", "a", "a/", "a//", "a/b", "a/b/c", "a!", "aa", "b");
    inOrder.reversed().forEach(topic -> put(topic, 0));

    assertThat(scan("#")).isEqualTo(inOrder);
    assertThat(scan("a/#")).containsExactly("a", "a/", "a//", "a/b", "a/b/c");
    assertThat(scan("+")).containsExactly("a", "a!", "aa", "b");
    assertThat(scan("a/+")).containsExactly("a/", "a/b");
    assertThat(scan("+/+")).containsExactly("/", "/a", "a/", "a/b");
    assertThat(scan("a/b")).containsExactly("a/b");
  }

  @Test
  void leadingWildcardPassesOverDollarTopics() {
    put("!", 0);
    put("$", 0);
    put("$SYS/a", 0);
    put("%", 0);

    assertThat(scan("#")).containsExactly("!", "%");
    assertThat(scan("+/a")).isEmpty();
    assertThat(scan("$SYS/#")).containsExactly("$SYS/a");
  }

  @Test
  void walkMeetsEveryTopicALimitedNumberAtATime() {
    List<String> inOrder = List.of("!", "$", "$SYS/a", "%", "a", "a/b", "a!");
    inOrder.reversed().forEach(topic -> put(topic, 0));
    List<String> found = new ArrayList<>();

    Slice reached = retained.walk(null, 2, (topic, value) -> found.add(topic.utf8()));
    assertThat(found).containsExactly("!", "$");
    while (reached != null) {
      reached = retained.walk(reached, 2, (topic, value) -> found.add(topic.utf8()));
    }

    assertThat(found).isEqualTo(inOrder);
  }

  @Test
  void scanJumpsOverWhatCannotMatch() {
    for (int i = 0; i < 100; i++) {
      for (int j = 0; j < 100; j++) {
        put("a/" + i + "/" + j, 0);
      }
      put("$SYS/" + i, 0);
      put("b/" + i, 0);
    }

    assertThat(steps("a/+/50")).isLessThanOrEqualTo(201);
    assertThat(steps("b/+")).isLessThanOrEqualTo(101);
    assertThat(steps("a/7/+")).isLessThanOrEqualTo(101);
    assertThat(steps("a/7/8")).isLessThanOrEqualTo(2);
    assertThat(steps("+")).isLessThanOrEqualTo(4);
    assertThat(steps("+/c")).isLessThanOrEqualTo(5);
  }

  @Test
  void scanStopsAtEitherLimit() {
    for (int i = 0; i < 10; i++) {
      put("a/" + i, i);
    }
    List<Integer> found = new ArrayList<>();

    Slice after =
        retained.scan(Slice.utf8("a/+"), null, 100, 3, (topic, value) -> found.add(value));
    assertThat(after).isEqualTo(Slice.utf8("a/2"));
    after = retained.scan(Slice.utf8("a/+"), after, 4, 100, (topic, value) -> found.add(value));
    assertThat(after).isEqualTo(Slice.utf8("a/6"));
    after = retained.scan(Slice.utf8("a/+"), after, 100, 100, (topic, value) -> found.add(value));

    assertThat(after).isNull();
    assertThat(found).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
  }

  @Test
  void scanGoesOnFromATopicThatIsGone() {
    put("a/1", 1);
    put("a/2", 2);
    put("a/3", 3);
    List<Integer> found = new ArrayList<>();
    Slice after = retained.scan(Slice.utf8("a/+"), null, 2, 9, (topic, value) -> found.add(value));

    retained.remove(Slice.utf8("a/2"));
    after = retained.scan(Slice.utf8("a/+"), after, 9, 9, (topic, value) -> found.add(value));

    assertThat(after).isNull();
    assertThat(found).containsExactly(1, 2, 3);
  }

  @Test
  void scanWithoutAnyStepIsRefused() {
    assertThatThrownBy(() -> retained.scan(Slice.utf8("#"), null, 0, 1, (topic, value) -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxSteps 0, maxMatches 1");
  }

  @Test
  void deepestTopicsAreScannedWithoutRecursion() {
    String deepest = "/".repeat(65_535);
    put(deepest, 1);
    put("a/".repeat(32_767) + "a", 2);

    assertThat(scan("+/".repeat(32_767) + "+")).containsExactly("a/".repeat(32_767) + "a");
    assertThat(scan("+/".repeat(32_767) + "#")).hasSize(2);
    assertThat(scan("/".repeat(65_534) + "#")).containsExactly(deepest);
  }

  private @Nullable Integer put(String topic, int value) {
    return retained.put(Slice.utf8(topic), value);
  }

  private List<String> scan(String filter) {
    List<String> found = new ArrayList<>();
    Slice after =
        retained.scan(
            Slice.utf8(filter), null, 1_000, 1_000, (topic, value) -> found.add(topic.utf8()));
    assertThat(after).isNull();
    return found;
  }

  /// How many turns of one step each a scan takes.
  private int steps(String filter) {
    int steps = 0;
    Slice after = null;
    do {
      after = retained.scan(Slice.utf8(filter), after, 1, 1, (topic, value) -> {});
      steps++;
    } while (after != null);
    return steps;
  }
}
