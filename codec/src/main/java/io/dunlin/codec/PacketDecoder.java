package io.dunlin.codec;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.Auth;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PingReq;
import io.dunlin.mqtt.PingResp;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.PublishView;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.RetainHandling;
import io.dunlin.mqtt.SubAck;
import io.dunlin.mqtt.Subscribe;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.SubscriptionOptions;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.UnsubAck;
import io.dunlin.mqtt.Unsubscribe;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Decodes whole packets into values, and refuses what is malformed. Copies what it keeps; the
/// buffer may change afterwards. What it allocates is bounded by the packet's own bytes.
///
/// One switch and one method for each packet: this file is long because the format is.
public final class PacketDecoder {
  /// How many topic filters a SUBSCRIBE or UNSUBSCRIBE may have.
  static final int MAX_FILTERS = 16_384;

  private PacketDecoder() {}

  /// Decodes the packet `[from, to)` of `buffer`: as long as [PacketFrame#length] said.
  ///
  /// @param version that of the CONNECT; a CONNECT itself is read as what it says it is
  /// @throws MalformedPacket if the packet is malformed, or may not come from `sender`
  public static Packet decode(
      ByteBuffer buffer, int from, int to, MqttVersion version, Sender sender)
      throws MalformedPacket {
    int firstByte = buffer.get(from) & 0xff;
    PacketFrame.checkFirstByte(firstByte, version, sender);
    int type = firstByte >> 4;
    if (type == PacketType.CONNECT) {
      return decodeConnect(buffer, from, to);
    }
    if (type == PacketType.PUBLISH) {
      return publish(buffer, from, to, version, sender);
    }
    PacketReader reader = new PacketReader(buffer, from, to, version);
    Packet packet =
        switch (type) {
          case PacketType.CONNACK -> connAck(reader);
          case PacketType.PUBACK, PacketType.PUBREC, PacketType.PUBREL, PacketType.PUBCOMP ->
              ack(type, reader);
          case PacketType.SUBSCRIBE -> subscribe(reader);
          case PacketType.SUBACK -> subAck(reader);
          case PacketType.UNSUBSCRIBE -> unsubscribe(reader);
          case PacketType.UNSUBACK -> unsubAck(reader);
          case PacketType.PINGREQ -> PingReq.INSTANCE;
          case PacketType.PINGRESP -> PingResp.INSTANCE;
          case PacketType.DISCONNECT -> disconnect(reader, sender);
          case PacketType.AUTH -> auth(reader, sender);
          default -> throw new IllegalStateException("type " + type + " passed the check");
        };
    reader.end();
    return packet;
  }

  /// Decodes the first packet of a client: it must be a CONNECT, and tells its version.
  ///
  /// @throws MalformedPacket if it is none, or malformed; [ConnectDecoder#answerVersion] tells in
  ///   which version to answer
  public static Connect decodeConnect(ByteBuffer buffer, int from, int to) throws MalformedPacket {
    return ConnectDecoder.decode(buffer, from, to);
  }

