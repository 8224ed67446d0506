package io.dunlin.routing;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// Topics and filters from a seed, from few enough levels that they often meet.
final class Generator {
  private static final List<String> WORDS = List.of("", "a", "b", "aa", "a!", "a\u0001", "ä", "$S");

  final RandomGenerator random;

  Generator(long seed) {
    random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  String topic() {
    String topic;
    do {
      topic = String.join("/", words(1 + random.nextInt(4)));
    } while (topic.isEmpty());
    return topic;
  }

  String filter() {
    String filter;
    do {
      List<String> levels = words(random.nextInt(5));
      levels.replaceAll(level -> random.nextInt(4) == 0 ? "+" : level);
      if (levels.isEmpty() || random.nextInt(4) == 0) {
        levels.add("#");
      }
      filter = String.join("/", levels);
    } while (filter.isEmpty());
    return filter;
  }

  <T> T oneOf(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  private List<String> words(int count) {
    List<String> words = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      words.add(oneOf(WORDS));
    }
    return words;
  }

  /// The rules of §4.7 on lists of levels, by recursion: a second opinion on everything.
  static boolean matches(String filter, String topic) {
    List<String> f = List.of(filter.split("/", -1));
    if (topic.startsWith("$") && (f.getFirst().equals("+") || f.getFirst().equals("#"))) {
      return false;
    }
    return matches(f, List.of(topic.split("/", -1)));
  }

  private static boolean matches(List<String> filter, List<String> topic) {
    if (filter.equals(List.of("#")) || (filter.isEmpty() && topic.isEmpty())) {
      return true;
    }
    return !filter.isEmpty()
        && !topic.isEmpty()
        && (filter.getFirst().equals("+") || filter.getFirst().equals(topic.getFirst()))
        && matches(filter.subList(1, filter.size()), topic.subList(1, topic.size()));
  }
}
