package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.broker.store.MessageView;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetainedMessagesTest {
  private static final int HEADER = MessageView.HEADER_BYTES;

  private final RetainedMessages retained = new RetainedMessages(3, 100 + HEADER);
  private final List<String> drained = new ArrayList<>();

  @Test
  void highestRankStaysWhateverTheOrder() {
    retained.replay(topic("t"), 5, value("five"));
    retained.replay(topic("t"), 4, value("four"));
    assertThat(retained.get(topic("t"))).isEqualTo(value("five"));
    retained.replay(topic("t"), 6, null);
    retained.replay(topic("t"), 5, value("five"));
    assertThat(retained.get(topic("t"))).isNull();
    assertThat(retained.set(topic("u"), value("x"), true)).isEqualTo(7);
  }

  @Test
  void limitsCountTopicsAndBytes() {
    retained.set(topic("a"), value("x".repeat(50)), true);
    assertThat(retained.fits(topic("b"), 48, 0)).isTrue();
    assertThat(retained.fits(topic("b"), 49, 0)).isFalse();
    assertThat(retained.fits(topic("a"), 99 + HEADER, 0)).as("in place of the old one").isTrue();
    assertThat(retained.fits(topic("a"), 100 + HEADER, 0)).isFalse();
    retained.set(topic("b"), value(""), true);
    retained.set(topic("c"), value("1"), true);
    retained.set(topic("b"), value("1"), true);
    assertThat(retained.fits(topic("d"), 1, 0)).as("three topics have one").isFalse();
    retained.set(topic("c"), null, true);
    assertThat(retained.fits(topic("d"), 1, 0)).isTrue();
  }

  @Test
  void deletionIsForgottenOneCheckpointLater() {
    retained.set(topic("t"), value("1"), true);
    assertThat(drain()).containsExactly("t 1 1");
    retained.set(topic("t"), null, true);
    assertThat(drain()).containsExactly("t 2 deleted");
    assertThat(drain()).containsExactly("forget t");
    assertThat(drain()).isEmpty();
  }

  @Test
  void topicThatIsSetAgainIsNotForgotten() {
    retained.set(topic("t"), value("1"), true);
    retained.set(topic("t"), null, true);
    assertThat(drain()).containsExactly("t 2 deleted");
    retained.set(topic("t"), value("3"), true);
    assertThat(drain()).containsExactly("t 3 3");
    assertThat(retained.get(topic("t"))).isEqualTo(value("3"));
  }

  @Test
  void topicThatIsSetAndDeletedAgainKeepsItsMarkForAnotherCheckpoint() {
    retained.set(topic("t"), value("1"), true);
    retained.set(topic("t"), null, true);
    drain();
    retained.set(topic("t"), value("3"), true);
    retained.set(topic("t"), null, true);
    assertThat(drain()).containsExactly("t 4 deleted");
    assertThat(drain()).containsExactly("forget t");
  }

  @Test
  void valueOfTheBrokerItselfIsNotStored() {
    retained.set(topic("$SYS/x"), value("1"), false);
    assertThat(drain()).isEmpty();
    assertThat(retained.get(topic("$SYS/x"))).isEqualTo(value("1"));
    retained.set(topic("$SYS/x"), null, false);
    assertThat(retained.size()).isZero();
  }

  @Test
  void damageOfTheStoreHasAllRowsWrittenAgain() {
    retained.set(topic("$metrics/x"), value("1"), true);
    retained.set(topic("$SYS/x"), value("1"), false);
    retained.set(topic("t"), value("1"), true);
    retained.set(topic("u"), value("1"), true);
    retained.set(topic("u"), null, true);
    drain();
    retained.allChanged();
    assertThat(drain()).contains("$metrics/x 1 1", "t 3 1", "u 5 deleted").hasSize(3);
  }

  @Test
  void expiredMessagesMakeRoomForOthers() {
    retained.set(topic("a"), expiring("1", 1_000), true);
    retained.set(topic("b"), expiring("2", 2_000), true);
    retained.set(topic("c"), value("3"), true);
    assertThat(retained.fits(topic("d"), 1, 999)).isFalse();
    assertThat(retained.fits(topic("d"), 1, 1_000)).isTrue();
    assertThat(retained.get(topic("a"))).isNull();
    assertThat(retained.get(topic("b"))).isNotNull();
    assertThat(drain()).contains("a 1 deleted").hasSize(3);
  }

  @Test
  void messageExpiresOnlyIfItStillIsTheOne() {
    retained.set(topic("t"), expiring("1", 1_000), true);
    retained.set(topic("t"), expiring("2", 3_000), true);
    retained.set(topic("u"), expiring("1", 1_000), true);
    retained.set(topic("u"), null, true);
    retained.set(topic("$SYS/x"), expiring("1", 3_000), false);
    retained.expire(2_000);
    assertThat(retained.size()).isEqualTo(2);
    retained.expire(3_000);
    assertThat(retained.size()).isZero();
    assertThat(retained.bytes()).isZero();
  }

  @Test
  void expiryIsKnownAfterARestart() {
    retained.restore(topic("t"), 1, expiring("1", 1_000));
    retained.replay(topic("u"), 2, expiring("1", 2_000));
    retained.restore(topic("v"), 3, null);
    retained.expire(1_000);
    assertThat(retained.get(topic("t"))).isNull();
    assertThat(retained.get(topic("u"))).isNotNull();
    retained.expire(2_000);
    assertThat(retained.size()).isZero();
  }

  @Test
  void allThatHaveExpiredGoAtOnce() {
    RetainedMessages many = new RetainedMessages(10_000, 1 << 20);
    for (int i = 0; i < 5_000; i++) {
      many.set(topic("t" + i), expiring("1", 1_000), true);
    }
    many.expire(1_000);
    assertThat(many.size()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void storeFollowsAndCountsAreExact(long seed) {
    Random random = new Random(seed);
    RetainedMessages all = new RetainedMessages(1_000, 1 << 20);
    Map<Slice, Slice> model = new HashMap<>();
    Map<Slice, @Nullable Slice> store = new HashMap<>();
    for (int step = 0; step < 5_000; step++) {
      Slice topic = topic("t" + random.nextInt(30));
      if (random.nextInt(3) == 0) {
        all.set(topic, null, true);
        model.remove(topic);
      } else {
        Slice value = value("v".repeat(1 + random.nextInt(9)));
        all.set(topic, value, true);
        model.put(topic, value);
      }
      if (random.nextInt(20) == 0) {
        all.drain((t, row) -> store.put(t, row.message()), store::remove);
        Map<Slice, Slice> stored = new HashMap<>();
        store.forEach((t, message) -> {
          if (message != null) {
            stored.put(t, message);
          }
        });
        assertThat(stored).as("seed %d step %d", seed, step).isEqualTo(model);
      }
      assertThat(all.size()).as("seed %d step %d", seed, step).isEqualTo(model.size());
      assertThat(all.bytes())
          .as("seed %d step %d", seed, step)
          .isEqualTo(
              model.entrySet().stream()
                  .mapToLong(e -> e.getKey().length() + e.getValue().length())
                  .sum());
      assertThat(all.get(topic)).as("seed %d step %d", seed, step).isEqualTo(model.get(topic));
    }
    all.drain((t, row) -> store.put(t, row.message()), store::remove);
    all.drain((t, row) -> store.put(t, row.message()), store::remove);
    assertThat(store.keySet()).as("seed %d: no marks are left", seed).isEqualTo(model.keySet());
  }

  private List<String> drain() {
    drained.clear();
    retained.drain(
        (topic, row) -> {
          Slice message = row.message();
          String text = message == null ? "deleted" : text(message);
          drained.add(topic.utf8() + " " + row.rank() + " " + text);
        },
        topic -> drained.add("forget " + topic.utf8()));
    return drained;
  }

  private static Slice topic(String name) {
    return Slice.utf8(name);
  }

  private static Slice value(String text) {
    return expiring(text, MessageView.NEVER);
  }

  /// A message in stored form, of a payload alone.
  private static Slice expiring(String text, long atMillis) {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    MessageView view = new MessageView();
    view.set(1, true, atMillis, bytes, 0, 0, bytes, 0, 0, bytes, 0, bytes.limit());
    return view.toStored();
  }

  private static String text(Slice stored) {
    return stored.sub(HEADER, stored.length()).utf8();
  }
}
