package io.dunlin.routing;

import io.dunlin.base.HotPath;
import io.dunlin.base.Slice;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// Very many nodes, spread over 256 parts by eight bits of the hash that [Table] does not use, so
/// that a change among millions of nodes rebuilds a few thousand slots at most.
@HotPath(benchmark = "mqload subs")
final class Fanout implements Children {
  /// The topmost bits of the hash come first.
  static final int FIRST_SHIFT = 24;

  /// Below these bits are those that a [Table] uses.
  static final int LAST_SHIFT = 16;

  private static final VarHandle PART = MethodHandles.arrayElementVarHandle(Children[].class);

  private final @Nullable Children[] parts = new Children[256];
  private final int shift;

  /// The writer's own.
  private int live;

  Fanout(int shift) {
    this.shift = shift;
  }

  @Override
  public @Nullable Node find(int hash, Slice text, int start, int end) {
    Children part = (Children) PART.getAcquire(parts, index(hash));
    return part == null ? null : part.find(hash, text, start, end);
  }

  @Override
  public Children add(Node node) {
    int i = index(node.hash);
    Children part = parts[i];
    PART.setRelease(parts, i, (part == null ? new Table(shift - 8) : part).add(node));
    live++;
    return this;
  }

  @Override
  public void replace(Node old, Node node) {
    part(old).replace(old, node);
  }

  @Override
  public void remove(Node node) {
    Children part = part(node);
    part.remove(node);
    live--;
    if (part.size() == 0) {
      PART.setRelease(parts, index(node.hash), null);
    }
  }

  @Override
  public int size() {
    return live;
  }

  private int index(int hash) {
    return hash >>> shift & 0xff;
  }

  private Children part(Node node) {
    Children part = parts[index(node.hash)];
    if (part == null) {
      throw new IllegalStateException("node of hash " + node.hash + " is not here");
    }
    return part;
  }
}
