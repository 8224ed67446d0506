package io.dunlin.routing;

import io.dunlin.base.HotPath;
import io.dunlin.base.Slice;

/// What stands under one level of a [Branch]. Its key is the level of `text` at `from`.
@HotPath(benchmark = "mqload subs")
abstract sealed class Node permits Entry, Branch {
  final Slice text;
  final int from;

  /// Of the level, by [Levels#hash].
  final int hash;

  Node(Slice text, int from, int hash) {
    this.text = text;
    this.from = from;
    this.hash = hash;
  }

  final boolean hasLevel(int levelHash, Slice other, int start, int end) {
    return hash == levelHash && Levels.same(text, from, other, start, end);
  }
}
