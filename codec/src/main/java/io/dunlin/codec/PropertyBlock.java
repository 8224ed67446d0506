package io.dunlin.codec;

import io.dunlin.base.HotPath;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.Utf8;
import java.nio.ByteBuffer;

/// The properties of a packet where they lie, without their length: checks them in one walk, finds
/// one, copies some. Allocates nothing but for a refusal.
@HotPath(benchmark = "mqload fan-out, QoS 0, user properties")
final class PropertyBlock {
  /// How many User Properties a packet, or a will, may have.
  static final int MAX_USER_PROPERTIES = 1_024;

  private PropertyBlock() {}

  /// Checks all that can be wrong with the properties `[from, to)`, and says which are there.
  ///
  /// @param allowed one of the sets of [Property]
  static long check(ByteBuffer buffer, int from, int to, long allowed) throws MalformedPacket {
    long seen = 0;
    int userProperties = 0;
    int at = from;
    while (at < to) {
      int id = buffer.get(at);
      long bit = id < 0 || id > 63 ? 0 : Property.bit(id);
      if ((bit & allowed) == 0) {
        throw notAllowed(id & 0xff, allowed);
      }
      if (id == Property.USER_PROPERTY) {
        if (++userProperties > MAX_USER_PROPERTIES) {
          throw new MalformedPacket(
              ReasonCode.QUOTA_EXCEEDED,
              "§2.2.2",
              "more than " + MAX_USER_PROPERTIES + " User Properties");
        }
      } else if ((bit & seen) != 0 && !repeatable(id, allowed)) {
        throw new MalformedPacket(
            ReasonCode.PROTOCOL_ERROR, "§2.2.2.2", "property " + id + " comes twice");
      }
      seen |= bit;
      int end = valueEnd(buffer, id, at + 1, to);
      if (end < 0) {
        throw new MalformedPacket(
            ReasonCode.MALFORMED_PACKET,
            "§2.2.2",
            "property " + id + " is cut off by the Property Length");
      }
      checkValue(buffer, id, at + 1, end);
      at = end;
    }
    return seen;
  }

  private static boolean repeatable(int id, long allowed) {
    return id == Property.SUBSCRIPTION_IDENTIFIER && allowed == Property.IN_PUBLISH_FROM_SERVER;
  }

  private static MalformedPacket notAllowed(int id, long allowed) {
    if (id == Property.SUBSCRIPTION_IDENTIFIER && allowed == Property.IN_PUBLISH_FROM_CLIENT) {
      return new MalformedPacket(
          ReasonCode.PROTOCOL_ERROR, "MQTT-3.3.4-6", "a client sends a Subscription Identifier");
    }
    if (id == Property.SESSION_EXPIRY && allowed == Property.IN_DISCONNECT_FROM_SERVER) {
      return new MalformedPacket(
          ReasonCode.PROTOCOL_ERROR, "MQTT-3.14.2-2", "a server sends a Session Expiry Interval");
    }
    return new MalformedPacket(
        ReasonCode.MALFORMED_PACKET, "§2.2.2.2", "property " + id + " is not for this packet");
  }

  /// The index behind the value at `at` of property `id`, a known one; -1 if that is beyond `to`,
  /// or if the value is a malformed number.
  private static int valueEnd(ByteBuffer buffer, int id, int at, int to) {
    int end =
        switch (id) {
          case Property.PAYLOAD_FORMAT,
              Property.REQUEST_PROBLEM_INFORMATION,
              Property.REQUEST_RESPONSE_INFORMATION,
              Property.MAXIMUM_QOS,
              Property.RETAIN_AVAILABLE,
              Property.WILDCARD_SUBSCRIPTION_AVAILABLE,
              Property.SUBSCRIPTION_IDENTIFIERS_AVAILABLE,
              Property.SHARED_SUBSCRIPTION_AVAILABLE ->
              at + 1;
          case Property.SERVER_KEEP_ALIVE,
              Property.RECEIVE_MAXIMUM,
              Property.TOPIC_ALIAS_MAXIMUM,
              Property.TOPIC_ALIAS ->
              at + 2;
          case Property.MESSAGE_EXPIRY,
              Property.SESSION_EXPIRY,
              Property.WILL_DELAY,
              Property.MAXIMUM_PACKET_SIZE ->
              at + 4;
          case Property.SUBSCRIPTION_IDENTIFIER -> numberEnd(buffer, at, to);
          case Property.USER_PROPERTY -> {
            int nameEnd = bytesEnd(buffer, at, to);
            yield nameEnd < 0 ? -1 : bytesEnd(buffer, nameEnd, to);
          }
          default -> bytesEnd(buffer, at, to);
        };
    return end > to ? -1 : end;
  }

  private static int numberEnd(ByteBuffer buffer, int at, int to) {
    int value = VarInt.read(buffer, at, to);
    return value < 0 ? -1 : at + VarInt.size(value);
  }

  /// The index behind the string or binary data at `at`, -1 if that is beyond `to`.
  private static int bytesEnd(ByteBuffer buffer, int at, int to) {
    if (to - at < 2) {
      return -1;
    }
    int end = at + 2 + u16(buffer, at);
    return end > to ? -1 : end;
  }

