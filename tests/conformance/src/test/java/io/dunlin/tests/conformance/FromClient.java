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

/// A packet from a client, taken apart and checked on the way: whatever a test is about, no packet
/// may break a rule of its format.
///
/// Fields that a packet type does not have are 0, empty or false.
final class FromClient {
  private static final Set<Property> OF_MESSAGES =
      EnumSet.of(
          Property.PAYLOAD_FORMAT_INDICATOR,
          Property.MESSAGE_EXPIRY_INTERVAL,
          Property.TOPIC_ALIAS,
          Property.CONTENT_TYPE,
          Property.RESPONSE_TOPIC,
          Property.CORRELATION_DATA,
          Property.USER_PROPERTY);
  private static final Set<Property> TEXTS =
      EnumSet.of(Property.REASON_STRING, Property.USER_PROPERTY);
  private static final Map<PacketType, Set<Property>> PROPERTIES =
      Map.of(
          PacketType.CONNECT,
          EnumSet.of(
              Property.SESSION_EXPIRY_INTERVAL,
              Property.RECEIVE_MAXIMUM,
              Property.MAXIMUM_PACKET_SIZE,
              Property.TOPIC_ALIAS_MAXIMUM,
              Property.REQUEST_RESPONSE_INFORMATION,
              Property.REQUEST_PROBLEM_INFORMATION,
              Property.USER_PROPERTY,
              Property.AUTHENTICATION_METHOD,
              Property.AUTHENTICATION_DATA),
          PacketType.PUBLISH,
          OF_MESSAGES,
          PacketType.PUBACK,
          TEXTS,
          PacketType.PUBREC,
          TEXTS,
          PacketType.PUBREL,
          TEXTS,
          PacketType.PUBCOMP,
          TEXTS,
          PacketType.SUBSCRIBE,
          EnumSet.of(Property.SUBSCRIPTION_IDENTIFIER, Property.USER_PROPERTY),
          PacketType.UNSUBSCRIBE,
          EnumSet.of(Property.USER_PROPERTY),
          PacketType.DISCONNECT,
          EnumSet.of(
              Property.SESSION_EXPIRY_INTERVAL, Property.REASON_STRING, Property.USER_PROPERTY),
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
          PacketType.PUBACK,
          PUBLISH_REASONS,
          PacketType.PUBREC,
          PUBLISH_REASONS,
          PacketType.PUBREL,
          RELEASE_REASONS,
          PacketType.PUBCOMP,
          RELEASE_REASONS,
          PacketType.DISCONNECT,
          List.of(
              0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99),
          PacketType.AUTH,
          List.of(0x18, 0x19));

  private final Version version;
  private final PacketType type;
  private final int firstByte;
  private final byte[] whole;
  private final ByteBuffer in;
  private final List<Property> properties = new ArrayList<>();
  private final List<Object> values = new ArrayList<>();
  private final List<String> filters = new ArrayList<>();
  private String topic = "";
  private int packetId;
  private int reason;
  private byte[] payload = {};

  /// @param headerBytes where the variable header begins
  FromClient(Version version, byte[] whole, int headerBytes) {
    this.version = version;
    this.whole = whole;
    firstByte = whole[0] & 0xFF;
    type = PacketType.ofFirstByte(firstByte);
    in = ByteBuffer.wrap(whole, headerBytes, whole.length - headerBytes);
    try {
      check(type == PacketType.PUBLISH || firstByte == type.firstByte(), "flag bits");
      parse();
      check(!in.hasRemaining(), "bytes left over");
    } catch (RuntimeException e) {
      throw new AssertionError("malformed packet from the client: " + this, e);
    }
  }

  private void parse() {
    switch (type) {
      case CONNECT -> connect();
      case PUBLISH -> {
        check(qos() < 3, "QoS 3");
        check(qos() > 0 || !dup(), "DUP with QoS 0");
        topic = string();
        check(topic.indexOf('+') < 0 && topic.indexOf('#') < 0, "wildcard in a topic name");
        packetId = qos() > 0 ? packetIdentifier() : 0;
        readProperties(type);
        check(!topic.isEmpty() || properties.contains(Property.TOPIC_ALIAS), "no topic name");
        payload = new byte[in.remaining()];
        in.get(payload);
      }
      case PUBACK, PUBREC, PUBREL, PUBCOMP -> {
        packetId = packetIdentifier();
        readReason();
      }
      case SUBSCRIBE, UNSUBSCRIBE -> {
        packetId = packetIdentifier();
        readProperties(type);
        check(in.hasRemaining(), "no topic filter");
        while (in.hasRemaining()) {
          String filter = string();
          int options = type == PacketType.SUBSCRIBE ? in.get() : 0;
          int most = version.hasProperties() ? 0x2E : 2;
          check((options & 3) < 3 && options <= most, "subscription options");
          filters.add(type == PacketType.SUBSCRIBE ? filter + " " + options : filter);
        }
      }
      case DISCONNECT -> readReason();
      case AUTH -> {
        check(version.hasProperties(), "an AUTH before 5.0");
        readReason();
        check(reason != 0, "reason code");
        check(properties.contains(Property.AUTHENTICATION_METHOD), "no Authentication Method");
      }
      case PINGREQ -> {}
      default -> check(false, type + " from a client");
    }
  }

