package io.dunlin.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.client.Connection.Fate;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OutgoingAliasesTest {
  private final List<String> sent = new ArrayList<>();

  @Test
  void aTopicGoesByNameOnceAndThenByItsAlias() {
    send(new OutgoingAliases(2), "plant/a", "plant/b", "plant/a", "plant/b");

    assertThat(sent).containsExactly("plant/a 1", "plant/b 2", "1", "2");
  }

  @Test
  void theAliasOfTheTopicThatRestedLongestIsGivenAway() {
    send(new OutgoingAliases(2), "plant/a", "plant/b", "plant/a", "plant/c", "plant/a", "plant/b");

    assertThat(sent).containsExactly("plant/a 1", "plant/b 2", "1", "plant/c 2", "1", "plant/b 2");
  }

  @Test
  void withoutAnyAndForShortTopicsThereAreOnlyNames() {
    send(new OutgoingAliases(0), "plant/a", "plant/a");
    send(new OutgoingAliases(1), "a/b", "a/b");

    assertThat(sent).containsExactly("plant/a", "plant/a", "a/b", "a/b");
  }

  @Test
  void whatIsTooLargeWithAnAliasGoesByNameAndSetsNone() {
    OutgoingAliases aliases = new OutgoingAliases(1);
    assertThat(
            aliases.send(
                publish("plant/a"), each -> each.topicAlias() > 0 ? Fate.TOO_LARGE : Fate.QUEUED))
        .isEqualTo(Fate.QUEUED);

    send(aliases, "plant/a");

    assertThat(sent).containsExactly("plant/a 1");
  }

  /// The receiving side is the oracle.
  @Test
  void whoeverResolvesTheAliasesGetsTheTopics() throws Exception {
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      int maximum = random.nextInt(6);
      OutgoingAliases aliases = new OutgoingAliases(maximum);
      TopicAliases receiver = new TopicAliases(maximum);
      for (int i = 0; i < 200; i++) {
        Publish message = publish("topic/" + random.nextInt(1 + random.nextInt(9)));
        List<Publish> way = new ArrayList<>();
        boolean tooLarge = random.nextInt(8) == 0;
        aliases.send(
            message,
            each -> {
              if (tooLarge && each.topicAlias() > 0 && each.topic() != null) {
                return Fate.TOO_LARGE;
              }
              way.add(each);
              return Fate.QUEUED;
            });
        assertThat(way).as("seed %d", seed).hasSize(1);
        assertThat(receiver.resolve(way.getFirst()).topic())
            .as("seed %d", seed)
            .isEqualTo(message.topic());
      }
    }
  }

  private void send(OutgoingAliases aliases, String... topics) {
    for (String topic : topics) {
      aliases.send(
          publish(topic),
          each -> {
            String name = each.topic() == null ? "" : each.topic().bytes().utf8() + " ";
            sent.add((name + (each.topicAlias() == 0 ? "" : each.topicAlias())).strip());
            return Fate.QUEUED;
          });
    }
  }

  private static Publish publish(String topic) {
    return new Publish(TopicName.of(topic), Slice.utf8("x"), Qos.AT_MOST_ONCE, false, 0);
  }
}
