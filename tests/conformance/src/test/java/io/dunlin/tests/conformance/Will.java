package io.dunlin.tests.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

/// The will of a CONNECT.
final class Will {
  private final byte[] topic;
  private final String payload;
  private final Bytes properties = new Bytes();
  private int qos;
  private boolean retain;

  private Will(byte[] topic, String payload) {
    this.topic = topic;
    this.payload = payload;
  }

  static Will will(String topic, String payload) {
    return new Will(topic.getBytes(UTF_8), payload);
  }

  static Will will(byte[] topic, String payload) {
    return new Will(topic, payload);
  }

  Will qos(int value) {
    qos = value;
    return this;
  }

  Will retained() {
    retain = true;
    return this;
  }

  Will with(Property property, Object value) {
    properties.property(property, value);
    return this;
  }

  Will delay(int seconds) {
    return with(Property.WILL_DELAY_INTERVAL, seconds);
  }

  int qos() {
    return qos;
  }

  boolean retain() {
    return retain;
  }

  void appendTo(Bytes body, Version version) {
    if (version.hasProperties()) {
      body.variable(properties.length()).raw(properties.toArray());
    }
    body.binary(topic).string(payload);
  }
}