  private static ConnAck connAck(PacketReader reader) throws MalformedPacket {
    int flags = reader.u8();
    if (flags > 1) {
      throw reader.malformed("MQTT-2.2.2-1 v3.1.1", "MQTT-3.2.2-1", "acknowledge flags " + flags);
    }
    boolean sessionPresent = flags == 1;
    int code = reader.u8();
    ReasonCode reason = reader.v5() ? ReasonCode.of(code) : ReasonCodes.ofV3ConnAck(code);
    if (reason == null || !ReasonCodes.IN_CONNACK.contains(reason)) {
      throw reader.protocolError("MQTT-3.2.2-6 v3.1.1", "MQTT-3.2.2-8", "code " + code);
    }
    if (sessionPresent && reason != ReasonCode.SUCCESS) {
      throw reader.protocolError(
          "MQTT-3.2.2-4 v3.1.1", "MQTT-3.2.2-6", "Session Present with " + reason);
    }
    Properties p = reader.properties(Property.IN_CONNACK);
    return ConnAck.builder(sessionPresent, reason)
        .sessionExpirySeconds(p.u32(Property.SESSION_EXPIRY, -1))
        .receiveMaximum(p.u16(Property.RECEIVE_MAXIMUM, Packet.DEFAULT_RECEIVE_MAXIMUM))
        .maximumQos(
            p.has(Property.MAXIMUM_QOS)
                ? Qos.of(p.flag(Property.MAXIMUM_QOS, true) ? 1 : 0)
                : Qos.EXACTLY_ONCE)
        .retainAvailable(p.flag(Property.RETAIN_AVAILABLE, true))
        .maximumPacketSize(maximumPacketSize(p))
        .assignedClientId(p.text(Property.ASSIGNED_CLIENT_IDENTIFIER))
        .topicAliasMaximum(p.u16(Property.TOPIC_ALIAS_MAXIMUM, 0))
        .reasonString(p.text(Property.REASON_STRING))
        .userProperties(p.userProperties())
        .wildcardSubscriptionAvailable(p.flag(Property.WILDCARD_SUBSCRIPTION_AVAILABLE, true))
        .subscriptionIdentifiersAvailable(p.flag(Property.SUBSCRIPTION_IDENTIFIERS_AVAILABLE, true))
        .sharedSubscriptionAvailable(p.flag(Property.SHARED_SUBSCRIPTION_AVAILABLE, true))
        .serverKeepAliveSeconds(p.u16(Property.SERVER_KEEP_ALIVE, -1))
        .responseInformation(p.text(Property.RESPONSE_INFORMATION))
        .serverReference(p.text(Property.SERVER_REFERENCE))
        .authenticationMethod(p.text(Property.AUTHENTICATION_METHOD))
        .authenticationData(p.binary(Property.AUTHENTICATION_DATA))
        .build();
  }

  /// A Maximum Packet Size above what the format allows says the same as none.
  static long maximumPacketSize(Properties properties) {
    return Math.min(
        Packet.UNLIMITED_PACKET_SIZE,
        properties.u32(Property.MAXIMUM_PACKET_SIZE, Packet.UNLIMITED_PACKET_SIZE));
  }

  private static Publish publish(
      ByteBuffer buffer, int from, int to, MqttVersion version, Sender sender)
      throws MalformedPacket {
    PublishView view = new PublishView();
    PublishDecoder.decode(buffer, from, to, version, sender, view);
    PublishDecoder.checkTopic(view, version);
    Properties p =
        new Properties(
            buffer, view.propertiesFrom(), view.propertiesTo(), Property.IN_PUBLISH_FROM_SERVER);
    return new Publish(
        view.topicFrom() == view.topicTo() ? null : TopicName.of(view.copyTopic()),
        view.copyPayload(),
        Qos.of(view.qos()),
        view.retain(),
        view.dup(),
        view.packetId(),
        view.topicAlias(),
        view.payloadFormatUtf8(),
        view.messageExpirySeconds(),
        p.text(Property.CONTENT_TYPE),
        p.topicName(Property.RESPONSE_TOPIC),
        p.binary(Property.CORRELATION_DATA),
        p.subscriptionIdentifiers(),
        p.userProperties());
  }

  private static Packet ack(int type, PacketReader reader) throws MalformedPacket {
    int packetId = reader.packetId("MQTT-2.3.1-6 v3.1.1", "MQTT-2.2.1-5");
    ReasonCode reason = ReasonCode.SUCCESS;
    @Nullable String reasonString = null;
    Properties p;
    if (reader.v5() && reader.left() > 0) {
      boolean released = type == PacketType.PUBREL || type == PacketType.PUBCOMP;
      reason =
          reason(
              reader, released ? ReasonCodes.IN_PUBREL : ReasonCodes.IN_PUBACK, ackStatement(type));
      p = reader.propertiesIfLeft(Property.IN_ANSWER);
      reasonString = p.text(Property.REASON_STRING);
    } else {
      p = Properties.NONE;
    }
    return switch (type) {
      case PacketType.PUBACK -> new PubAck(packetId, reason, reasonString, p.userProperties());
      case PacketType.PUBREC -> new PubRec(packetId, reason, reasonString, p.userProperties());
      case PacketType.PUBREL -> new PubRel(packetId, reason, reasonString, p.userProperties());
      default -> new PubComp(packetId, reason, reasonString, p.userProperties());
    };
  }

