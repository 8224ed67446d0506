package io.dunlin.tests.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A packet from the server, taken apart and checked on the way: whatever a test is about, no
/// packet of the server may break a rule of its format.
///
/// Fields that a packet type does not have are 0, empty or false.
final class Received {
  private static final Set<Property> TEXTS =
      EnumSet.of(Property.REASON_STRING, Property.USER_PROPERTY);
  private static final Map<PacketType, Set<Property>> PROPERTIES =
      Map.of(
          PacketType.CONNACK,
          EnumSet.of(
              Property.SESSION_EXPIRY_INTERVAL,
              Property.RECEIVE_MAXIMUM,
              Property.MAXIMUM_QOS,
              Property.RETAIN_AVAILABLE,
              Property.MAXIMUM_PACKET_SIZE,
              Property.ASSIGNED_CLIENT_IDENTIFIER,
              Property.TOPIC_ALIAS_MAXIMUM,
              Property.REASON_STRING,
              Property.USER_PROPERTY,
              Property.WILDCARD_SUBSCRIPTION_AVAILABLE,
              Property.SUBSCRIPTION_IDENTIFIER_AVAILABLE,
              Property.SHARED_SUBSCRIPTION_AVAILABLE,
              Property.SERVER_KEEP_ALIVE,
              Property.RESPONSE_INFORMATION,
              Property.SERVER_REFERENCE,
              Property.AUTHENTICATION_METHOD,
              Property.AUTHENTICATION_DATA),
          PacketType.PUBLISH,
          EnumSet.of(
              Property.PAYLOAD_FORMAT_INDICATOR,
              Property.MESSAGE_EXPIRY_INTERVAL,
              Property.TOPIC_ALIAS,
              Property.RESPONSE_TOPIC,
              Property.CORRELATION_DATA,
              Property.USER_PROPERTY,
              Property.SUBSCRIPTION_IDENTIFIER,
              Property.CONTENT_TYPE),
          PacketType.PUBACK,
          TEXTS,
          PacketType.PUBREC,
          TEXTS,
          PacketType.PUBREL,
          TEXTS,
          PacketType.PUBCOMP,
          TEXTS,
          PacketType.SUBACK,
          TEXTS,
          PacketType.UNSUBACK,
          TEXTS,
          // No Session Expiry Interval from a server [MQTT-3.14.2-2].
          PacketType.DISCONNECT,
          EnumSet.of(Property.REASON_STRING, Property.USER_PROPERTY, Property.SERVER_REFERENCE),
          PacketType.AUTH,
          EnumSet.of(
              Property.AUTHENTICATION_METHOD,
              Property.AUTHENTICATION_DATA,
              Property.REASON_STRING,
              Property.USER_PROPERTY));

  private static final List<Integer> PUBLISH_REASONS =
      List.of(0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99);
  private static final List<Integer> RELEASE_REASONS = List.of(0x00, 0x92);
  private static final Map<PacketType, List<Integer>> REASONS =
      Map.of(
          PacketType.CONNACK,
          List.of(
              0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90,
              0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F),
          PacketType.PUBACK,
          PUBLISH_REASONS,
          PacketType.PUBREC,
          PUBLISH_REASONS,
          PacketType.PUBREL,
          RELEASE_REASONS,
          PacketType.PUBCOMP,
          RELEASE_REASONS,
          PacketType.SUBACK,
          List.of(0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2),
          PacketType.UNSUBACK,
          List.of(0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91),
          PacketType.DISCONNECT,
          List.of(
              0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94,
              0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2),
          PacketType.AUTH,
          List.of(0x00, 0x18));

  /// A property with its value: a `Long`, a `String` (a pair as `name=value`) or a `byte[]`.
  record Value(Property property, Object value) {}

  private final Version version;
  private final PacketType type;
  private final int flags;
  private final byte[] whole;
  private final ByteBuffer in;
  private final List<Value> properties = new ArrayList<>();
  private final List<Integer> reasons = new ArrayList<>();
  private boolean sessionPresent;
  private String topic = "";
  private int packetId;
  private byte[] payload = {};

