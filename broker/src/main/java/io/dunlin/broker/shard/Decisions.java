package io.dunlin.broker.shard;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.spi.Rights;
import io.dunlin.mqtt.TopicName;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/// What the rules of one [Access] say about one topic, so that they are evaluated once for each
/// rights that meet it. Bounded: when too many different rights have, all is forgotten.
@OwnedBy("shard")
@HotPath(benchmark = "mqload fanin0 with an ACL")
final class Decisions {
  /// Two bits each: decided, allowed.
  static final int PUBLISH = 1;

  static final int RECEIVE = 4;

  private static final int MAX_RIGHTS = 64;

  private final Access access;
  private final Slice name;
  private @Nullable Rights last;
  private int lastBits;
  private @Nullable IdentityHashMap<Rights, Integer> others; // by identity; without the last one

  Decisions(Access access, Slice name) {
    this.access = access;
    this.name = name;
  }

  @SuppressWarnings("ReferenceEquality") // another Access takes the place of one that has changed
  boolean by(Access other) {
    return access == other;
  }

  @SuppressWarnings("ReferenceEquality") // the answers of one object never change
  boolean get(Rights rights, int action) {
    if (rights != last) {
      change(rights);
    }
    if ((lastBits & action) == 0) {
      decide(rights, action);
    }
    return (lastBits & action << 1) != 0;
  }

  private void decide(Rights rights, int action) {
    TopicName topic = TopicName.of(name);
    boolean allowed = action == PUBLISH ? rights.mayPublish(topic) : rights.mayReceive(topic);
    lastBits |= action | (allowed ? action << 1 : 0);
  }

  private void change(Rights rights) {
    IdentityHashMap<Rights, Integer> map = others;
    if (last != null) {
      if (map == null || map.size() >= MAX_RIGHTS) {
        map = new IdentityHashMap<>(4);
        others = map;
      }
      map.put(last, lastBits);
    }
    Integer known = map == null ? null : map.remove(rights);
    last = rights;
    lastBits = known == null ? 0 : known;
  }
}