  private void connect() {
    check(string().equals(version.protocolName) && in.get() == version.level, "protocol");
    int flags = in.get();
    check((flags & 1) == 0, "the reserved connect flag");
    in.getShort();
    readProperties(type);
    string(); // the client identifier
    if ((flags & 4) != 0) {
      check((flags & 0x18) != 0x18, "Will QoS 3");
      skipWillProperties();
      topic = string();
      payload = bytes();
    } else {
      check((flags & 0x38) == 0, "Will QoS or Will Retain without a will");
    }
    if ((flags & 0x80) != 0) {
      string();
    }
    if ((flags & 0x40) != 0) {
      check(version.hasProperties() || (flags & 0x80) != 0, "a password without a user name");
      bytes();
    }
  }

  private void skipWillProperties() {
    if (version.hasProperties()) {
      int length = variable();
      in.position(in.position() + length);
    }
  }

  /// Reason code and properties, which may be left out at the end.
  private void readReason() {
    if (!in.hasRemaining()) {
      return;
    }
    check(version.hasProperties(), "a reason code before 5.0");
    reason = in.get() & 0xFF;
    check(REASONS.getOrDefault(type, List.of()).contains(reason), "reason code");
    if (in.hasRemaining()) {
      readProperties(type);
    }
  }

  private void readProperties(PacketType of) {
    if (!version.hasProperties()) {
      return;
    }
    int length = variable();
    int end = in.position() + length;
    while (in.position() < end) {
      Property property = Property.of(variable());
      check(PROPERTIES.getOrDefault(of, Set.of()).contains(property), property + " not allowed");
      check(
          property == Property.USER_PROPERTY || !properties.contains(property),
          property + " twice");
      properties.add(property);
      values.add(
          switch (property.form) {
            case ONE_BYTE -> (long) in.get();
            case TWO_BYTES -> in.getShort() & 0xFFFFL;
            case FOUR_BYTES -> in.getInt() & 0xFFFFFFFFL;
            case VARIABLE -> (long) variable();
            case STRING -> string();
            case BINARY -> bytes();
            case STRING_PAIR -> string() + "=" + string();
          });
    }
    check(in.position() == end, "a property past the Property Length");
  }

  private int packetIdentifier() {
    int value = in.getShort() & 0xFFFF;
    check(value != 0, "packet identifier 0");
    return value;
  }

  private int variable() {
    int value = 0;
    for (int shift = 0; shift < 28; shift += 7) {
      int next = in.get() & 0xFF;
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
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes())).toString();
      check(text.indexOf('\0') < 0, "U+0000 in a string");
      return text;
    } catch (CharacterCodingException e) {
      throw new IllegalStateException("a string that is not UTF-8", e);
    }
  }

  private byte[] bytes() {
    byte[] content = new byte[in.getShort() & 0xFFFF];
    in.get(content);
    return content;
  }

  private static void check(boolean right, String what) {
    if (!right) {
      throw new IllegalStateException(what);
    }
  }

  PacketType type() {
    return type;
  }

  int qos() {
    return firstByte >> 1 & 3;
  }

  boolean dup() {
    return (firstByte & 8) != 0;
  }

  boolean retain() {
    return (firstByte & 1) != 0;
  }

  String topic() {
    return topic;
  }

  String payload() {
    return new String(payload, UTF_8);
  }

  int packetId() {
    return packetId;
  }

  int reason() {
    return reason;
  }

  /// Of a SUBSCRIBE with their options, as `a/b 1`.
  List<String> filters() {
    return filters;
  }

  List<Property> properties() {
    return properties;
  }

  @Nullable Object value(Property property) {
    int at = properties.indexOf(property);
    return at < 0 ? null : values.get(at);
  }

  byte[] whole() {
    return whole;
  }

  @Override
  public String toString() {
    return type + " " + Bytes.hex(whole);
  }
}
