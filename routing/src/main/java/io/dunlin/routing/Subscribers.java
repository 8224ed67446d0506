package io.dunlin.routing;

import io.dunlin.base.HotPath;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The subscriptions of one filter that has more than one, in the order of their adding.
///
/// A subscription never moves within an array: a removed one leaves a gap, and gaps vanish when the
/// array is replaced as a whole. So one pass over whichever array a reader found misses nobody who
/// was there throughout. Both operations take constant time, amortised.
@HotPath(benchmark = "mqload subs")
final class Subscribers {
  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);

  /// From here on positions are looked up instead of searched.
  private static final int INDEXED_FROM = 32;

  private volatile @Nullable Object[] slots;

  // the writer's own
  private int used;
  private int live;
  private @Nullable Map<Object, Integer> positions;

  Subscribers(Object first, Object second) {
    slots = new Object[] {first, second};
    used = 2;
    live = 2;
  }

  int size() {
    return live;
  }

  /// The subscription that is left when there is just one.
  Object only() {
    for (Object slot : slots) {
      if (slot != null) {
        return slot;
      }
    }
    throw new IllegalStateException("no subscription where " + live + " should be");
  }

  boolean add(Object subscription) {
    if (indexOf(subscription) >= 0) {
      return false;
    }
    if (used == slots.length) {
      rebuild(live + live / 2 + 1);
    }
    if (positions != null) {
      positions.put(subscription, used);
    }
    SLOT.setRelease(slots, used, subscription);
    used++;
    live++;
    return true;
  }

  boolean remove(Object subscription) {
    int index = indexOf(subscription);
    if (index < 0) {
      return false;
    }
    SLOT.setRelease(slots, index, null);
    if (positions != null) {
      positions.remove(subscription);
    }
    live--;
    if (live < slots.length / 4) {
      rebuild(live + live / 2 + 1);
    }
    return true;
  }

  void forEach(Consumer<Object> out) {
    @Nullable Object[] now = slots;
    for (int i = 0; i < now.length; i++) {
      Object slot = SLOT.getAcquire(now, i);
      if (slot != null) {
        out.accept(slot);
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // subscriptions are told apart by identity
  private int indexOf(Object subscription) {
    if (positions != null) {
      return positions.getOrDefault(subscription, -1);
    }
    @Nullable Object[] now = slots;
    for (int i = 0; i < used; i++) {
      if (now[i] == subscription) {
        return i;
      }
    }
    return -1;
  }

  private void rebuild(int capacity) {
    @Nullable Object[] rebuilt = new Object[capacity];
    Map<Object, Integer> found = capacity > INDEXED_FROM ? new IdentityHashMap<>(capacity) : null;
    int next = 0;
    for (Object slot : slots) {
      if (slot != null) {
        rebuilt[next] = slot;
        if (found != null) {
          found.put(slot, next);
        }
        next++;
      }
    }
    used = next;
    positions = found;
    slots = rebuilt;
  }
}
