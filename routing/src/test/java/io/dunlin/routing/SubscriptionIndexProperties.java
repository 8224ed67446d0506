package io.dunlin.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The index against a list of filters, over sequences of changes from a seed.
class SubscriptionIndexProperties {
  private record Held(String filter, String subscription) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void matchesWhatAListMatches(long seed) {
    Generator generator = new Generator(seed);
    SubscriptionIndex<String> index = new SubscriptionIndex<>(seed);
    List<String> subscriptions = subscriptions(1 + (int) seed * 5);
    List<Held> model = new ArrayList<>();
    for (int step = 0; step < 5_000; step++) {
      // grows and shrinks in turns
      boolean add = generator.random.nextInt(10) < (step / 500 % 2 == 0 ? 7 : 3);
      if (add || model.isEmpty()) {
        Held held = new Held(generator.filter(), generator.oneOf(subscriptions));
        boolean isNew = !model.contains(held);
        assertThat(index.add(bytes(held.filter), held.subscription)).isEqualTo(isNew);
        if (isNew) {
          model.add(held);
        }
      } else {
        Held held = model.remove(generator.random.nextInt(model.size()));
        assertThat(index.remove(bytes(held.filter), held.subscription)).isTrue();
        assertThat(index.remove(bytes(held.filter), held.subscription)).isFalse();
      }
      if (step % 10 == 0) {
        String topic = generator.topic();
        assertThat(match(index, topic))
            .as("seed %s, step %s, topic %s, of %s", seed, step, topic, model)
            .containsExactlyInAnyOrderElementsOf(expected(model, topic));
      }
      assertThat(index.size()).isEqualTo(model.size());
    }
    for (Held held : model) {
      index.remove(bytes(held.filter), held.subscription);
    }
    assertThat(index.size()).isZero();
    assertThat(index.topNodes()).as("nodes left").isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void changeOfWhatATopicMatchesChangesItsVersion(long seed) {
    Generator generator = new Generator(seed);
    SubscriptionIndex<String> index = new SubscriptionIndex<>(seed);
    List<String> subscriptions = subscriptions(3);
    List<String> topics = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      topics.add(generator.topic());
    }
    Map<String, List<String>> routes = new HashMap<>();
    Map<String, Long> versions = new HashMap<>();
    for (int step = 0; step < 2_000; step++) {
      String filter = generator.filter();
      String subscription = generator.oneOf(subscriptions);
      boolean changed =
          generator.random.nextBoolean()
              ? index.add(bytes(filter), subscription)
              : index.remove(bytes(filter), subscription);
      for (String topic : topics) {
        Slice bytes = bytes(topic);
        long version = index.version(index.stripe1(bytes), index.stripe2(bytes));
        List<String> route = match(index, topic);
        Long oldVersion = versions.put(topic, version);
        List<String> oldRoute = routes.put(topic, route);
        if (oldVersion != null && (!changed || oldVersion == version)) {
          assertThat(route).as("seed %s, %s after %s", seed, topic, filter).isEqualTo(oldRoute);
          assertThat(changed || oldVersion == version).isTrue();
        }
      }
    }
  }

  private static List<String> expected(List<Held> model, String topic) {
    return model.stream()
        .filter(held -> Generator.matches(held.filter, topic))
        .map(Held::subscription)
        .toList();
  }

  private static List<String> match(SubscriptionIndex<String> index, String topic) {
    List<String> found = new ArrayList<>();
    index.match(bytes(topic), found::add);
    found.sort(null);
    return found;
  }

  private static List<String> subscriptions(int count) {
    List<String> subscriptions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      subscriptions.add("S" + i);
    }
    return subscriptions;
  }

  private static Slice bytes(String text) {
    return Slice.utf8(text);
  }
}
