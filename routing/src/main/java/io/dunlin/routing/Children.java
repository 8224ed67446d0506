package io.dunlin.routing;

import io.dunlin.base.Slice;
import org.jspecify.annotations.Nullable;

/// The nodes under one branch whose level is no wildcard, found by the hash of the level.
///
/// One writer; `find` from any thread.
sealed interface Children permits Table, Fanout {
  /// The node whose level is `[start, end)` of `text`, or null.
  @Nullable Node find(int hash, Slice text, int start, int end);

  /// Adds a node whose level is not there yet. Returns what holds the nodes from now on.
  Children add(Node node);

  /// Puts `node` where `old`, with the same level, is.
  void replace(Node old, Node node);

  /// Removes a node that is there.
  void remove(Node node);

  int size();
}
