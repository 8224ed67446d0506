package io.dunlin.codec;

import io.dunlin.base.HotPath;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.PublishView;
import java.nio.ByteBuffer;

/// Writes a PUBLISH out of parts that lie in buffers (MQTT 5.0 §3.3). Allocates nothing, and moves
/// no buffer's position: all indexes are absolute.
@HotPath(benchmark = "mqload fan-out, QoS 0")
public final class PublishEncoder {
  private PublishEncoder() {}

  /// How many bytes [#write] writes for these parts.
  ///
  /// @param qos 0, 1 or 2
  public static int size(
      MqttVersion version,
      int qos,
      int topicLength,
      int topicAlias,
      long messageExpirySeconds,
      int[] subscriptionIds,
      int subscriptionIdCount,
      int passOnLength,
      int payloadLength) {
    int remaining = 2 + topicLength + (qos == 0 ? 0 : 2) + payloadLength;
    if (version == MqttVersion.V5) {
      int properties =
          propertiesLength(
              topicAlias, messageExpirySeconds, subscriptionIds, subscriptionIdCount, passOnLength);
      remaining += VarInt.size(properties) + properties;
    }
    return 1 + VarInt.size(remaining) + remaining;
  }

  private static int propertiesLength(
      int topicAlias,
      long messageExpirySeconds,
      int[] subscriptionIds,
      int subscriptionIdCount,
      int passOnLength) {
    int length = passOnLength + (topicAlias == 0 ? 0 : 3) + (messageExpirySeconds < 0 ? 0 : 5);
    for (int i = 0; i < subscriptionIdCount; i++) {
      length += 1 + VarInt.size(subscriptionIds[i]);
    }
    return length;
  }

  /// Writes a PUBLISH into `target` at `at`, and returns the index behind it. The space must be
  /// there: [#size] tells how much. Before 5.0 what belongs to properties is left out.
  ///
  /// @param flags DUP, QoS and RETAIN as in the first byte, 0..15
  /// @param topicFrom where the topic name begins; an empty range leaves it to the alias
  /// @param packetId 1..65535; not looked at for QoS 0
  /// @param topicAlias 0 for none
  /// @param messageExpirySeconds -1 for none
  /// @param subscriptionIds of which the first `subscriptionIdCount` are written
  /// @param passOnFrom where the properties to pass on begin, as [#copyPassOn] wrote them
  public static int write(
      ByteBuffer target,
      int at,
      MqttVersion version,
      int flags,
      ByteBuffer topicSource,
      int topicFrom,
      int topicTo,
      int packetId,
      int topicAlias,
      long messageExpirySeconds,
      int[] subscriptionIds,
      int subscriptionIdCount,
      ByteBuffer passOnSource,
      int passOnFrom,
      int passOnTo,
      ByteBuffer payloadSource,
      int payloadFrom,
      int payloadTo) {
    boolean v5 = version == MqttVersion.V5;
    int topicLength = topicTo - topicFrom;
    int payloadLength = payloadTo - payloadFrom;
    int passOnLength = passOnTo - passOnFrom;
    boolean hasPacketId = (flags & 0x06) != 0;
    int properties =
        v5
            ? propertiesLength(
                topicAlias,
                messageExpirySeconds,
                subscriptionIds,
                subscriptionIdCount,
                passOnLength)
            : 0;
    int remaining =
        2
            + topicLength
            + (hasPacketId ? 2 : 0)
            + (v5 ? VarInt.size(properties) + properties : 0)
            + payloadLength;

    target.put(at, (byte) (PacketType.PUBLISH << 4 | flags));
    int next = VarInt.write(target, at + 1, remaining);
    next = u16(target, next, topicLength);
    target.put(next, topicSource, topicFrom, topicLength);
    next += topicLength;
    if (hasPacketId) {
      next = u16(target, next, packetId);
    }
    if (v5) {
      next = VarInt.write(target, next, properties);
      if (topicAlias != 0) {
        target.put(next, (byte) Property.TOPIC_ALIAS);
        next = u16(target, next + 1, topicAlias);
      }
      if (messageExpirySeconds >= 0) {
        target.put(next, (byte) Property.MESSAGE_EXPIRY);
        next = u16(target, next + 1, (int) (messageExpirySeconds >>> 16));
        next = u16(target, next, (int) messageExpirySeconds);
      }
      for (int i = 0; i < subscriptionIdCount; i++) {
        target.put(next, (byte) Property.SUBSCRIPTION_IDENTIFIER);
        next = VarInt.write(target, next + 1, subscriptionIds[i]);
      }
      target.put(next, passOnSource, passOnFrom, passOnLength);
      next += passOnLength;
    }
    target.put(next, payloadSource, payloadFrom, payloadLength);
    return next + payloadLength;
  }

  /// Copies those properties of `view` that are passed on, [PublishView#passOnLength] bytes, into
  /// `target` at `at`; returns the index behind them.
  public static int copyPassOn(PublishView view, ByteBuffer target, int at) {
    if (view.plainProperties()) {
      target.put(at, view.buffer(), view.propertiesFrom(), view.passOnLength());
      return at + view.passOnLength();
    }
    return PropertyBlock.copyPassOn(
        view.buffer(), view.propertiesFrom(), view.propertiesTo(), target, at);
  }

  private static int u16(ByteBuffer target, int at, int value) {
    target.put(at, (byte) (value >>> 8));
    target.put(at + 1, (byte) value);
    return at + 2;
  }
}
