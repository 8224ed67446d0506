package io.dunlin.client;

import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.TopicName;
import org.jspecify.annotations.Nullable;

/// What the server's topic aliases stand for on one connection (MQTT 5.0 §3.3.2.3.4). For the
/// reader's thread.
final class TopicAliases {
  private final @Nullable TopicName[] topics;

  /// None yet.
  ///
  /// @param maximum the largest that the CONNECT allowed, 0 for none
  TopicAliases(int maximum) {
    topics = new @Nullable TopicName[maximum + 1];
  }

  /// The message with its topic name; sets the alias if it has both [MQTT-3.3.2-10].
  ///
  /// @throws MalformedPacket if the alias is too high, or stands for nothing
  Publish resolve(Publish publish) throws MalformedPacket {
    int alias = publish.topicAlias();
    if (alias == 0) {
      return publish;
    }
    if (alias >= topics.length) {
      throw new MalformedPacket(
          ReasonCode.TOPIC_ALIAS_INVALID, "MQTT-3.1.2-26", "topic alias " + alias);
    }
    if (publish.topic() != null) {
      topics[alias] = publish.topic();
      return publish;
    }
    @Nullable TopicName topic = topics[alias];
    if (topic == null) {
      throw new MalformedPacket(
          ReasonCode.PROTOCOL_ERROR, "§3.3.2.3.4", "topic alias " + alias + " stands for nothing");
    }
    return publish.withTopic(topic, alias);
  }
}
