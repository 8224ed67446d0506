package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import java.util.ArrayDeque;

/// Which topics of a shard keep their routes. Bounded in bytes: beyond, the topic that has kept one
/// longest lets go of it, and its next message makes it anew. In the order in which they began, not
/// in which they are used: a route that is found costs nothing for this, and one that is used is
/// made once more for each time that all others change.
@OwnedBy("shard")
final class Routes {
  /// A route larger than this part of all is not kept: it would drive out too many others.
  private static final int LARGEST = 8;

  private final ArrayDeque<Topic> keepers = new ArrayDeque<>();
  private final Counters counters;

  Routes(Counters counters) {
    this.counters = counters;
  }

  /// Gives a topic the route that was made for it, if there is room.
  ///
  /// @param mostBytes how many all routes may take
  void keep(Topic topic, Route route, long mostBytes) {
    boolean fits = route.bytes() <= mostBytes / LARGEST;
    if (!fits) {
      counters.routesDropped++;
      if (topic.routeBytes == 0) {
        return;
      }
    }
    if (topic.routeBytes == 0) {
      keepers.addLast(topic);
    }
    long bytes = topic.bytes() + (fits ? route.bytes() : 0);
    counters.routeBytes += bytes - topic.routeBytes;
    topic.routeBytes = bytes;
    topic.route = fits ? route : null;
    while (counters.routeBytes > mostBytes) {
      drop(keepers.removeFirst());
    }
  }

  private void drop(Topic topic) {
    counters.routesDropped++;
    counters.routeBytes -= topic.routeBytes;
    topic.routeBytes = 0;
    topic.route = null;
  }
}
