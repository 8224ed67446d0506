package io.dunlin.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Scans against a plain map, from a seed.
class RetainedTopicsProperties {
  private final RetainedTopics<String> retained = new RetainedTopics<>();
  private final Map<String, String> model = new HashMap<>();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void scanFindsWhatMatchesWhereverItIsInterrupted(long seed) {
    Generator generator = new Generator(seed);
    for (int round = 0; round < 100; round++) {
      change(generator, 20);
      String filter = generator.filter();
      List<String> expected = matching(model.keySet(), filter);
      for (int limit = 1; limit <= model.size() + 2; limit++) {
        List<String> bySteps = new ArrayList<>();
        List<String> byMatches = new ArrayList<>();
        Slice after = null;
        do {
          after = scan(filter, after, limit, Integer.MAX_VALUE, bySteps);
        } while (after != null);
        do {
          after = scan(filter, after, Integer.MAX_VALUE, limit, byMatches);
        } while (after != null);

        assertThat(bySteps)
            .as("seed %s, round %s, %s by %s in %s", seed, round, filter, limit, model)
            .isSortedAccordingTo((a, b) -> FilterRange.compare(Slice.utf8(a), Slice.utf8(b)))
            .containsExactlyInAnyOrderElementsOf(expected);
        assertThat(byMatches).isEqualTo(bySteps);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void scanMissesAndDoublesNothingThatStaysWhileOthersComeAndGo(long seed) {
    Generator generator = new Generator(seed);
    for (int round = 0; round < 300; round++) {
      change(generator, 30);
      String filter = generator.filter();
      Set<String> always = new HashSet<>(matching(model.keySet(), filter));
      Set<String> ever = new HashSet<>(always);
      List<String> found = new ArrayList<>();
      int limit = 1 + generator.random.nextInt(10);
      Slice after = null;
      do {
        after = scan(filter, after, limit, limit, found);
        change(generator, 3);
        always.retainAll(model.keySet());
        ever.addAll(matching(model.keySet(), filter));
      } while (after != null);

      assertThat(found)
          .as("seed %s, round %s, %s by %s", seed, round, filter, limit)
          .doesNotHaveDuplicates()
          .containsAll(always);
      assertThat(ever).containsAll(found);
    }
  }

  /// Changes some topics, and lets no more than 40 stay.
  private void change(Generator generator, int count) {
    for (int i = 0; i < count; i++) {
      String topic = generator.topic();
      assertThat(retained.put(Slice.utf8(topic), topic)).isEqualTo(model.put(topic, topic));
      if (model.size() > 40 || generator.random.nextBoolean()) {
        String gone = generator.oneOf(List.copyOf(model.keySet()));
        assertThat(retained.remove(Slice.utf8(gone))).isEqualTo(model.remove(gone));
      }
    }
    assertThat(retained.size()).isEqualTo(model.size());
  }

  private static List<String> matching(Collection<String> topics, String filter) {
    return topics.stream().filter(topic -> Generator.matches(filter, topic)).toList();
  }

  private @Nullable Slice scan(
      String filter, @Nullable Slice after, int maxSteps, int maxMatches, List<String> found) {
    int before = found.size();
    Slice reached =
        retained.scan(
            Slice.utf8(filter),
            after,
            maxSteps,
            maxMatches,
            (topic, value) -> {
              assertThat(topic.utf8()).isEqualTo(value);
              found.add(value);
            });
    assertThat(found.size() - before).isLessThanOrEqualTo(Math.min(maxSteps, maxMatches));
    return reached;
  }
}
