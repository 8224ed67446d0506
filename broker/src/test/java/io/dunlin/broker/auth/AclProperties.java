package io.dunlin.broker.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.broker.config.AclRules;
import io.dunlin.broker.config.AclRules.Action;
import io.dunlin.broker.config.AclRules.Rule;
import io.dunlin.broker.config.AclRules.User;
import io.dunlin.broker.spi.Rights;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import io.dunlin.routing.TopicMatcher;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Random rules against a model that knows nothing of levels: it looks at every topic there is, of
/// a small world.
class AclProperties {
  private static final String[] WORDS = {"a", "b", "$SYS", "u1", ""};
  private static final List<TopicName> WORLD = world();

  @Test
  void coveringMeansMatchingEveryTopicThatTheFilterMatches() {
    for (long seed = 0; seed < 4_000; seed++) {
      Random random = new Random(seed);
      String rule = filter(random);
      String asked = filter(random);
      TopicPattern pattern = Objects.requireNonNull(TopicPattern.of(rule, false, "c", "u"), rule);

      boolean covers =
          WORLD.stream()
              .filter(topic -> matches(asked, topic))
              .allMatch(topic -> matches(rule, topic));

      boolean answer = pattern.covers(TopicFilter.of(asked));
      if (asked.equals("/#")) { // its upper level would be the empty topic, which there is not
        assertThat(answer && !covers).isFalse();
      } else {
        assertThat(answer).as("%s covers %s, seed %d", rule, asked, seed).isEqualTo(covers);
      }
      for (TopicName topic : WORLD) {
        assertThat(pattern.matches(topic.bytes()))
            .as("%s matches %s, seed %d", rule, topic, seed)
            .isEqualTo(matches(rule, topic));
      }
    }
  }

  @Test
  void aDenialDecidesThenAPermission() {
    for (long seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      List<Rule> own = rules(random);
      List<Rule> role = rules(random);
      List<Rule> everyone = rules(random);
      AclRules all =
          new AclRules(
              Map.of("role", role),
              Map.of("u1", new User(List.of("role"), List.of(), own)),
              List.of(),
              everyone);
      List<Rule> everything = new ArrayList<>(own);
      everything.addAll(role);
      everything.addAll(everyone);
      Rights rights = new AclAccess(all).rights("a", "u1");

      for (TopicName topic : WORLD) {
        assertThat(rights.mayPublish(topic))
            .as("publish %s by %s, seed %d", topic, everything, seed)
            .isEqualTo(
                !Rights.isOwnTopic(topic) && model(everything, Set.of(Action.PUBLISH), topic));
        assertThat(rights.mayReceive(topic))
            .as("receive %s by %s, seed %d", topic, everything, seed)
            .isEqualTo(model(everything, Set.of(Action.SUBSCRIBE, Action.RECEIVE), topic));
      }
    }
  }

  private static boolean model(List<Rule> rules, Set<Action> actions, TopicName topic) {
    boolean allowed = false;
    for (Rule rule : rules) {
      for (String text : rule.topics()) {
        String filter = text.replace("%u", "u1").replace("%c", "a");
        if (rule.actions().stream().anyMatch(actions::contains) && matches(filter, topic)) {
          if (!rule.allow()) {
            return false;
          }
          allowed = true;
        }
      }
    }
    return allowed;
  }

  private static boolean matches(String filter, TopicName topic) {
    return TopicMatcher.matches(Slice.utf8(filter), topic.bytes());
  }

  private static List<Rule> rules(Random random) {
    List<Rule> rules = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      Set<Action> actions = EnumSet.of(Action.values()[random.nextInt(3)]);
      actions.add(Action.values()[random.nextInt(3)]);
      String topic = filter(random).replace("u1", random.nextBoolean() ? "%u" : "%c");
      rules.add(new Rule(random.nextInt(3) > 0, actions, List.of(topic)));
    }
    return rules;
  }

  private static String filter(Random random) {
    int levels = 1 + random.nextInt(3);
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < levels; i++) {
      int choice = random.nextInt(8);
      if (choice == 0 && i == levels - 1) {
        parts.add("#");
      } else {
        parts.add(choice < 3 ? "+" : WORDS[random.nextInt(WORDS.length)]);
      }
    }
    String text = String.join("/", parts);
    return text.isEmpty() ? "#" : text;
  }

  /// Every topic of up to four levels: one more than a filter has, so that # differs from any +.
  private static List<TopicName> world() {
    List<String> all = new ArrayList<>();
    List<String> last = List.of(WORDS);
    all.addAll(last);
    for (int depth = 2; depth <= 4; depth++) {
      List<String> next = new ArrayList<>();
      for (String start : last) {
        for (String word : depth == 4 ? new String[] {"z"} : WORDS) {
          next.add(start + "/" + word);
        }
      }
      all.addAll(next);
      last = next;
    }
    // Words that no rule knows: else + would be no more than all known words together.
    all.addAll(List.of("z", "$z", "z/z", "a/z", "b/z", "/z", "$SYS/z", "u1/z"));
    for (String first : WORDS) {
      for (String second : WORDS) {
        all.add(first + "/" + second + "/z");
        all.add(first + "/z/" + second);
        all.add("z/" + first + "/" + second);
      }
      all.add(first + "/z/z");
      all.add("z/" + first);
      all.add("z/z/" + first);
      all.add("z/" + first + "/z");
    }
    all.add("z/z/z");
    all.add("z/z/z/z");
    return all.stream().filter(text -> !text.isEmpty()).distinct().map(TopicName::of).toList();
  }
}
