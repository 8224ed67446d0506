package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.store.MessageView;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Topic Aliases towards one client (MQTT 5.0 §3.3.2.3.4): given to topics that come again, until
/// the client's Topic Alias Maximum is reached [MQTT-3.1.2-26]; then the rest goes by name. A topic
/// that comes once takes none.
@OwnedBy("shard")
final class OutgoingAliases {
  private static final int REMEMBERED = 64;

  private final int maximum;
  private final Map<Slice, Integer> aliases = new HashMap<>();
  // Hash codes of topics that came lately and have no alias, each at the place that it says.
  private final int[] seen = new int[REMEMBERED];
  private Slice last = Slice.EMPTY;
  private @Nullable Integer lastAlias;

  OutgoingAliases(int maximum) {
    this.maximum = maximum;
  }

  /// 0 for none; with [Wire#LEAVE_OUT_TOPIC] when the client knows it already.
  int aliasFor(MessageView message) {
    if (!last.equalsAt(message.topicBuffer(), message.topicFrom(), message.topicBytes())) {
      last = message.topic();
      lastAlias = aliases.get(last);
    }
    if (lastAlias != null) {
      return lastAlias | Wire.LEAVE_OUT_TOPIC;
    }
    if (aliases.size() == maximum || isNew(last.hashCode())) {
      return 0;
    }
    int alias = aliases.size() + 1;
    aliases.put(last, alias);
    lastAlias = alias;
    return alias;
  }

  /// Whether the topic did not come lately; after this it did. Different topics with one hash code
  /// get an alias too soon, which does no harm.
  private boolean isNew(int hash) {
    int place = hash & REMEMBERED - 1;
    boolean isNew = seen[place] != hash;
    seen[place] = hash;
    return isNew;
  }

  /// The packet with the newest alias was not sent after all.
  void forgetLast() {
    aliases.remove(last);
    lastAlias = null;
  }
}
