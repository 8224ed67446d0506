package io.dunlin.routing;

import io.dunlin.base.HotPath;
import io.dunlin.base.Slice;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// Nodes in one array by open addressing.
///
/// A node never moves within an array, and a slot once taken never becomes null again (a removed
/// node leaves [#GONE]); only replacing the whole array clears slots. So whichever array a reader
/// found, a node that was there throughout lies behind taken slots only, and the probe reaches it.
/// A third of the slots at least are null, so that a probe ends.
@HotPath(benchmark = "mqload subs")
final class Table implements Children {
  /// Beyond this, a table becomes a [Fanout], so that no single change rebuilds more.
  static final int MAX_SLOTS = 4096;

  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Node[].class);
  private static final Node GONE = new Entry(Slice.EMPTY, 0, 0, "gone");

  private volatile @Nullable Node[] slots = new Node[2];

  // the writer's own
  private final int shift;
  private int used;
  private int live;

  /// @param shift which bits of the hash a [Fanout] in its place would use
  Table(int shift) {
    this.shift = shift;
  }

  @Override
  public @Nullable Node find(int hash, Slice text, int start, int end) {
    @Nullable Node[] now = slots;
    int mask = now.length - 1;
    for (int i = hash & mask; ; i = (i + 1) & mask) {
      Node node = (Node) SLOT.getAcquire(now, i);
      if (node == null) {
        return null;
      }
      if (node != GONE && node.hasLevel(hash, text, start, end)) {
        return node;
      }
    }
  }

  @Override
  public Children add(Node node) {
    if ((used + 1) * 3 > slots.length * 2) {
      int capacity = capacityFor(live + 1);
      if (capacity > MAX_SLOTS && shift >= Fanout.LAST_SHIFT) {
        return split().add(node);
      }
      rebuild(capacity);
    }
    int i = freeSlot(slots, node.hash);
    if (slots[i] == null) {
      used++;
    }
    live++;
    SLOT.setRelease(slots, i, node);
    return this;
  }

  @Override
  public void replace(Node old, Node node) {
    SLOT.setRelease(slots, indexOf(old), node);
  }

  @Override
  public void remove(Node node) {
    SLOT.setRelease(slots, indexOf(node), GONE);
    live--;
    if (live < slots.length / 8) {
      rebuild(capacityFor(live));
    }
  }

  @Override
  public int size() {
    return live;
  }

  private int indexOf(Node node) {
    @Nullable Node[] now = slots;
    int mask = now.length - 1;
    int i = node.hash & mask;
    while (now[i] != node) {
      if (now[i] == null) {
        throw new IllegalStateException("node of hash " + node.hash + " is not here");
      }
      i = (i + 1) & mask;
    }
    return i;
  }

  private static int freeSlot(@Nullable Node[] slots, int hash) {
    int mask = slots.length - 1;
    int i = hash & mask;
    while (slots[i] != null && slots[i] != GONE) {
      i = (i + 1) & mask;
    }
    return i;
  }

  /// A power of two of which `count` nodes fill between a quarter and a half.
  private static int capacityFor(int count) {
    return Math.max(2, Integer.highestOneBit(Math.max(1, count * 2 - 1)) * 2);
  }

  private void rebuild(int capacity) {
    @Nullable Node[] rebuilt = new Node[capacity];
    for (Node node : slots) {
      if (node != null && node != GONE) {
        rebuilt[freeSlot(rebuilt, node.hash)] = node;
      }
    }
    used = live;
    slots = rebuilt;
  }

  private Fanout split() {
    Fanout fanout = new Fanout(shift);
    for (Node node : slots) {
      if (node != null && node != GONE) {
        fanout.add(node);
      }
    }
    return fanout;
  }
}
