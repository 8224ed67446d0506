package io.dunlin.codec;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.Auth;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PingReq;
import io.dunlin.mqtt.PingResp;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.SubAck;
import io.dunlin.mqtt.Subscribe;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.UnsubAck;
import io.dunlin.mqtt.Unsubscribe;
import io.dunlin.mqtt.UserProperty;
import io.dunlin.mqtt.Will;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Encodes packets, allocating as it likes: for all that is not sent once a message. What 3.1 and
/// 3.1.1 cannot say is left out there.
///
/// One switch and one method for each packet: this file is long because the format is.
public final class PacketEncoder {
  private final MqttVersion version;
  private final boolean v5;
  private final boolean withReasonString;
  private final boolean withUserProperties;

  private PacketEncoder(MqttVersion version, boolean withReasonString, boolean withUserProperties) {
    this.version = version;
    this.v5 = version == MqttVersion.V5;
    this.withReasonString = withReasonString;
    this.withUserProperties = withUserProperties;
  }

  /// All bytes of `packet`.
  ///
  /// @throws IllegalArgumentException if `version` has no such packet: an AUTH before 5.0, a
  ///   CONNACK with a reason that 3.1.1 has no return code for, a CONNECT of another version
  public static Slice encode(Packet packet, MqttVersion version) {
    return new PacketEncoder(version, true, true).bytes(packet);
  }

  /// The bytes of `packet` for a receiver that asks for little: without Reason String, and then
  /// without User Properties too, where it would be larger than `maximumPacketSize`
  /// [MQTT-3.2.2-19], [MQTT-3.2.2-20], and without both where the receiver does not want them
  /// [MQTT-3.1.2-29]. [Slice#EMPTY] if even that is too large: then it must not be sent
  /// [MQTT-3.1.2-24].
  ///
  /// @param maximumPacketSize in bytes, header included
  /// @param problemInformation the Request Problem Information of the CONNECT
  /// @throws IllegalArgumentException as [#encode(Packet, MqttVersion)]
  public static Slice encode(
      Packet packet, MqttVersion version, long maximumPacketSize, boolean problemInformation) {
    boolean reduced = !problemInformation && isAnswer(packet);
    Slice bytes = new PacketEncoder(version, !reduced, !reduced).bytes(packet);
    if (bytes.length() > maximumPacketSize && mayShrink(packet)) {
      bytes = new PacketEncoder(version, false, !reduced).bytes(packet);
    }
    if (bytes.length() > maximumPacketSize && mayShrink(packet)) {
      bytes = new PacketEncoder(version, false, false).bytes(packet);
    }
    return bytes.length() > maximumPacketSize ? Slice.EMPTY : bytes;
  }

  /// Whether Request Problem Information rules what `packet` may carry.
  private static boolean isAnswer(Packet packet) {
    return mayShrink(packet) && !(packet instanceof ConnAck || packet instanceof Disconnect);
  }

  /// Whether `packet` can do without its User Properties: they do not belong to a message.
  private static boolean mayShrink(Packet packet) {
    return !(packet instanceof Publish
        || packet instanceof Connect
        || packet instanceof Subscribe
        || packet instanceof Unsubscribe);
  }

  private Slice bytes(Packet packet) {
    return switch (packet) {
      case Connect p -> connect(p);
      case ConnAck p -> connAck(p);
      case Publish p -> publish(p);
      case PubAck p ->
          ack(
              PacketType.PUBACK,
              p.packetId(),
              p.reasonCode(),
              answer(p.reasonString(), p.userProperties()));
      case PubRec p ->
          ack(
              PacketType.PUBREC,
              p.packetId(),
              p.reasonCode(),
              answer(p.reasonString(), p.userProperties()));
      case PubRel p ->
          ack(
              PacketType.PUBREL,
              p.packetId(),
              p.reasonCode(),
              answer(p.reasonString(), p.userProperties()));
      case PubComp p ->
          ack(
              PacketType.PUBCOMP,
              p.packetId(),
              p.reasonCode(),
              answer(p.reasonString(), p.userProperties()));
      case Subscribe p -> subscribe(p);
      case SubAck p -> subAck(p);
      case Unsubscribe p -> unsubscribe(p);
      case UnsubAck p -> unsubAck(p);
      case PingReq _ -> packet(PacketType.PINGREQ, new PacketWriter());
      case PingResp _ -> packet(PacketType.PINGRESP, new PacketWriter());
      case Disconnect p -> disconnect(p);
      case Auth p -> auth(p);
    };
  }

  private static Slice packet(int type, PacketWriter body) {
    return body.toPacket(type << 4 | PacketType.flags(type));
  }

  private PacketWriter properties(PacketWriter body, PacketWriter properties) {
    return v5 ? body.properties(properties) : body; // [MQTT-2.2.2-1]
  }

