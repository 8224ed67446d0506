package io.dunlin.codec;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.Will;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Decodes a CONNECT of any version (MQTT 5.0 §3.1), and tells in which version to refuse it.
public final class ConnectDecoder {
  private static final Slice MQTT = Slice.utf8(MqttVersion.V5.protocolName());
  private static final Slice MQISDP = Slice.utf8(MqttVersion.V3_1.protocolName());

  private static final long BARE_CONNACK = 5; // bytes

  private static final int RESERVED = 0x01;
  private static final int CLEAN_START = 0x02;
  private static final int WILL = 0x04;
  private static final int WILL_QOS = 0x18;
  private static final int WILL_RETAIN = 0x20;
  private static final int PASSWORD = 0x40;
  private static final int USER_NAME = 0x80;

  private ConnectDecoder() {}

  /// In which version a CONNACK can refuse the packet `[from, to)`, or null if its sender would not
  /// understand any, because it is no CONNECT or has a foreign protocol name: then the connection
  /// is closed without a word.
  ///
  /// A level that nobody knows is answered in the form of the version that is nearest: `MQIsdp` and
  /// the levels below 5 with return code 0x01 [MQTT-3.1.2-2 v3.1.1], those above 5 with reason code
  /// 0x84 [MQTT-3.1.2-2]. The highest bit of the level is ignored for that: bridges between brokers
  /// set it.
  public static @Nullable MqttVersion answerVersion(ByteBuffer buffer, int from, int to) {
    if (to - from < 2 || (buffer.get(from) & 0xff) >> 4 != PacketType.CONNECT) {
      return null;
    }
    int remaining = VarInt.read(buffer, from + 1, to);
    if (remaining < 0) {
      return null;
    }
    int at = from + 1 + VarInt.size(remaining);
    if (holds(MQISDP, buffer, at, to)) {
      return MqttVersion.V3_1;
    }
    if (!holds(MQTT, buffer, at, to)) {
      return null;
    }
    int level = buffer.get(at + 2 + MQTT.length()) & 0xff;
    return isBefore5(level) ? MqttVersion.V3_1_1 : MqttVersion.V5;
  }

  /// How large a packet may be that refuses the malformed CONNECT at `from` [MQTT-3.1.2-24]: what
  /// its properties say; where those are malformed themselves, or not all there, a CONNACK without
  /// properties.
  public static long answerLimit(ByteBuffer buffer, int from, int to) {
    if (answerVersion(buffer, from, to) != MqttVersion.V5) {
      return Packet.UNLIMITED_PACKET_SIZE;
    }
    int remaining = VarInt.read(buffer, from + 1, to);
    int end = from + 1 + VarInt.size(remaining) + remaining;
    if (end > to) {
      return BARE_CONNACK;
    }
    try {
      PacketReader reader = new PacketReader(buffer, from, end, MqttVersion.V5);
      version(reader);
      reader.u8(); // the flags
      reader.u16(); // the Keep Alive
      return PacketDecoder.maximumPacketSize(reader.properties(Property.IN_CONNECT));
    } catch (MalformedPacket e) {
      return BARE_CONNACK;
    }
  }

  private static boolean isBefore5(int level) {
    return (level & 0x7f) < 5;
  }

  /// Whether `name` and a level stand at `at`.
  private static boolean holds(Slice name, ByteBuffer buffer, int at, int to) {
    return to - at > 2 + name.length()
        && PropertyBlock.u16(buffer, at) == name.length()
        && name.equalsAt(buffer, at + 2, name.length());
  }

  static Connect decode(ByteBuffer buffer, int from, int to) throws MalformedPacket {
    int firstByte = buffer.get(from) & 0xff;
    if (firstByte >> 4 != PacketType.CONNECT) {
      throw new MalformedPacket(
          ReasonCode.PROTOCOL_ERROR, "MQTT-3.1.0-1", "the first packet is no CONNECT");
    }
    PacketReader reader = new PacketReader(buffer, from, to, MqttVersion.V3_1_1);
    reader.version(version(reader));
    PacketFrame.checkFirstByte(firstByte, reader.version(), Sender.CLIENT);
    int flags = flags(reader);
    int keepAliveSeconds = reader.u16();
    Properties p = reader.properties(Property.IN_CONNECT);
    Connect connect = payload(reader, flags, keepAliveSeconds, p);
    reader.end();
    return connect;
  }

  private static MqttVersion version(PacketReader reader) throws MalformedPacket {
    Slice name = reader.binary();
    if (!name.equals(MQTT) && !name.equals(MQISDP)) {
      throw unsupported("MQTT-3.1.2-1", "protocol name of " + name.length() + " bytes");
    }
    int level = reader.u8();
    for (MqttVersion version : MqttVersion.values()) {
      if (version.protocolLevel() == level && name.equals(Slice.utf8(version.protocolName()))) {
        return version;
      }
    }
    boolean before5 = name.equals(MQISDP) || isBefore5(level);
    throw unsupported(before5 ? "MQTT-3.1.2-2 v3.1.1" : "MQTT-3.1.2-2", "protocol level " + level);
  }

