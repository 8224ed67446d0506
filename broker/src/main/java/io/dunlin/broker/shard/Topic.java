package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import org.jspecify.annotations.Nullable;

/// A topic name that a shard has seen: validated once, with its present route.
@OwnedBy("shard")
final class Topic {
  final Slice name;
  final int stripe1;
  final int stripe2;
  @Nullable Route route;

  Topic(Slice name, int stripe1, int stripe2) {
    this.name = name;
    this.stripe1 = stripe1;
    this.stripe2 = stripe2;
  }
}
