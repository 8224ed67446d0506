package io.dunlin.codec;

import static io.dunlin.mqtt.ReasonCode.*;

import io.dunlin.mqtt.ReasonCode;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which packets may have which reason codes (MQTT 5.0 §2.4), and the return codes of MQTT 3.1 and
/// 3.1.1: the one table between them.
public final class ReasonCodes {
  static final Set<ReasonCode> IN_CONNACK =
      EnumSet.of(
          SUCCESS,
          UNSPECIFIED_ERROR,
          MALFORMED_PACKET,
          PROTOCOL_ERROR,
          IMPLEMENTATION_SPECIFIC_ERROR,
          UNSUPPORTED_PROTOCOL_VERSION,
          CLIENT_IDENTIFIER_NOT_VALID,
          BAD_USER_NAME_OR_PASSWORD,
          NOT_AUTHORIZED,
          SERVER_UNAVAILABLE,
          SERVER_BUSY,
          BANNED,
          BAD_AUTHENTICATION_METHOD,
          TOPIC_NAME_INVALID,
          PACKET_TOO_LARGE,
          QUOTA_EXCEEDED,
          PAYLOAD_FORMAT_INVALID,
          RETAIN_NOT_SUPPORTED,
          QOS_NOT_SUPPORTED,
          USE_ANOTHER_SERVER,
          SERVER_MOVED,
          CONNECTION_RATE_EXCEEDED);

  /// PUBACK and PUBREC.
  static final Set<ReasonCode> IN_PUBACK =
      EnumSet.of(
          SUCCESS,
          NO_MATCHING_SUBSCRIBERS,
          UNSPECIFIED_ERROR,
          IMPLEMENTATION_SPECIFIC_ERROR,
          NOT_AUTHORIZED,
          TOPIC_NAME_INVALID,
          PACKET_IDENTIFIER_IN_USE,
          QUOTA_EXCEEDED,
          PAYLOAD_FORMAT_INVALID);

  /// PUBREL and PUBCOMP.
  static final Set<ReasonCode> IN_PUBREL = EnumSet.of(SUCCESS, PACKET_IDENTIFIER_NOT_FOUND);

  static final Set<ReasonCode> IN_SUBACK =
      EnumSet.of(
          SUCCESS,
          GRANTED_QOS_1,
          GRANTED_QOS_2,
          UNSPECIFIED_ERROR,
          IMPLEMENTATION_SPECIFIC_ERROR,
          NOT_AUTHORIZED,
          TOPIC_FILTER_INVALID,
          PACKET_IDENTIFIER_IN_USE,
          QUOTA_EXCEEDED,
          SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
          SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
          WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED);

  static final Set<ReasonCode> IN_UNSUBACK =
      EnumSet.of(
          SUCCESS,
          NO_SUBSCRIPTION_EXISTED,
          UNSPECIFIED_ERROR,
          IMPLEMENTATION_SPECIFIC_ERROR,
          NOT_AUTHORIZED,
          TOPIC_FILTER_INVALID,
          PACKET_IDENTIFIER_IN_USE);

  static final Set<ReasonCode> IN_DISCONNECT_FROM_CLIENT =
      EnumSet.of(
          SUCCESS,
          DISCONNECT_WITH_WILL_MESSAGE,
          UNSPECIFIED_ERROR,
          MALFORMED_PACKET,
          PROTOCOL_ERROR,
          IMPLEMENTATION_SPECIFIC_ERROR,
          BAD_AUTHENTICATION_METHOD,
          TOPIC_NAME_INVALID,
          RECEIVE_MAXIMUM_EXCEEDED,
          TOPIC_ALIAS_INVALID,
          PACKET_TOO_LARGE,
          MESSAGE_RATE_TOO_HIGH,
          QUOTA_EXCEEDED,
          ADMINISTRATIVE_ACTION,
          PAYLOAD_FORMAT_INVALID);

  static final Set<ReasonCode> IN_DISCONNECT_FROM_SERVER =
      EnumSet.of(
          SUCCESS,
          UNSPECIFIED_ERROR,
          MALFORMED_PACKET,
          PROTOCOL_ERROR,
          IMPLEMENTATION_SPECIFIC_ERROR,
          NOT_AUTHORIZED,
          SERVER_BUSY,
          SERVER_SHUTTING_DOWN,
          BAD_AUTHENTICATION_METHOD,
          KEEP_ALIVE_TIMEOUT,
          SESSION_TAKEN_OVER,
          TOPIC_FILTER_INVALID,
          TOPIC_NAME_INVALID,
          RECEIVE_MAXIMUM_EXCEEDED,
          TOPIC_ALIAS_INVALID,
          PACKET_TOO_LARGE,
          MESSAGE_RATE_TOO_HIGH,
          QUOTA_EXCEEDED,
          ADMINISTRATIVE_ACTION,
          PAYLOAD_FORMAT_INVALID,
          RETAIN_NOT_SUPPORTED,
          QOS_NOT_SUPPORTED,
          USE_ANOTHER_SERVER,
          SERVER_MOVED,
          SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
          CONNECTION_RATE_EXCEEDED,
          MAXIMUM_CONNECT_TIME,
          SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
          WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED);

  static final Set<ReasonCode> IN_AUTH_FROM_CLIENT =
      EnumSet.of(CONTINUE_AUTHENTICATION, REAUTHENTICATE);

  static final Set<ReasonCode> IN_AUTH_FROM_SERVER = EnumSet.of(SUCCESS, CONTINUE_AUTHENTICATION);

  private ReasonCodes() {}

  /// The CONNACK return code of 3.1 and 3.1.1 for `reason`; -1 where none fits, so that the
  /// connection is closed without a CONNACK [MQTT-3.2.2-6 v3.1.1], [MQTT-3.1.4-1 v3.1.1].
  public static int v3ConnAckCode(ReasonCode reason) {
    return switch (reason) {
      case SUCCESS -> 0;
      case UNSUPPORTED_PROTOCOL_VERSION -> 1; // [MQTT-3.1.2-2 v3.1.1]
      case CLIENT_IDENTIFIER_NOT_VALID -> 2; // [MQTT-3.1.3-9 v3.1.1]
      case SERVER_UNAVAILABLE,
          SERVER_BUSY,
          SERVER_SHUTTING_DOWN,
          USE_ANOTHER_SERVER,
          SERVER_MOVED,
          QUOTA_EXCEEDED,
          CONNECTION_RATE_EXCEEDED ->
          3;
      case BAD_USER_NAME_OR_PASSWORD, BAD_AUTHENTICATION_METHOD -> 4;
      case NOT_AUTHORIZED, BANNED -> 5;
      default -> -1;
    };
  }

  /// What a CONNACK return code of 3.1 or 3.1.1 means; null above 5.
  static @Nullable ReasonCode ofV3ConnAck(int code) {
    return switch (code) {
      case 0 -> SUCCESS;
      case 1 -> UNSUPPORTED_PROTOCOL_VERSION;
      case 2 -> CLIENT_IDENTIFIER_NOT_VALID;
      case 3 -> SERVER_UNAVAILABLE;
      case 4 -> BAD_USER_NAME_OR_PASSWORD;
      case 5 -> NOT_AUTHORIZED;
      default -> null;
    };
  }

  /// What a SUBACK of 3.1.1 says for `reason`: the granted QoS, or 0x80. MQTT 3.1 knows no failure,
  /// but its clients get 0x80 too: it would be worse to tell them that they are subscribed.
  static int v3SubAckCode(ReasonCode reason) {
    return reason.isFailure() ? 0x80 : reason.code(); // [MQTT-3.9.3-2 v3.1.1]
  }
}
