package io.dunlin.broker.spi;

import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;

/// Decides what a client may do. Thread-safe; must not block: called on a shard, and its answer for
/// a topic is remembered for the connection's next messages to the same topic.
public interface Access {
  /// Allows everything but publishing below `$SYS`.
  Access OPEN =
      new Access() {
        @Override
        public boolean mayPublish(String clientId, String owner, TopicName topic) {
          String name = topic.toString();
          return !name.startsWith("$SYS/") && !name.equals("$SYS");
        }

        @Override
        public boolean maySubscribe(String clientId, String owner, TopicFilter filter) {
          return true;
        }
      };

  /// Whether the client may publish to a topic, its will included.
  boolean mayPublish(String clientId, String owner, TopicName topic);

  /// Whether the client may subscribe; of a shared subscription `filter` is the part behind the
  /// group.
  boolean maySubscribe(String clientId, String owner, TopicFilter filter);
}