  private static String ackStatement(int type) {
    return switch (type) {
      case PacketType.PUBACK -> "MQTT-3.4.2-1";
      case PacketType.PUBREC -> "MQTT-3.5.2-1";
      case PacketType.PUBREL -> "MQTT-3.6.2-1";
      default -> "MQTT-3.7.2-1";
    };
  }

  private static ReasonCode reason(PacketReader reader, Set<ReasonCode> allowed, String statement)
      throws MalformedPacket {
    int code = reader.u8();
    ReasonCode reason = ReasonCode.of(code);
    if (reason == null || !allowed.contains(reason)) {
      throw new MalformedPacket(
          ReasonCode.PROTOCOL_ERROR, statement, "reason code " + code + " is not for this packet");
    }
    return reason;
  }

  private static Subscribe subscribe(PacketReader reader) throws MalformedPacket {
    int packetId = reader.packetId("MQTT-2.3.1-1 v3.1.1", "MQTT-2.2.1-3");
    Properties p = reader.properties(Property.IN_SUBSCRIBE);
    List<Subscription> subscriptions = new ArrayList<>();
    while (reader.left() > 0) {
      checkFilters(subscriptions.size());
      TopicFilter filter = reader.topicFilter("MQTT-3.8.3-1 v3.1.1", "MQTT-3.8.3-1");
      SubscriptionOptions options = subscriptionOptions(reader);
      if (options.noLocal() && filter.isShared()) {
        throw new MalformedPacket(
            ReasonCode.PROTOCOL_ERROR, "MQTT-3.8.3-4", "No Local on a shared subscription");
      }
      subscriptions.add(new Subscription(filter, options));
    }
    if (subscriptions.isEmpty()) {
      throw reader.protocolError("MQTT-3.8.3-3 v3.1.1", "MQTT-3.8.3-2", "no topic filter");
    }
    List<Integer> identifiers = p.subscriptionIdentifiers();
    return new Subscribe(
        packetId,
        subscriptions,
        identifiers.isEmpty() ? 0 : identifiers.getFirst(),
        p.userProperties());
  }

  private static SubscriptionOptions subscriptionOptions(PacketReader reader)
      throws MalformedPacket {
    int options = reader.u8();
    if ((options & (reader.v5() ? 0xc0 : 0xfc)) != 0) {
      throw reader.malformed("MQTT-3.8.3-4 v3.1.1", "MQTT-3.8.3-5", "reserved bits are set");
    }
    if ((options & 3) == 3) {
      throw reader.protocolError("MQTT-3.8.3-4 v3.1.1", "§3.8.3.1", "QoS 3");
    }
    if (options >> 4 == 3) {
      throw reader.protocolError("", "§3.8.3.1", "Retain Handling 3");
    }
    return new SubscriptionOptions(
        Qos.of(options & 3),
        (options & 4) != 0,
        (options & 8) != 0,
        RetainHandling.of(options >> 4));
  }

  private static void checkFilters(int before) throws MalformedPacket {
    if (before == MAX_FILTERS) {
      throw new MalformedPacket(
          ReasonCode.QUOTA_EXCEEDED, "§3.8.3", "more than " + MAX_FILTERS + " topic filters");
    }
  }

  private static SubAck subAck(PacketReader reader) throws MalformedPacket {
    int packetId = reader.packetId("MQTT-2.3.1-7 v3.1.1", "MQTT-2.2.1-6");
    Properties p = reader.properties(Property.IN_ANSWER);
    List<ReasonCode> reasons = new ArrayList<>();
    while (reader.left() > 0) {
      ReasonCode reason =
          reason(
              reader, ReasonCodes.IN_SUBACK, reader.v5() ? "MQTT-3.9.3-2" : "MQTT-3.9.3-2 v3.1.1");
      if (!reader.v5() && reason.code() > 0x80) {
        throw reader.protocolError("MQTT-3.9.3-2 v3.1.1", "", "return code " + reason.code());
      }
      reasons.add(reason);
    }
    if (reasons.isEmpty()) {
      throw reader.protocolError("MQTT-3.8.4-5 v3.1.1", "MQTT-3.8.4-6", "no reason code");
    }
    return new SubAck(packetId, reasons, p.text(Property.REASON_STRING), p.userProperties());
  }