  private static MalformedPacket unsupported(String statement, String detail) {
    return new MalformedPacket(ReasonCode.UNSUPPORTED_PROTOCOL_VERSION, statement, detail);
  }

  private static int flags(PacketReader reader) throws MalformedPacket {
    int flags = reader.u8();
    if ((flags & WILL_QOS) == WILL_QOS) {
      throw reader.malformed("MQTT-3.1.2-14 v3.1.1", "MQTT-3.1.2-12", "Will QoS 3");
    }
    if (reader.version() == MqttVersion.V3_1) { // it leaves the other bits undefined
      return (flags & WILL) == 0 ? flags & ~(WILL_QOS | WILL_RETAIN) : flags;
    }
    if ((flags & RESERVED) != 0) {
      throw reader.malformed("MQTT-3.1.2-3 v3.1.1", "MQTT-3.1.2-3", "the reserved flag is set");
    }
    if ((flags & WILL) == 0 && (flags & WILL_QOS) != 0) {
      throw reader.malformed("MQTT-3.1.2-13 v3.1.1", "MQTT-3.1.2-11", "Will QoS without a will");
    }
    if ((flags & WILL) == 0 && (flags & WILL_RETAIN) != 0) {
      throw reader.malformed("MQTT-3.1.2-15 v3.1.1", "MQTT-3.1.2-13", "Will Retain without a will");
    }
    if (!reader.v5() && (flags & PASSWORD) != 0 && (flags & USER_NAME) == 0) {
      throw reader.malformed("MQTT-3.1.2-22 v3.1.1", "", "a password without a user name");
    }
    return flags;
  }

  private static Connect payload(PacketReader reader, int flags, int keepAliveSeconds, Properties p)
      throws MalformedPacket {
    String clientId = reader.text("MQTT-3.1.3-4 v3.1.1", "MQTT-3.1.3-4");
    boolean cleanStart = (flags & CLEAN_START) != 0;
    if (clientId.isEmpty() && !reader.v5()) {
      checkEmptyClientId(reader.version(), cleanStart);
    }
    Connect.Builder connect =
        Connect.builder(reader.version(), clientId)
            .cleanStart(cleanStart)
            .keepAliveSeconds(keepAliveSeconds)
            .will((flags & WILL) == 0 ? null : will(reader, flags));
    if ((flags & USER_NAME) != 0 && !cutOff(reader)) {
      connect.userName(reader.text("MQTT-3.1.3-11 v3.1.1", "MQTT-3.1.3-12"));
    }
    if ((flags & PASSWORD) != 0 && !cutOff(reader)) {
      connect.password(reader.binary());
    }
    if (reader.v5()) {
      v5(connect, p);
    }
    return connect.build();
  }

  private static void checkEmptyClientId(MqttVersion version, boolean cleanStart)
      throws MalformedPacket {
    if (version == MqttVersion.V3_1 || !cleanStart) { // MQTT 3.1 asks for 1 to 23 characters
      throw new MalformedPacket(
          ReasonCode.CLIENT_IDENTIFIER_NOT_VALID, "MQTT-3.1.3-8 v3.1.1", "empty client identifier");
    }
  }

  /// MQTT 3.1 lets user name and password be missing though their flags are set: there the
  /// Remaining Length decides.
  private static boolean cutOff(PacketReader reader) {
    return reader.version() == MqttVersion.V3_1 && reader.left() == 0;
  }

  private static Will will(PacketReader reader, int flags) throws MalformedPacket {
    Properties p = reader.properties(Property.IN_WILL);
    TopicName topic = reader.topicName("MQTT-3.1.3-10 v3.1.1", "MQTT-3.1.3-11");
    return new Will(
        topic,
        reader.binary(),
        Qos.of((flags & WILL_QOS) >> 3),
        (flags & WILL_RETAIN) != 0,
        p.u32(Property.WILL_DELAY, 0),
        p.u32(Property.MESSAGE_EXPIRY, -1),
        p.passOn());
  }

  private static void v5(Connect.Builder connect, Properties p) throws MalformedPacket {
    String method = p.text(Property.AUTHENTICATION_METHOD);
    if (method == null && p.has(Property.AUTHENTICATION_DATA)) {
      throw new MalformedPacket(
          ReasonCode.PROTOCOL_ERROR,
          "§3.1.2.11.10",
          "Authentication Data without Authentication Method");
    }
    connect
        .sessionExpirySeconds(p.u32(Property.SESSION_EXPIRY, 0))
        .receiveMaximum(p.u16(Property.RECEIVE_MAXIMUM, Packet.DEFAULT_RECEIVE_MAXIMUM))
        .maximumPacketSize(PacketDecoder.maximumPacketSize(p))
        .topicAliasMaximum(p.u16(Property.TOPIC_ALIAS_MAXIMUM, 0))
        .requestResponseInformation(p.flag(Property.REQUEST_RESPONSE_INFORMATION, false))
        .requestProblemInformation(p.flag(Property.REQUEST_PROBLEM_INFORMATION, true))
        .userProperties(p.userProperties())
        .authentication(method, p.binary(Property.AUTHENTICATION_DATA));
  }
}