  /// @param whole the packet with its fixed header
  /// @param headerBytes where the variable header begins
  Received(Version version, byte[] whole, int headerBytes) {
    this.version = version;
    this.whole = whole;
    type = PacketType.ofFirstByte(whole[0] & 0xFF);
    flags = whole[0] & 0x0F;
    in = ByteBuffer.wrap(whole, headerBytes, whole.length - headerBytes);
    try {
      check(type == PacketType.PUBLISH || (whole[0] & 0xFF) == type.firstByte(), "flag bits");
      parse();
      check(!in.hasRemaining(), "bytes left over");
      checkReasons();
    } catch (RuntimeException e) {
      throw new AssertionError("malformed packet from the server: " + this, e);
    }
  }

  private void parse() {
    switch (type) {
      case CONNACK -> {
        int acknowledgeFlags = u8();
        check(acknowledgeFlags <= 1, "reserved acknowledge flags");
        sessionPresent = acknowledgeFlags == 1;
        reasons.add(u8());
        readProperties();
        check(!sessionPresent || reason() == 0, "Session Present in a refusal");
      }
      case PUBLISH -> {
        check(qos() < 3, "QoS 3");
        check(qos() > 0 || !dup(), "DUP with QoS 0");
        topic = string();
        check(topic.indexOf('+') < 0 && topic.indexOf('#') < 0, "wildcard in a topic name");
        if (qos() > 0) {
          packetId = packetIdentifier();
        }
        readProperties();
        payload = rest();
      }
      case PUBACK, PUBREC, PUBREL, PUBCOMP -> {
        packetId = packetIdentifier();
        readReasonAndProperties();
      }
      case SUBACK -> {
        packetId = packetIdentifier();
        readProperties();
        for (byte code : rest()) {
          reasons.add(code & 0xFF);
        }
      }
      case UNSUBACK -> {
        packetId = packetIdentifier();
        readProperties();
        if (version.hasProperties()) {
          for (byte code : rest()) {
            reasons.add(code & 0xFF);
          }
        }
      }
      case DISCONNECT, AUTH -> {
        check(version.hasProperties(), type + " before 5.0");
        readReasonAndProperties();
      }
      case PINGRESP -> {}
      case RESERVED, CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ ->
          check(false, type + " from a server");
    }
  }

  /// Reason code and properties that may be left out at the end.
  private void readReasonAndProperties() {
    reasons.add(version.hasProperties() && in.hasRemaining() ? u8() : 0);
    if (in.hasRemaining()) {
      readProperties();
    }
  }

  private void readProperties() {
    if (!version.hasProperties()) {
      return;
    }
    int end = variable();
    end += in.position();
    while (in.position() < end) {
      Property property = Property.of(variable());
      check(PROPERTIES.getOrDefault(type, Set.of()).contains(property), property + " not allowed");
      boolean repeatable =
          property == Property.USER_PROPERTY || property == Property.SUBSCRIPTION_IDENTIFIER;
      check(repeatable || value(property) == null, property + " twice");
      properties.add(new Value(property, value(property.form)));
    }
    check(in.position() == end, "a property past the Property Length");
    checkRanges();
  }

  private Object value(Property.Form form) {
    return switch (form) {
      case ONE_BYTE -> (long) u8();
      case TWO_BYTES -> (long) u16();
      case FOUR_BYTES -> in.getInt() & 0xFFFFFFFFL;
      case VARIABLE -> (long) variable();
      case STRING -> string();
      case BINARY -> bytes(u16());
      case STRING_PAIR -> string() + "=" + string();
    };
  }

