package io.dunlin.routing;

import io.dunlin.base.Slice;
import java.lang.invoke.VarHandle;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Retained values by topic name, and which of them match a filter.
///
/// Topics are kept in one sorted map, in the order of the tree: level by level, a topic before all
/// that lie below it, and these before its next sibling. A scan compares the topic at hand with the
/// filter and jumps to the least topic behind it that could match, so that `a/+/c` passes over what
/// else lies below `a/x` in one step.
///
/// Thread-safe for one writer at a time and any number of readers, who take no lock and never wait.
/// A value that is there throughout a scan is found once, even when the scan is resumed many times;
/// one that comes or goes meanwhile is found or not. Each change ends with a full fence; see
/// [SubscriptionIndex] for what that is good for.
public final class RetainedTopics<V> {
  private final ConcurrentSkipListMap<Slice, V> values =
      new ConcurrentSkipListMap<>(FilterRange::compare);
  private final AtomicInteger size = new AtomicInteger();

  /// Sets the value of `topic`, and returns the one it had. Writer only.
  public @Nullable V put(Slice topic, V value) {
    V previous = values.put(topic, value);
    if (previous == null) {
      size.setRelease(size.getPlain() + 1);
    }
    VarHandle.fullFence();
    return previous;
  }

  /// Removes the value of `topic`, and returns it. Writer only.
  public @Nullable V remove(Slice topic) {
    V previous = values.remove(topic);
    if (previous != null) {
      size.setRelease(size.getPlain() - 1);
    }
    VarHandle.fullFence();
    return previous;
  }

  /// The value of `topic`. Any thread.
  public @Nullable V get(Slice topic) {
    return values.get(topic);
  }

  /// How many values there are. Any thread.
  public int size() {
    return size.getAcquire();
  }

  /// Gives topics that match `filter`, and their values, to `out`, in order, until there are no
  /// more or a limit is reached. Any thread.
  ///
  /// @param after what the last call returned; null to begin
  /// @param maxSteps how many topics to look at, at most; at least 1
  /// @param maxMatches how many topics to give out, at most; at least 1
  /// @return how far it got, to be passed as `after` to go on; null when all are done
  public @Nullable Slice scan(
      Slice filter, @Nullable Slice after, int maxSteps, int maxMatches, BiConsumer<Slice, V> out) {
    if (maxSteps < 1 || maxMatches < 1) {
      throw new IllegalArgumentException("maxSteps " + maxSteps + ", maxMatches " + maxMatches);
    }
    FilterRange range = new FilterRange(filter);
    Slice at = after;
    Slice target = after == null ? range.first() : range.next(after);
    Iterator<Map.Entry<Slice, V>> rest = null;
    int matches = 0;
    for (int steps = 0; target != null; steps++) {
      if (steps == maxSteps || matches == maxMatches) {
        return at;
      }
      Map.Entry<Slice, V> entry = rest != null && rest.hasNext() ? rest.next() : null;
      if (entry == null || FilterRange.compare(entry.getKey(), target) < 0) {
        rest = values.tailMap(target, true).entrySet().iterator();
        if (!rest.hasNext()) {
          return null;
        }
        entry = rest.next();
      }
      at = entry.getKey();
      if (range.matches(at)) {
        matches++;
        out.accept(at, entry.getValue());
      }
      target = range.next(at);
    }
    return null;
  }

  /// Gives all topics and their values to `out`, in order, also those that no leading wildcard
  /// matches, until there are no more or so many were given. Any thread.
  ///
  /// @param after what the last call returned; null to begin
  /// @return how far it got, to be passed as `after` to go on; null when all are done
  public @Nullable Slice walk(@Nullable Slice after, int maxTopics, BiConsumer<Slice, V> out) {
    Map<Slice, V> rest = after == null ? values : values.tailMap(after, false);
    int given = 0;
    for (Map.Entry<Slice, V> entry : rest.entrySet()) {
      out.accept(entry.getKey(), entry.getValue());
      if (++given == maxTopics) {
        return entry.getKey();
      }
    }
    return null;
  }
}
