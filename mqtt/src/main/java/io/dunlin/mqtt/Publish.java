package io.dunlin.mqtt;

import io.dunlin.base.Slice;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Carries one Application Message (MQTT 5.0 §3.3). Immutable. Where messages are many, a
/// [PublishView] is used in its place.
///
/// @param topic null when a topic alias stands for it
/// @param packetId 1..65535 when `qos` is 1 or 2; 0 when `qos` is 0
/// @param topicAlias 1..65535, or 0 for none
/// @param payloadFormatUtf8 whether the payload says that it is UTF-8
/// @param messageExpirySeconds 0..4294967295, or -1 for none
/// @param contentType null when absent
/// @param responseTopic null when absent
/// @param correlationData null when absent
/// @param subscriptionIdentifiers those of the subscriptions that it matched; from a server only
public record Publish(
    @Nullable TopicName topic,
    Slice payload,
    Qos qos,
    boolean retain,
    boolean dup,
    int packetId,
    int topicAlias,
    boolean payloadFormatUtf8,
    long messageExpirySeconds,
    @Nullable String contentType,
    @Nullable TopicName responseTopic,
    @Nullable Slice correlationData,
    List<Integer> subscriptionIdentifiers,
    List<UserProperty> userProperties)
    implements Packet {
  public Publish {
    if (qos == Qos.AT_MOST_ONCE ? packetId != 0 : packetId < 1 || packetId > 65_535) {
      throw new IllegalArgumentException(qos + " with packetId " + packetId); // [MQTT-2.2.1-2]
    }
    if (dup && qos == Qos.AT_MOST_ONCE) { // [MQTT-3.3.1-2]
      throw new IllegalArgumentException("DUP with QoS 0");
    }
    if (topic == null && topicAlias == 0) {
      throw new IllegalArgumentException("neither topic name nor topic alias");
    }
    subscriptionIdentifiers = List.copyOf(subscriptionIdentifiers);
    userProperties = List.copyOf(userProperties);
  }

  /// Without properties, sent for the first time.
  public Publish(TopicName topic, Slice payload, Qos qos, boolean retain, int packetId) {
    this(
        topic, payload, qos, retain, false, packetId, 0, false, -1, null, null, null, List.of(),
        List.of());
  }

  /// The same by another name: a topic name, an alias, or both, which sets the alias.
  public Publish withTopic(@Nullable TopicName name, int alias) {
    return new Publish(
        name,
        payload,
        qos,
        retain,
        dup,
        packetId,
        alias,
        payloadFormatUtf8,
        messageExpirySeconds,
        contentType,
        responseTopic,
        correlationData,
        subscriptionIdentifiers,
        userProperties);
  }
}