  private static Unsubscribe unsubscribe(PacketReader reader) throws MalformedPacket {
    int packetId = reader.packetId("MQTT-2.3.1-1 v3.1.1", "MQTT-2.2.1-3");
    Properties p = reader.properties(Property.IN_UNSUBSCRIBE);
    List<TopicFilter> filters = new ArrayList<>();
    while (reader.left() > 0) {
      checkFilters(filters.size());
      filters.add(reader.topicFilter("MQTT-3.10.3-1 v3.1.1", "MQTT-3.10.3-1"));
    }
    if (filters.isEmpty()) {
      throw reader.protocolError("MQTT-3.10.3-2 v3.1.1", "MQTT-3.10.3-2", "no topic filter");
    }
    return new Unsubscribe(packetId, filters, p.userProperties());
  }

  private static UnsubAck unsubAck(PacketReader reader) throws MalformedPacket {
    int packetId = reader.packetId("MQTT-2.3.1-7 v3.1.1", "MQTT-2.2.1-6");
    if (!reader.v5()) {
      return new UnsubAck(packetId, List.of());
    }
    Properties p = reader.properties(Property.IN_ANSWER);
    List<ReasonCode> reasons = new ArrayList<>();
    while (reader.left() > 0) {
      reasons.add(reason(reader, ReasonCodes.IN_UNSUBACK, "MQTT-3.11.3-2"));
    }
    if (reasons.isEmpty()) {
      throw reader.protocolError("", "MQTT-3.11.3-1", "no reason code");
    }
    return new UnsubAck(packetId, reasons, p.text(Property.REASON_STRING), p.userProperties());
  }

  private static Disconnect disconnect(PacketReader reader, Sender sender) throws MalformedPacket {
    if (!reader.v5() || reader.left() == 0) {
      return new Disconnect(ReasonCode.SUCCESS);
    }
    boolean client = sender == Sender.CLIENT;
    ReasonCode reason =
        reason(
            reader,
            client ? ReasonCodes.IN_DISCONNECT_FROM_CLIENT : ReasonCodes.IN_DISCONNECT_FROM_SERVER,
            "MQTT-3.14.2-1");
    Properties p =
        reader.propertiesIfLeft(
            client ? Property.IN_DISCONNECT_FROM_CLIENT : Property.IN_DISCONNECT_FROM_SERVER);
    return new Disconnect(
        reason,
        p.u32(Property.SESSION_EXPIRY, -1),
        p.text(Property.REASON_STRING),
        p.text(Property.SERVER_REFERENCE),
        p.userProperties());
  }

  private static Auth auth(PacketReader reader, Sender sender) throws MalformedPacket {
    ReasonCode reason = ReasonCode.SUCCESS;
    Properties p = Properties.NONE;
    if (reader.left() > 0) {
      reason =
          reason(
              reader,
              sender == Sender.CLIENT
                  ? ReasonCodes.IN_AUTH_FROM_CLIENT
                  : ReasonCodes.IN_AUTH_FROM_SERVER,
              "MQTT-3.15.2-1");
      p = reader.propertiesIfLeft(Property.IN_AUTH);
    }
    String method = p.text(Property.AUTHENTICATION_METHOD);
    if (method == null) {
      throw new MalformedPacket(
          ReasonCode.PROTOCOL_ERROR, "§3.15.2.2.2", "no Authentication Method");
    }
    @Nullable Slice data = p.binary(Property.AUTHENTICATION_DATA);
    return new Auth(reason, method, data, p.text(Property.REASON_STRING), p.userProperties());
  }
}