  /// The properties that all answers have.
  private PacketWriter answer(@Nullable String reasonString, List<UserProperty> userProperties) {
    return new PacketWriter()
        .textIfAny(Property.REASON_STRING, withReasonString ? reasonString : null)
        .userProperties(withUserProperties ? userProperties : List.of());
  }

  private Slice connect(Connect p) {
    if (p.version() != version) {
      throw new IllegalArgumentException("a CONNECT of " + p.version() + " for " + version);
    }
    @Nullable Will will = p.will();
    @Nullable String userName = p.userName();
    @Nullable Slice password = p.password();
    int flags =
        (p.cleanStart() ? 0x02 : 0)
            | (will == null ? 0 : 0x04 | will.qos().value() << 3 | (will.retain() ? 0x20 : 0))
            | (password == null ? 0 : 0x40)
            | (userName == null ? 0 : 0x80);
    PacketWriter body =
        new PacketWriter()
            .text(version.protocolName())
            .u8(version.protocolLevel())
            .u8(flags)
            .u16(p.keepAliveSeconds());
    properties(
        body,
        new PacketWriter()
            .u32Unless(0, Property.SESSION_EXPIRY, p.sessionExpirySeconds())
            .u16Unless(Packet.DEFAULT_RECEIVE_MAXIMUM, Property.RECEIVE_MAXIMUM, p.receiveMaximum())
            .u32Unless(
                Packet.UNLIMITED_PACKET_SIZE, Property.MAXIMUM_PACKET_SIZE, p.maximumPacketSize())
            .u16Unless(0, Property.TOPIC_ALIAS_MAXIMUM, p.topicAliasMaximum())
            .flagUnless(
                false, Property.REQUEST_RESPONSE_INFORMATION, p.requestResponseInformation())
            .flagUnless(true, Property.REQUEST_PROBLEM_INFORMATION, p.requestProblemInformation())
            .userProperties(p.userProperties())
            .textIfAny(Property.AUTHENTICATION_METHOD, p.authenticationMethod())
            .binaryIfAny(Property.AUTHENTICATION_DATA, p.authenticationData()));
    body.text(p.clientId());
    if (will != null) {
      properties(
          body,
          new PacketWriter()
              .u32Unless(0, Property.WILL_DELAY, will.delaySeconds())
              .u32Unless(-1, Property.MESSAGE_EXPIRY, will.messageExpirySeconds())
              .raw(will.properties()));
      body.topic(will.topic()).binary(will.payload());
    }
    if (userName != null) {
      body.text(userName);
    }
    if (password != null) {
      body.binary(password);
    }
    return packet(PacketType.CONNECT, body);
  }

  private Slice connAck(ConnAck p) {
    int code = v5 ? p.reasonCode().code() : ReasonCodes.v3ConnAckCode(p.reasonCode());
    if (code < 0) {
      throw new IllegalArgumentException("no return code for " + p.reasonCode());
    }
    // MQTT 3.1 reserves the byte in which 3.1.1 says whether there is a session.
    boolean sessionPresent = p.sessionPresent() && version != MqttVersion.V3_1;
    PacketWriter body = new PacketWriter().u8(sessionPresent ? 1 : 0).u8(code);
    PacketWriter properties =
        new PacketWriter()
            .u32Unless(-1, Property.SESSION_EXPIRY, p.sessionExpirySeconds())
            .u16Unless(
                Packet.DEFAULT_RECEIVE_MAXIMUM, Property.RECEIVE_MAXIMUM, p.receiveMaximum());
    if (p.maximumQos() != Qos.EXACTLY_ONCE) {
      properties.u8(Property.MAXIMUM_QOS).u8(p.maximumQos().value());
    }
    properties
        .flagUnless(true, Property.RETAIN_AVAILABLE, p.retainAvailable())
        .u32Unless(
            Packet.UNLIMITED_PACKET_SIZE, Property.MAXIMUM_PACKET_SIZE, p.maximumPacketSize())
        .textIfAny(Property.ASSIGNED_CLIENT_IDENTIFIER, p.assignedClientId())
        .u16Unless(0, Property.TOPIC_ALIAS_MAXIMUM, p.topicAliasMaximum())
        .raw(answer(p.reasonString(), p.userProperties()).toSlice())
        .flagUnless(
            true, Property.WILDCARD_SUBSCRIPTION_AVAILABLE, p.wildcardSubscriptionAvailable())
        .flagUnless(
            true, Property.SUBSCRIPTION_IDENTIFIERS_AVAILABLE, p.subscriptionIdentifiersAvailable())
        .flagUnless(true, Property.SHARED_SUBSCRIPTION_AVAILABLE, p.sharedSubscriptionAvailable())
        .u16Unless(-1, Property.SERVER_KEEP_ALIVE, p.serverKeepAliveSeconds())
        .textIfAny(Property.RESPONSE_INFORMATION, p.responseInformation())
        .textIfAny(Property.SERVER_REFERENCE, p.serverReference())
        .textIfAny(Property.AUTHENTICATION_METHOD, p.authenticationMethod())
        .binaryIfAny(Property.AUTHENTICATION_DATA, p.authenticationData());
    return packet(PacketType.CONNACK, properties(body, properties));
  }

