package io.dunlin.broker.spi;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;

/// What one client may do. Immutable and thread-safe; must not block. The answers must never
/// change: they are remembered.
public interface Rights {
  /// What is asked for.
  enum Act {
    /// Publishing to a topic.
    PUBLISH,
    /// Subscribing to a filter.
    SUBSCRIBE,
    /// Receiving messages of a topic.
    RECEIVE
  }

  /// Why nobody may publish below `$SYS`.
  String OWN_TOPIC = "only the broker publishes below $SYS and $CONTROL";

  /// Everything but publishing to the broker's own topics.
  Rights OPEN =
      new Rights() {
        @Override
        public boolean mayPublish(TopicName topic) {
          return !isOwnTopic(topic);
        }

        @Override
        public boolean maySubscribe(TopicFilter filter) {
          return true;
        }

        @Override
        public boolean mayReceive(TopicName topic) {
          return true;
        }

        @Override
        public boolean receivesEverything() {
          return true;
        }
      };

  /// Whether the client may publish to a topic, its will included.
  boolean mayPublish(TopicName topic);

  /// Whether the client may subscribe; of a shared subscription `filter` is the part behind the
  /// group.
  boolean maySubscribe(TopicFilter filter);

  /// Whether messages of a topic may be given to the client, by whatever filter they match.
  boolean mayReceive(TopicName topic);

  /// Whether [#mayReceive] is true for every topic there can be.
  default boolean receivesEverything() {
    return false;
  }

  /// Which rule decides, in words: for somebody who traces what is refused, not for each message.
  ///
  /// @param topic a topic name, or the filter for [Act#SUBSCRIBE], without a group
  default String reason(Act act, Slice topic) {
    return act == Act.PUBLISH && isOwnTopic(TopicName.of(topic))
        ? OWN_TOPIC
        : "the program around this broker decides";
  }

  /// Whether only the broker publishes to a topic: it lies below `$SYS` or `$CONTROL`.
  static boolean isOwnTopic(TopicName topic) {
    String name = topic.toString();
    return name.startsWith("$") && (isBelow(name, "$SYS") || isBelow(name, "$CONTROL"));
  }

  private static boolean isBelow(String name, String level) {
    return name.startsWith(level)
        && (name.length() == level.length() || name.charAt(level.length()) == '/');
  }
}
