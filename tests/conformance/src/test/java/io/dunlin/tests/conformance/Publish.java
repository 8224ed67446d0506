package io.dunlin.tests.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

/// A PUBLISH from the test, at first with QoS 0.
final class Publish implements Outgoing {
  private final byte[] topic;
  private final byte[] payload;
  private final Bytes properties = new Bytes();
  private int qos;
  private int packetId;
  private boolean retain;
  private boolean dup;

  private Publish(byte[] topic, byte[] payload) {
    this.topic = topic;
    this.payload = payload;
  }

  static Publish publish(String topic, String payload) {
    return publish(topic.getBytes(UTF_8), payload);
  }

  static Publish publish(byte[] topic, String payload) {
    return new Publish(topic, payload.getBytes(UTF_8));
  }

  static Publish publish(String topic, byte[] payload) {
    return new Publish(topic.getBytes(UTF_8), payload);
  }

  Publish qos(int value, int identifier) {
    qos = value;
    packetId = identifier;
    return this;
  }

  Publish retained() {
    retain = true;
    return this;
  }

  Publish dup() {
    dup = true;
    return this;
  }

  Publish with(Property property, Object value) {
    properties.property(property, value);
    return this;
  }

  Publish rawProperties(Bytes raw) {
    properties.raw(raw.toArray());
    return this;
  }

  @Override
  public byte[] bytes(Version version) {
    int firstByte = PacketType.PUBLISH.firstByte() | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0);
    Bytes body = new Bytes().binary(topic);
    if (qos > 0) {
      body.u16(packetId);
    }
    if (version.hasProperties()) {
      body.variable(properties.length()).raw(properties.toArray());
    }
    return Bytes.packet(firstByte, body.raw(payload));
  }
}
