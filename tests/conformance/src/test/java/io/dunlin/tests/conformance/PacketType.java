package io.dunlin.tests.conformance;

/// The packet types with the first byte that the specification asks for; a PUBLISH adds its own
/// flags.
enum PacketType {
  RESERVED(0x00),
  CONNECT(0x10),
  CONNACK(0x20),
  PUBLISH(0x30),
  PUBACK(0x40),
  PUBREC(0x50),
  PUBREL(0x62),
  PUBCOMP(0x70),
  SUBSCRIBE(0x82),
  SUBACK(0x90),
  UNSUBSCRIBE(0xA2),
  UNSUBACK(0xB0),
  PINGREQ(0xC0),
  PINGRESP(0xD0),
  DISCONNECT(0xE0),
  AUTH(0xF0);

  private final int firstByte;

  PacketType(int firstByte) {
    this.firstByte = firstByte;
  }

  static PacketType ofFirstByte(int firstByte) {
    return values()[firstByte >> 4];
  }

  int firstByte() {
    return firstByte;
  }
}