  private static void checkValue(ByteBuffer buffer, int id, int at, int end)
      throws MalformedPacket {
    switch (id) {
      case Property.PAYLOAD_FORMAT,
          Property.REQUEST_PROBLEM_INFORMATION,
          Property.REQUEST_RESPONSE_INFORMATION,
          Property.MAXIMUM_QOS,
          Property.RETAIN_AVAILABLE,
          Property.WILDCARD_SUBSCRIPTION_AVAILABLE,
          Property.SUBSCRIPTION_IDENTIFIERS_AVAILABLE,
          Property.SHARED_SUBSCRIPTION_AVAILABLE -> {
        if ((buffer.get(at) & 0xfe) != 0) {
          throw wrongValue(id, "neither 0 nor 1");
        }
      }
      case Property.RECEIVE_MAXIMUM -> {
        if (u16(buffer, at) == 0) {
          throw wrongValue(id, "0");
        }
      }
      case Property.MAXIMUM_PACKET_SIZE -> {
        if (u32(buffer, at) == 0) {
          throw wrongValue(id, "0");
        }
      }
      case Property.SUBSCRIPTION_IDENTIFIER -> {
        if (buffer.get(at) == 0) { // the shortest form of 0, and of nothing else
          throw wrongValue(id, "0");
        }
      }
      case Property.TOPIC_ALIAS -> {
        if (u16(buffer, at) == 0) {
          throw new MalformedPacket(
              ReasonCode.TOPIC_ALIAS_INVALID, "MQTT-3.3.2-8", "topic alias 0");
        }
      }
      case Property.CORRELATION_DATA, Property.AUTHENTICATION_DATA -> {}
      case Property.RESPONSE_TOPIC -> {
        checkText(buffer, at + 2, end, "MQTT-3.3.2-13");
        if (!TopicName.valid(buffer, at + 2, end)) {
          throw new MalformedPacket(
              ReasonCode.MALFORMED_PACKET,
              end == at + 2 ? "MQTT-4.7.3-1" : "MQTT-3.3.2-14",
              "the response topic is no topic name");
        }
      }
      case Property.CONTENT_TYPE -> checkText(buffer, at + 2, end, "MQTT-3.3.2-19");
      case Property.USER_PROPERTY -> {
        int valueAt = at + 2 + u16(buffer, at);
        checkText(buffer, at + 2, valueAt, "MQTT-1.5.7-1");
        checkText(buffer, valueAt + 2, end, "MQTT-1.5.7-1");
      }
      case Property.ASSIGNED_CLIENT_IDENTIFIER,
          Property.AUTHENTICATION_METHOD,
          Property.RESPONSE_INFORMATION,
          Property.SERVER_REFERENCE,
          Property.REASON_STRING ->
          checkText(buffer, at + 2, end, "MQTT-1.5.4-1");
      default -> {} // any number will do
    }
  }

  private static void checkText(ByteBuffer buffer, int from, int to, String statement)
      throws MalformedPacket {
    if (!Utf8.valid(buffer, from, to)) {
      throw new MalformedPacket(
          ReasonCode.MALFORMED_PACKET, statement, "a property is no valid UTF-8");
    }
  }

  private static MalformedPacket wrongValue(int id, String what) {
    return new MalformedPacket(
        ReasonCode.PROTOCOL_ERROR, "§2.2.2.2", "property " + id + " is " + what);
  }

  /// Where the value of the first property `id` is, or -1. The properties were checked.
  static int find(ByteBuffer buffer, int from, int to, int id) {
    for (int at = from; at < to; at = next(buffer, at, to)) {
      if (buffer.get(at) == id) {
        return at + 1;
      }
    }
    return -1;
  }

  /// Where the property behind the one at `at` begins. The properties were checked.
  static int next(ByteBuffer buffer, int at, int to) {
    return valueEnd(buffer, buffer.get(at), at + 1, to);
  }

  /// How many bytes the properties to pass on have. The properties were checked.
  static int passOnLength(ByteBuffer buffer, int from, int to, long seen) {
    if ((seen & Property.NOT_PASSED_ON) == 0) {
      return to - from;
    }
    int length = 0;
    int at = from;
    while (at < to) {
      int next = next(buffer, at, to);
      length += passedOn(buffer, at) ? next - at : 0;
      at = next;
    }
    return length;
  }

  /// Copies the properties to pass on to `target` at `targetAt`; returns the index behind them. The
  /// properties were checked.
  static int copyPassOn(ByteBuffer buffer, int from, int to, ByteBuffer target, int targetAt) {
    int copied = targetAt;
    int at = from;
    while (at < to) {
      int next = next(buffer, at, to);
      if (passedOn(buffer, at)) {
        target.put(copied, buffer, at, next - at);
        copied += next - at;
      }
      at = next;
    }
    return copied;
  }

  private static boolean passedOn(ByteBuffer buffer, int at) {
    return (Property.bit(buffer.get(at)) & Property.NOT_PASSED_ON) == 0;
  }

  /// The two-byte number at `at`, in network order whatever the buffer's.
  static int u16(ByteBuffer buffer, int at) {
    return (buffer.get(at) & 0xff) << 8 | (buffer.get(at + 1) & 0xff);
  }

  /// The four-byte number at `at`, in network order whatever the buffer's.
  static long u32(ByteBuffer buffer, int at) {
    return (long) u16(buffer, at) << 16 | u16(buffer, at + 2);
  }
}
