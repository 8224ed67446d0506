package io.dunlin.session;

import io.dunlin.base.OwnedBy;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// What does not fit the run of numbers in an [Outgoing]: messages that are unfinished while so
/// many later ones are done with, messages that go out under another packet identifier than their
/// own, and which identifiers these hold. Few, as a rule none.
@OwnedBy("shard")
final class Stragglers<B> {
  static final class Entry<B> {
    int bits;
    final long position;
    final int size;
    @Nullable B body;

    Entry(int bits, long position, int size, @Nullable B body) {
      this.bits = bits;
      this.position = position;
      this.size = size;
      this.body = body;
    }
  }

  private final TreeMap<Long, Entry<B>> entries = new TreeMap<>();
  private final Map<Long, Integer> renamed = new HashMap<>();
  private final Map<Integer, Long> holders = new HashMap<>(); // the oldest of each identifier

  boolean isEmpty() {
    return entries.isEmpty() && renamed.isEmpty();
  }

  int size() {
    return entries.size();
  }

  @Nullable Entry<B> get(long number) {
    return entries.get(number);
  }

  /// The first straggler at or behind `number`, or -1.
  long atOrBehind(long number) {
    Long key = entries.ceilingKey(number);
    return key == null ? -1 : key;
  }

  void forEach(LongConsumer action) {
    for (Long number : entries.keySet().toArray(Long[]::new)) {
      action.accept(number);
    }
  }

  void add(long number, Entry<B> entry, int id) {
    entries.put(number, entry);
    hold(number, id);
  }

  /// The identifier that the message goes out under, if it is not its own; else 0.
  int replacement(long number) {
    return renamed.getOrDefault(number, 0);
  }

  Map<Long, Integer> replacements() {
    return renamed;
  }

  void rename(long number, int id) {
    renamed.put(number, id);
    hold(number, id);
  }

  /// The message goes out under `id`, which is held from now on if it is not found by its number.
  void offered(long number, int id) {
    if (entries.containsKey(number) || renamed.containsKey(number)) {
      hold(number, id);
    }
  }

  /// The oldest message in here that has `id`, or -1.
  long holder(int id) {
    return holders.getOrDefault(id, -1L);
  }

  /// The message is finished for good: its identifier is free.
  void remove(long number, int id) {
    holders.remove(id, number);
    renamed.remove(number);
    entries.remove(number);
  }

  private void hold(long number, int id) {
    holders.merge(id, number, Math::min);
  }
}
