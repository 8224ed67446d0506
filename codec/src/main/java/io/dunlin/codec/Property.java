package io.dunlin.codec;

/// The property identifiers of MQTT 5.0 (§2.2.2.2), and which packets may have which. A set of
/// properties is a `long` with one bit for each identifier.
final class Property {
  static final int PAYLOAD_FORMAT = 1;
  static final int MESSAGE_EXPIRY = 2;
  static final int CONTENT_TYPE = 3;
  static final int RESPONSE_TOPIC = 8;
  static final int CORRELATION_DATA = 9;
  static final int SUBSCRIPTION_IDENTIFIER = 11;
  static final int SESSION_EXPIRY = 17;
  static final int ASSIGNED_CLIENT_IDENTIFIER = 18;
  static final int SERVER_KEEP_ALIVE = 19;
  static final int AUTHENTICATION_METHOD = 21;
  static final int AUTHENTICATION_DATA = 22;
  static final int REQUEST_PROBLEM_INFORMATION = 23;
  static final int WILL_DELAY = 24;
  static final int REQUEST_RESPONSE_INFORMATION = 25;
  static final int RESPONSE_INFORMATION = 26;
  static final int SERVER_REFERENCE = 28;
  static final int REASON_STRING = 31;
  static final int RECEIVE_MAXIMUM = 33;
  static final int TOPIC_ALIAS_MAXIMUM = 34;
  static final int TOPIC_ALIAS = 35;
  static final int MAXIMUM_QOS = 36;
  static final int RETAIN_AVAILABLE = 37;
  static final int USER_PROPERTY = 38;
  static final int MAXIMUM_PACKET_SIZE = 39;
  static final int WILDCARD_SUBSCRIPTION_AVAILABLE = 40;
  static final int SUBSCRIPTION_IDENTIFIERS_AVAILABLE = 41;
  static final int SHARED_SUBSCRIPTION_AVAILABLE = 42;

  static final long IN_CONNECT =
      set(
          SESSION_EXPIRY,
          AUTHENTICATION_METHOD,
          AUTHENTICATION_DATA,
          REQUEST_PROBLEM_INFORMATION,
          REQUEST_RESPONSE_INFORMATION,
          RECEIVE_MAXIMUM,
          TOPIC_ALIAS_MAXIMUM,
          USER_PROPERTY,
          MAXIMUM_PACKET_SIZE);

  static final long IN_WILL =
      set(
          PAYLOAD_FORMAT,
          MESSAGE_EXPIRY,
          CONTENT_TYPE,
          RESPONSE_TOPIC,
          CORRELATION_DATA,
          WILL_DELAY,
          USER_PROPERTY);

  static final long IN_CONNACK =
      set(
          SESSION_EXPIRY,
          ASSIGNED_CLIENT_IDENTIFIER,
          SERVER_KEEP_ALIVE,
          AUTHENTICATION_METHOD,
          AUTHENTICATION_DATA,
          RESPONSE_INFORMATION,
          SERVER_REFERENCE,
          REASON_STRING,
          RECEIVE_MAXIMUM,
          TOPIC_ALIAS_MAXIMUM,
          MAXIMUM_QOS,
          RETAIN_AVAILABLE,
          USER_PROPERTY,
          MAXIMUM_PACKET_SIZE,
          WILDCARD_SUBSCRIPTION_AVAILABLE,
          SUBSCRIPTION_IDENTIFIERS_AVAILABLE,
          SHARED_SUBSCRIPTION_AVAILABLE);

  static final long IN_PUBLISH_FROM_CLIENT =
      set(
          PAYLOAD_FORMAT,
          MESSAGE_EXPIRY,
          CONTENT_TYPE,
          RESPONSE_TOPIC,
          CORRELATION_DATA,
          TOPIC_ALIAS,
          USER_PROPERTY);

  static final long IN_PUBLISH_FROM_SERVER = IN_PUBLISH_FROM_CLIENT | set(SUBSCRIPTION_IDENTIFIER);

  /// PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK.
  static final long IN_ANSWER = set(REASON_STRING, USER_PROPERTY);

  static final long IN_SUBSCRIBE = set(SUBSCRIPTION_IDENTIFIER, USER_PROPERTY);
  static final long IN_UNSUBSCRIBE = set(USER_PROPERTY);

  static final long IN_DISCONNECT_FROM_SERVER = set(SERVER_REFERENCE, REASON_STRING, USER_PROPERTY);
  static final long IN_DISCONNECT_FROM_CLIENT = IN_DISCONNECT_FROM_SERVER | set(SESSION_EXPIRY);

  static final long IN_AUTH =
      set(AUTHENTICATION_METHOD, AUTHENTICATION_DATA, REASON_STRING, USER_PROPERTY);

  /// Those of a message or will that its receiver takes for itself; the others are passed on.
  static final long NOT_PASSED_ON =
      set(MESSAGE_EXPIRY, TOPIC_ALIAS, SUBSCRIPTION_IDENTIFIER, WILL_DELAY);

  private Property() {}

  private static long set(int... ids) {
    long set = 0;
    for (int id : ids) {
      set |= bit(id);
    }
    return set;
  }

  /// The set of that one property. `id` is 0..63.
  static long bit(int id) {
    return 1L << id;
  }
}
