package io.dunlin.tests.conformance;

/// The properties of MQTT 5.0 §2.2.2.2.
enum Property {
  PAYLOAD_FORMAT_INDICATOR(0x01, Form.ONE_BYTE),
  MESSAGE_EXPIRY_INTERVAL(0x02, Form.FOUR_BYTES),
  CONTENT_TYPE(0x03, Form.STRING),
  RESPONSE_TOPIC(0x08, Form.STRING),
  CORRELATION_DATA(0x09, Form.BINARY),
  SUBSCRIPTION_IDENTIFIER(0x0B, Form.VARIABLE),
  SESSION_EXPIRY_INTERVAL(0x11, Form.FOUR_BYTES),
  ASSIGNED_CLIENT_IDENTIFIER(0x12, Form.STRING),
  SERVER_KEEP_ALIVE(0x13, Form.TWO_BYTES),
  AUTHENTICATION_METHOD(0x15, Form.STRING),
  AUTHENTICATION_DATA(0x16, Form.BINARY),
  REQUEST_PROBLEM_INFORMATION(0x17, Form.ONE_BYTE),
  WILL_DELAY_INTERVAL(0x18, Form.FOUR_BYTES),
  REQUEST_RESPONSE_INFORMATION(0x19, Form.ONE_BYTE),
  RESPONSE_INFORMATION(0x1A, Form.STRING),
  SERVER_REFERENCE(0x1C, Form.STRING),
  REASON_STRING(0x1F, Form.STRING),
  RECEIVE_MAXIMUM(0x21, Form.TWO_BYTES),
  TOPIC_ALIAS_MAXIMUM(0x22, Form.TWO_BYTES),
  TOPIC_ALIAS(0x23, Form.TWO_BYTES),
  MAXIMUM_QOS(0x24, Form.ONE_BYTE),
  RETAIN_AVAILABLE(0x25, Form.ONE_BYTE),
  USER_PROPERTY(0x26, Form.STRING_PAIR),
  MAXIMUM_PACKET_SIZE(0x27, Form.FOUR_BYTES),
  WILDCARD_SUBSCRIPTION_AVAILABLE(0x28, Form.ONE_BYTE),
  SUBSCRIPTION_IDENTIFIER_AVAILABLE(0x29, Form.ONE_BYTE),
  SHARED_SUBSCRIPTION_AVAILABLE(0x2A, Form.ONE_BYTE);

  /// How the value is written.
  enum Form {
    ONE_BYTE,
    TWO_BYTES,
    FOUR_BYTES,
    VARIABLE,
    STRING,
    BINARY,
    STRING_PAIR
  }

  final int id;
  final Form form;

  Property(int id, Form form) {
    this.id = id;
    this.form = form;
  }

  static Property of(int id) {
    for (Property property : values()) {
      if (property.id == id) {
        return property;
      }
    }
    throw new AssertionError("unknown property 0x%02X".formatted(id));
  }
}
