package io.dunlin.routing;

import io.dunlin.base.HotPath;
import io.dunlin.base.Slice;
import org.jspecify.annotations.Nullable;

/// A level under which filters part ways.
///
/// Written by the index' writer, read by anybody. Every field goes from one complete state to
/// another by a single write.
@HotPath(benchmark = "mqload subs")
final class Branch extends Node {
  /// Nodes under a level that is no wildcard; null when there are none.
  private volatile @Nullable Children children;

  /// The node under `+`.
  volatile @Nullable Node single;

  /// The filter that goes on with `#`.
  volatile @Nullable Entry multi;

  /// The filter that ends here.
  volatile @Nullable Entry ending;

  Branch(Slice level, int hash) {
    super(level, 0, hash);
  }

  /// The node under the level of a topic at `[start, end)`, other than that under `+`.
  @Nullable Node literal(int hash, Slice topic, int start, int end) {
    Children now = children;
    return now == null ? null : now.find(hash, topic, start, end);
  }

  /// The node that stands where `filter` goes on at `from`.
  @Nullable Node next(Slice filter, int from, int hash) {
    if (Levels.isPastEnd(filter, from)) {
      return ending;
    }
    if (Levels.isMulti(filter, from)) {
      return multi;
    }
    if (Levels.isSingle(filter, from)) {
      return single;
    }
    return literal(hash, filter, from, Levels.end(filter, from));
  }

  /// Adds a node where there is none.
  void add(Node node) {
    if (node instanceof Entry entry && Levels.isPastEnd(node.text, node.from)) {
      ending = entry;
    } else if (node instanceof Entry entry && Levels.isMulti(node.text, node.from)) {
      multi = entry;
    } else if (Levels.isSingle(node.text, node.from)) {
      single = node;
    } else {
      Children now = children;
      children = (now == null ? new Table(Fanout.FIRST_SHIFT) : now).add(node);
    }
  }

  /// Puts `node` where `old`, with the same level, is. Neither ends here nor goes on with `#`.
  void replace(Node old, Node node) {
    if (single == old) {
      single = node;
    } else {
      children().replace(old, node);
    }
  }

  /// Removes a node that is there.
  void remove(Node node) {
    if (ending == node) {
      ending = null;
    } else if (multi == node) {
      multi = null;
    } else if (single == node) {
      single = null;
    } else {
      Children now = children();
      now.remove(node);
      if (now.size() == 0) {
        children = null;
      }
    }
  }

  /// How many nodes stand under this one.
  int size() {
    Children now = children;
    return (ending == null ? 0 : 1)
        + (multi == null ? 0 : 1)
        + (single == null ? 0 : 1)
        + (now == null ? 0 : now.size());
  }

  private Children children() {
    Children now = children;
    if (now == null) {
      throw new IllegalStateException("a branch without children");
    }
    return now;
  }
}
