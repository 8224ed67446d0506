package io.dunlin.broker.shard;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// From a topic's bytes to its [Topic], without making a String. Bounded: two generations, the
/// older of which is dropped when the younger is full, so that hostile topics only miss.
@OwnedBy("shard")
@HotPath(benchmark = "mqload fanin0")
final class TopicCache {
  private final int capacity;
  private Table young;
  private Table old;

  /// Open addressing, at most half full.
  private static final class Table {
    final @Nullable Topic[] slots;
    final int[] hashes;
    int size;

    Table(int length) {
      slots = new @Nullable Topic[length];
      hashes = new int[length];
    }

    @Nullable Topic find(ByteBuffer buffer, int from, int length, int hash) {
      int mask = slots.length - 1;
      for (int i = hash & mask; ; i = i + 1 & mask) {
        Topic topic = slots[i];
        if (topic == null) {
          return null;
        }
        if (hashes[i] == hash && topic.name.equalsAt(buffer, from, length)) {
          return topic;
        }
      }
    }

    void insert(Topic topic, int hash) {
      int mask = slots.length - 1;
      int i = hash & mask;
      while (slots[i] != null) {
        i = i + 1 & mask;
      }
      slots[i] = topic;
      hashes[i] = hash;
      size++;
    }
  }

  /// @param capacity topics per generation, a power of two
  TopicCache(int capacity) {
    this.capacity = capacity;
    this.young = new Table(16);
    this.old = new Table(16);
  }

  /// The topic with these bytes, or null when it is not known.
  @Nullable Topic find(ByteBuffer buffer, int from, int to) {
    int hash = hash(buffer, from, to);
    Topic topic = young.find(buffer, from, to - from, hash);
    if (topic == null) {
      topic = old.find(buffer, from, to - from, hash);
      if (topic != null) {
        insert(topic, hash);
      }
    }
    return topic;
  }

  /// Remembers a valid topic that was not found.
  Topic add(Topic topic) {
    ByteBuffer bytes = topic.name.asByteBuffer();
    insert(topic, hash(bytes, 0, topic.name.length()));
    return topic;
  }

  private void insert(Topic topic, int hash) {
    if (young.size * 2 >= young.slots.length) {
      if (young.size >= capacity) {
        old = young;
        young = new Table(16);
      } else {
        Table bigger = new Table(young.slots.length * 2);
        for (int i = 0; i < young.slots.length; i++) {
          Topic t = young.slots[i];
          if (t != null) {
            bigger.insert(t, young.hashes[i]);
          }
        }
        young = bigger;
      }
    }
    young.insert(topic, hash);
  }

  static int hash(ByteBuffer buffer, int from, int to) {
    long h = 0x9E37_79B9_7F4A_7C15L ^ to - from;
    int i = from;
    for (; i + 8 <= to; i += 8) {
      h = (h ^ buffer.getLong(i)) * 0xFF51_AFD7_ED55_8CCDL;
      h ^= h >>> 32;
    }
    for (; i < to; i++) {
      h = (h ^ buffer.get(i) & 0xff) * 0xFF51_AFD7_ED55_8CCDL;
    }
    h ^= h >>> 29;
    return (int) (h ^ h >>> 32);
  }

  /// The slice's name, interned as a key for the tests.
  static int hash(Slice name) {
    return hash(name.asByteBuffer(), 0, name.length());
  }
}
