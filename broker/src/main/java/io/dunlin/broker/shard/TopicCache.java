package io.dunlin.broker.shard;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// From a topic's bytes to its [Topic], without making a String. Bounded, in topics and in bytes:
/// two generations, the older of which is dropped when the younger is full, so that hostile topics
/// only miss.
@OwnedBy("shard")
@HotPath(benchmark = "mqload fanin0")
final class TopicCache {
  private final int capacity;
  private final long mostBytes;
  private final long seed;
  private final long factor;
  private Table young;
  private Table old;

  /// Open addressing, at most half full.
  private static final class Table {
    final @Nullable Topic[] slots;
    final int[] hashes;
    int size;
    long bytes;

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
      bytes += topic.bytes();
    }
  }

  /// @param capacity topics per generation, a power of two
  /// @param mostBytes of the topics of a generation, but for its last
  /// @param hashSeed random, another one in each process, against topics that are made to collide
  TopicCache(int capacity, long mostBytes, long hashSeed) {
    this.capacity = capacity;
    this.mostBytes = mostBytes;
    long mixed = (hashSeed + 0x9E37_79B9_7F4A_7C15L) * 0xBF58_476D_1CE4_E5B9L;
    this.seed = mixed ^ mixed >>> 31;
    this.factor = (mixed ^ mixed >>> 27) * 0x94D0_49BB_1331_11EBL | 1;
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
    if (young.size >= capacity || young.bytes >= mostBytes) {
      old = young;
      young = new Table(16);
    } else if (young.size * 2 >= young.slots.length) {
      Table bigger = new Table(young.slots.length * 2);
      for (int i = 0; i < young.slots.length; i++) {
        Topic t = young.slots[i];
        if (t != null) {
          bigger.insert(t, young.hashes[i]);
        }
      }
      young = bigger;
    }
    young.insert(topic, hash);
  }

  /// Folded multiplication by a number that nobody outside knows: whoever does not know the seed
  /// cannot make topics collide.
  int hash(ByteBuffer buffer, int from, int to) {
    long h = seed ^ to - from;
    int i = from;
    for (; i + 8 <= to; i += 8) {
      h = fold(h ^ buffer.getLong(i));
    }
    long rest = 0;
    for (; i < to; i++) {
      rest = rest << 8 | buffer.get(i) & 0xff;
    }
    h = fold(h ^ rest);
    return (int) (h ^ h >>> 32);
  }

  private long fold(long value) {
    return Math.unsignedMultiplyHigh(value, factor) ^ value * factor;
  }
}
