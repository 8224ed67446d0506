package io.dunlin.tests.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

/// A SUBSCRIBE or UNSUBSCRIBE with any number of filters.
final class Subscribe implements Outgoing {
  static final int NO_LOCAL = 0x04;
  static final int RETAIN_AS_PUBLISHED = 0x08;
  static final int SEND_RETAINED_IF_NEW = 0x10;
  static final int SEND_NO_RETAINED = 0x20;

  private final PacketType type;
  private final int packetId;
  private final Bytes properties = new Bytes();
  private final Bytes filters = new Bytes();

  private Subscribe(PacketType type, int packetId) {
    this.type = type;
    this.packetId = packetId;
  }

  static Subscribe subscribe(int packetId) {
    return new Subscribe(PacketType.SUBSCRIBE, packetId);
  }

  static Subscribe unsubscribe(int packetId) {
    return new Subscribe(PacketType.UNSUBSCRIBE, packetId);
  }

  /// A filter of a SUBSCRIBE with its options byte.
  Subscribe filter(String filter, int options) {
    return filter(filter.getBytes(UTF_8), options);
  }

  Subscribe filter(byte[] filter, int options) {
    filters.binary(filter).u8(options);
    return this;
  }

  /// A filter of an UNSUBSCRIBE.
  Subscribe filter(String filter) {
    return filter(filter.getBytes(UTF_8));
  }

  Subscribe filter(byte[] filter) {
    filters.binary(filter);
    return this;
  }

  Subscribe with(Property property, Object value) {
    properties.property(property, value);
    return this;
  }

  Subscribe rawProperties(Bytes raw) {
    properties.raw(raw.toArray());
    return this;
  }

  @Override
  public byte[] bytes(Version version) {
    return Bytes.packet(type.firstByte(), body(version));
  }

  Bytes body(Version version) {
    Bytes body = new Bytes().u16(packetId);
    if (version.hasProperties()) {
      body.variable(properties.length()).raw(properties.toArray());
    }
    return body.raw(filters.toArray());
  }
}
