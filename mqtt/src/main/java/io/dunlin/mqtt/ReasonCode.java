package io.dunlin.mqtt;

import org.jspecify.annotations.Nullable;

/// Why a packet was answered as it was (MQTT 5.0 §2.4). One constant for each code; what a code
/// means depends on the packet it stands in.
public enum ReasonCode {
  /// Success; also Normal disconnection and Granted QoS 0.
  SUCCESS(0x00),
  /// Granted QoS 1.
  GRANTED_QOS_1(0x01),
  /// Granted QoS 2.
  GRANTED_QOS_2(0x02),
  /// Disconnect, and publish the will.
  DISCONNECT_WITH_WILL_MESSAGE(0x04),
  /// Accepted, but nobody subscribes to it.
  NO_MATCHING_SUBSCRIBERS(0x10),
  /// There was no such subscription.
  NO_SUBSCRIPTION_EXISTED(0x11),
  /// The authentication goes on.
  CONTINUE_AUTHENTICATION(0x18),
  /// The client begins a re-authentication.
  REAUTHENTICATE(0x19),
  /// An error without a code of its own.
  UNSPECIFIED_ERROR(0x80),
  /// The packet cannot be parsed by the specification.
  MALFORMED_PACKET(0x81),
  /// The packet is well-formed, but not allowed.
  PROTOCOL_ERROR(0x82),
  /// Valid, but not accepted by this receiver.
  IMPLEMENTATION_SPECIFIC_ERROR(0x83),
  /// The server does not speak that version.
  UNSUPPORTED_PROTOCOL_VERSION(0x84),
  /// The client identifier is not allowed.
  CLIENT_IDENTIFIER_NOT_VALID(0x85),
  /// The user name or password is not accepted.
  BAD_USER_NAME_OR_PASSWORD(0x86),
  /// Not authorized.
  NOT_AUTHORIZED(0x87),
  /// The server is not available.
  SERVER_UNAVAILABLE(0x88),
  /// The server is busy.
  SERVER_BUSY(0x89),
  /// The client is banned.
  BANNED(0x8A),
  /// The server is shutting down.
  SERVER_SHUTTING_DOWN(0x8B),
  /// The authentication method is not supported, or not the one in use.
  BAD_AUTHENTICATION_METHOD(0x8C),
  /// Nothing came for one and a half times the Keep Alive.
  KEEP_ALIVE_TIMEOUT(0x8D),
  /// Another connection uses the client identifier.
  SESSION_TAKEN_OVER(0x8E),
  /// The topic filter is well-formed, but not accepted.
  TOPIC_FILTER_INVALID(0x8F),
  /// The topic name is well-formed, but not accepted.
  TOPIC_NAME_INVALID(0x90),
  /// The packet identifier is in use.
  PACKET_IDENTIFIER_IN_USE(0x91),
  /// The packet identifier is not known.
  PACKET_IDENTIFIER_NOT_FOUND(0x92),
  /// More open publications than the Receive Maximum.
  RECEIVE_MAXIMUM_EXCEEDED(0x93),
  /// The topic alias is 0 or above the maximum.
  TOPIC_ALIAS_INVALID(0x94),
  /// The packet is larger than the Maximum Packet Size.
  PACKET_TOO_LARGE(0x95),
  /// Messages come too fast.
  MESSAGE_RATE_TOO_HIGH(0x96),
  /// A limit is exceeded.
  QUOTA_EXCEEDED(0x97),
  /// An administrator closed the connection.
  ADMINISTRATIVE_ACTION(0x98),
  /// The payload does not match its format indicator.
  PAYLOAD_FORMAT_INVALID(0x99),
  /// Retained messages are not supported.
  RETAIN_NOT_SUPPORTED(0x9A),
  /// The QoS is not supported.
  QOS_NOT_SUPPORTED(0x9B),
  /// Use another server for now.
  USE_ANOTHER_SERVER(0x9C),
  /// Use another server from now on.
  SERVER_MOVED(0x9D),
  /// Shared subscriptions are not supported.
  SHARED_SUBSCRIPTIONS_NOT_SUPPORTED(0x9E),
  /// Connections come too fast.
  CONNECTION_RATE_EXCEEDED(0x9F),
  /// The longest time allowed for a connection is over.
  MAXIMUM_CONNECT_TIME(0xA0),
  /// Subscription identifiers are not supported.
  SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED(0xA1),
  /// Wildcards in topic filters are not supported.
  WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED(0xA2);

  private static final @Nullable ReasonCode[] BY_CODE = new @Nullable ReasonCode[256];

  static {
    for (ReasonCode reason : values()) {
      BY_CODE[reason.code] = reason;
    }
  }

  private final int code;

  ReasonCode(int code) {
    this.code = code;
  }

  /// The byte on the wire, 0..255.
  public int code() {
    return code;
  }

  /// Whether it says that the operation failed: 0x80 and above.
  public boolean isFailure() {
    return code >= 0x80;
  }

  /// The reason with that code, or null if MQTT 5.0 has none.
  public static @Nullable ReasonCode of(int code) {
    return code < 0 || code >= BY_CODE.length ? null : BY_CODE[code];
  }

  /// The SUBACK code that grants `qos`.
  public static ReasonCode granted(Qos qos) {
    return switch (qos) {
      case AT_MOST_ONCE -> SUCCESS;
      case AT_LEAST_ONCE -> GRANTED_QOS_1;
      case EXACTLY_ONCE -> GRANTED_QOS_2;
    };
  }
}
