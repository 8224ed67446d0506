package io.dunlin.routing;

import io.dunlin.base.HotPath;
import io.dunlin.base.Slice;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One filter and its subscriptions, with all levels from `from` on still unsplit.
///
/// Written by the index' writer, read by anybody.
@HotPath(benchmark = "mqload subs")
final class Entry extends Node {
  /// The only subscription itself, or [Subscribers], or null once it is empty and thrown away.
  private volatile @Nullable Object held;

  Entry(Slice filter, int from, int hash, Object subscription) {
    super(filter, from, hash);
    this.held = subscription;
  }

  /// The same filter, seen from a later level.
  Entry(Entry other, int from, int hash) {
    super(other.text, from, hash);
    this.held = other.held;
  }

  /// Returns whether it was not there before.
  @SuppressWarnings("ReferenceEquality") // subscriptions are told apart by identity
  boolean add(Object subscription) {
    Object now = held;
    if (now instanceof Subscribers many) {
      return many.add(subscription);
    }
    if (now == subscription) {
      return false;
    }
    held = now == null ? subscription : new Subscribers(now, subscription);
    return true;
  }

  /// Returns whether it was there.
  @SuppressWarnings("ReferenceEquality") // subscriptions are told apart by identity
  boolean remove(Object subscription) {
    Object now = held;
    if (now instanceof Subscribers many) {
      boolean removed = many.remove(subscription);
      if (many.size() == 1) {
        held = many.only();
      }
      return removed;
    }
    if (now != subscription) {
      return false;
    }
    held = null;
    return true;
  }

  boolean isEmpty() {
    return held == null;
  }

  void forEach(Consumer<Object> out) {
    Object now = held;
    if (now instanceof Subscribers many) {
      many.forEach(out);
    } else if (now != null) {
      out.accept(now);
    }
  }
}