  private Slice publish(Publish p) {
    PacketWriter body =
        new PacketWriter().binary(p.topic() == null ? Slice.EMPTY : p.topic().bytes());
    if (p.packetId() != 0) {
      body.u16(p.packetId());
    }
    PacketWriter properties =
        new PacketWriter()
            .u16Unless(0, Property.TOPIC_ALIAS, p.topicAlias())
            .u32Unless(-1, Property.MESSAGE_EXPIRY, p.messageExpirySeconds());
    for (int identifier : p.subscriptionIdentifiers()) {
      properties.u8(Property.SUBSCRIPTION_IDENTIFIER).varInt(identifier);
    }
    properties
        .flagUnless(false, Property.PAYLOAD_FORMAT, p.payloadFormatUtf8())
        .textIfAny(Property.CONTENT_TYPE, p.contentType())
        .binaryIfAny(
            Property.RESPONSE_TOPIC, p.responseTopic() == null ? null : p.responseTopic().bytes())
        .binaryIfAny(Property.CORRELATION_DATA, p.correlationData())
        .userProperties(p.userProperties());
    properties(body, properties).raw(p.payload());
    int flags = (p.dup() ? 8 : 0) | p.qos().value() << 1 | (p.retain() ? 1 : 0);
    return body.toPacket(PacketType.PUBLISH << 4 | flags);
  }

  private Slice ack(int type, int packetId, ReasonCode reason, PacketWriter properties) {
    PacketWriter body = new PacketWriter().u16(packetId);
    if (v5 && !(reason == ReasonCode.SUCCESS && properties.isEmpty())) {
      body.u8(reason.code());
      if (!properties.isEmpty()) {
        body.properties(properties);
      }
    }
    return packet(type, body);
  }

  private Slice subscribe(Subscribe p) {
    PacketWriter body = new PacketWriter().u16(p.packetId());
    PacketWriter properties = new PacketWriter();
    if (p.subscriptionIdentifier() != 0) {
      properties.u8(Property.SUBSCRIPTION_IDENTIFIER).varInt(p.subscriptionIdentifier());
    }
    properties(body, properties.userProperties(p.userProperties()));
    for (Subscription subscription : p.subscriptions()) {
      int options = subscription.options().toByte();
      body.filter(subscription.filter()).u8(v5 ? options : options & 3);
    }
    return packet(PacketType.SUBSCRIBE, body);
  }

  private Slice subAck(SubAck p) {
    PacketWriter body = new PacketWriter().u16(p.packetId());
    properties(body, answer(p.reasonString(), p.userProperties()));
    for (ReasonCode reason : p.reasonCodes()) {
      body.u8(v5 ? reason.code() : ReasonCodes.v3SubAckCode(reason));
    }
    return packet(PacketType.SUBACK, body);
  }

  private Slice unsubscribe(Unsubscribe p) {
    PacketWriter body = new PacketWriter().u16(p.packetId());
    properties(body, new PacketWriter().userProperties(p.userProperties()));
    for (TopicFilter filter : p.filters()) {
      body.filter(filter);
    }
    return packet(PacketType.UNSUBSCRIBE, body);
  }

  private Slice unsubAck(UnsubAck p) {
    PacketWriter body = new PacketWriter().u16(p.packetId());
    if (v5) {
      body.properties(answer(p.reasonString(), p.userProperties()));
      for (ReasonCode reason : p.reasonCodes()) {
        body.u8(reason.code());
      }
    }
    return packet(PacketType.UNSUBACK, body);
  }

  private Slice disconnect(Disconnect p) {
    PacketWriter body = new PacketWriter();
    PacketWriter properties =
        new PacketWriter()
            .u32Unless(-1, Property.SESSION_EXPIRY, p.sessionExpirySeconds())
            .raw(answer(p.reasonString(), p.userProperties()).toSlice())
            .textIfAny(Property.SERVER_REFERENCE, p.serverReference());
    if (v5 && !(p.reasonCode() == ReasonCode.SUCCESS && properties.isEmpty())) {
      body.u8(p.reasonCode().code());
      if (!properties.isEmpty()) {
        body.properties(properties);
      }
    }
    return packet(PacketType.DISCONNECT, body);
  }

  private Slice auth(Auth p) {
    if (!v5) {
      throw new IllegalArgumentException("an AUTH for " + version);
    }
    PacketWriter properties =
        new PacketWriter()
            .textIfAny(Property.AUTHENTICATION_METHOD, p.authenticationMethod())
            .binaryIfAny(Property.AUTHENTICATION_DATA, p.authenticationData())
            .raw(answer(p.reasonString(), p.userProperties()).toSlice());
    return packet(
        PacketType.AUTH, new PacketWriter().u8(p.reasonCode().code()).properties(properties));
  }
}
