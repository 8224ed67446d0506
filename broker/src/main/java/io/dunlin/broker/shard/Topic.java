package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.spi.Rights;
import org.jspecify.annotations.Nullable;

/// A topic name that a shard has seen: validated once, with its present route.
@OwnedBy("shard")
final class Topic {
  /// Of the objects around a name, and of the places in tables that lead to them.
  private static final int OWN_BYTES = 128;

  final Slice name;
  final int stripe1;
  final int stripe2;
  @Nullable Route route;

  /// What [Routes] counts for it, 0 when it is not among those that keep a route.
  long routeBytes;

  private @Nullable Decisions decisions;

  Topic(Slice name, int stripe1, int stripe2) {
    this.name = name;
    this.stripe1 = stripe1;
    this.stripe2 = stripe2;
  }

  /// About how many bytes it takes, without its route.
  int bytes() {
    return OWN_BYTES + name.length();
  }

  /// Whether a client with these rights may publish to it.
  boolean mayPublish(Access access, Rights rights) {
    return decisions(access).get(rights, Decisions.PUBLISH);
  }

  /// Whether its messages may be given to a client with these rights.
  boolean mayReceive(Access access, Rights rights) {
    return decisions(access).get(rights, Decisions.RECEIVE);
  }

  private Decisions decisions(Access access) {
    Decisions now = decisions;
    if (now == null || !now.by(access)) {
      now = new Decisions(access, name);
      decisions = now;
    }
    return now;
  }
}