  private void checkRanges() {
    for (Value each : properties) {
      switch (each.property()) {
        case RECEIVE_MAXIMUM, MAXIMUM_PACKET_SIZE, TOPIC_ALIAS, SUBSCRIPTION_IDENTIFIER ->
            check((long) each.value() > 0, each.property() + " of 0");
        case MAXIMUM_QOS,
            RETAIN_AVAILABLE,
            WILDCARD_SUBSCRIPTION_AVAILABLE,
            SUBSCRIPTION_IDENTIFIER_AVAILABLE,
            SHARED_SUBSCRIPTION_AVAILABLE,
            PAYLOAD_FORMAT_INDICATOR ->
            check((long) each.value() <= 1, each.property() + " above 1");
        default -> {}
      }
    }
  }

  private void checkReasons() {
    List<Integer> allowed =
        version.hasProperties()
            ? REASONS.getOrDefault(type, List.of())
            : type == PacketType.SUBACK ? List.of(0, 1, 2, 0x80) : List.of(0, 1, 2, 3, 4, 5);
    check(allowed.containsAll(reasons), "reason code");
  }

  private int packetIdentifier() {
    int value = u16();
    check(value != 0, "packet identifier 0");
    return value;
  }

  private int u8() {
    return in.get() & 0xFF;
  }

  private int u16() {
    return in.getShort() & 0xFFFF;
  }

  private int variable() {
    int value = 0;
    for (int shift = 0; shift < 28; shift += 7) {
      int next = u8();
      value |= (next & 127) << shift;
      if (next < 128) {
        check(shift == 0 || next != 0, "a Variable Byte Integer longer than it need be");
        return value;
      }
    }
    throw new IllegalStateException("a Variable Byte Integer of more than four bytes");
  }

  private String string() {
    try {
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(u16()))).toString();
      check(text.indexOf('\0') < 0, "U+0000 in a string");
      return text;
    } catch (CharacterCodingException e) {
      throw new IllegalStateException("a string that is not UTF-8", e);
    }
  }

  private byte[] bytes(int length) {
    byte[] content = new byte[length];
    in.get(content);
    return content;
  }

  private byte[] rest() {
    return bytes(in.remaining());
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException(what);
    }
  }

  PacketType type() {
    return type;
  }

  int qos() {
    return (flags >> 1) & 3;
  }

  boolean retain() {
    return (flags & 1) == 1;
  }

  boolean dup() {
    return (flags & 8) == 8;
  }

  boolean sessionPresent() {
    return sessionPresent;
  }

  String topic() {
    return topic;
  }

  int packetId() {
    return packetId;
  }

  String payload() {
    return new String(payload, UTF_8);
  }

  /// The reason code, or the first of a SUBACK or UNSUBACK.
  int reason() {
    return reasons.getFirst();
  }

  List<Integer> reasons() {
    return reasons;
  }

  int sizeBytes() {
    return whole.length;
  }

  boolean has(Property property) {
    return value(property) != null;
  }

  /// The first value of a property, null where there is none.
  @Nullable Object value(Property property) {
    for (Value each : properties) {
      if (each.property() == property) {
        return each.value();
      }
    }
    return null;
  }

  /// The value of a number property, or `absent`.
  long number(Property property, long absent) {
    return value(property) instanceof Long number ? number : absent;
  }

  String text(Property property) {
    return value(property) instanceof String text ? text : "";
  }

  byte[] binary(Property property) {
    return value(property) instanceof byte[] content ? content : new byte[0];
  }

  /// All values of a property, in their order.
  List<Object> all(Property property) {
    return properties.stream().filter(p -> p.property() == property).map(Value::value).toList();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(type.name());
    if (packetId != 0) {
      text.append(" id=").append(packetId);
    }
    if (type == PacketType.PUBLISH) {
      text.append(" qos=").append(qos()).append(dup() ? " dup" : "");
      text.append(retain() ? " retain" : "").append(" topic=").append(topic);
    }
    for (int reason : reasons) {
      text.append(" 0x%02X".formatted(reason));
    }
    for (Value each : properties) {
      text.append(' ').append(each.property()).append('=').append(each.value());
    }
    return text.append(" [").append(Bytes.hex(whole)).append(']').toString();
  }
}
