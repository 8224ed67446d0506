package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.store.MessageView;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Topic Aliases towards one client (MQTT 5.0 §3.3.2.3.4): given to topics that repeat, until the
/// client's Topic Alias Maximum is reached [MQTT-3.1.2-26]; then the rest goes by name.
@OwnedBy("shard")
final class OutgoingAliases {
  private final int maximum;
  private final Map<Slice, Integer> aliases = new HashMap<>();
  private @Nullable Slice last;

  OutgoingAliases(int maximum) {
    this.maximum = maximum;
  }

  /// 0 for none; with [Wire#LEAVE_OUT_TOPIC] when the client knows it already.
  int aliasFor(MessageView message) {
    Slice previous = last;
    if (previous != null
        && previous.equalsAt(message.topicBuffer(), message.topicFrom(), message.topicBytes())) {
      Integer known = aliases.get(previous);
      if (known != null) {
        return known | Wire.LEAVE_OUT_TOPIC;
      }
      if (aliases.size() < maximum) {
        int alias = aliases.size() + 1;
        aliases.put(previous, alias);
        return alias;
      }
      return 0;
    }
    Slice topic = message.topic();
    last = topic;
    Integer known = aliases.get(topic);
    return known == null ? 0 : known | Wire.LEAVE_OUT_TOPIC;
  }

  /// The packet with the newest alias was not sent after all.
  void forgetLast() {
    if (last != null) {
      aliases.remove(last);
    }
  }
}
