package io.dunlin.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TopicCacheTest {
  private static final int CAPACITY = 64;

  private final TopicCache cache = new TopicCache(CAPACITY, 1 << 20, 7);

  @Test
  void knownTopicIsFoundByItsBytes() {
    Topic topic = add("a/b");
    assertThat(find("a/b")).isSameAs(topic);
    assertThat(find("a/c")).isNull();
    assertThat(find("a/")).isNull();
    assertThat(find("")).isNull();
  }

  @Test
  void topicThatIsUsedStaysHoweverManyCome() {
    Topic used = add("used");
    for (int i = 0; i < 100 * CAPACITY; i++) {
      add("other " + i);
      assertThat(find("used")).as("after %d others", i).isSameAs(used);
    }
  }

  @Test
  void numberOfTopicsIsBounded() {
    for (int i = 0; i < 100 * CAPACITY; i++) {
      add("t" + i);
    }
    int known = 0;
    for (int i = 0; i < 100 * CAPACITY; i++) {
      known += find("t" + i) == null ? 0 : 1;
    }
    assertThat(known).isBetween(CAPACITY, 2 * CAPACITY);
  }

  @Test
  void bytesOfTopicsAreBounded() {
    TopicCache narrow = new TopicCache(CAPACITY, 10_000, 7);
    int known = 0;
    for (int i = 0; i < CAPACITY; i++) {
      Slice name = Slice.utf8(i + "x".repeat(1_000));
      narrow.add(new Topic(name, 0, 0));
    }
    for (int i = 0; i < CAPACITY; i++) {
      Slice name = Slice.utf8(i + "x".repeat(1_000));
      known += narrow.find(name.asByteBuffer(), 0, name.length()) == null ? 0 : 1;
    }
    assertThat(known).isBetween(9, 20);
  }

  @Test
  void youngestTopicsAreKnown() {
    for (int i = 0; i < 10 * CAPACITY; i++) {
      add("t" + i);
    }
    for (int i = 9 * CAPACITY; i < 10 * CAPACITY; i++) {
      assertThat(find("t" + i)).as("t%d", i).isNotNull();
    }
  }

  @Test
  void topicsWithTheSameHashAreTold() {
    Map<Integer, String> byHash = new HashMap<>();
    Random random = new Random(7);
    int pairs = 0;
    while (pairs < 3) {
      String name = Long.toString(random.nextLong(), 36);
      String other = byHash.put(hash(cache, name), name);
      if (other != null && !other.equals(name)) {
        pairs++;
        Topic first = add(name);
        assertThat(find(other)).isNull();
        Topic second = add(other);
        assertThat(find(name)).isSameAs(first);
        assertThat(find(other)).isSameAs(second);
      }
    }
  }

  @Test
  void topicsThatCollideInOneProcessDoNotInAnother() {
    TopicCache other = new TopicCache(CAPACITY, 1 << 20, 8);
    Map<Integer, String> byHash = new HashMap<>();
    Random random = new Random(7);
    int pairs = 0;
    int again = 0;
    while (pairs < 10) {
      String name = "device/" + Long.toString(random.nextLong(), 36) + "/temperature";
      String before = byHash.put(hash(cache, name), name);
      if (before != null && !before.equals(name)) {
        pairs++;
        again += hash(other, name) == hash(other, before) ? 1 : 0;
      }
    }
    assertThat(again).isZero();
  }

  private static int hash(TopicCache cache, String name) {
    ByteBuffer bytes = Slice.utf8(name).asByteBuffer();
    return cache.hash(bytes, 0, bytes.limit());
  }

  private Topic add(String name) {
    return cache.add(new Topic(Slice.utf8(name), 0, 0));
  }

  private @Nullable Topic find(String name) {
    Slice bytes = Slice.utf8(name);
    ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length() + 5);
    bytes.copyTo(buffer, 5);
    return cache.find(buffer, 5, buffer.limit());
  }
}
