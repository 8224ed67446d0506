package io.dunlin.tests.conformance;

/// The small packets.
final class Packets {
  private Packets() {}

  static Outgoing pubAck(int packetId) {
    return ack(PacketType.PUBACK, packetId);
  }

  static Outgoing pubRec(int packetId) {
    return ack(PacketType.PUBREC, packetId);
  }

  static Outgoing pubRel(int packetId) {
    return ack(PacketType.PUBREL, packetId);
  }

  static Outgoing pubComp(int packetId) {
    return ack(PacketType.PUBCOMP, packetId);
  }

  static Outgoing ack(PacketType type, int packetId) {
    return _ -> Bytes.packet(type.firstByte(), new Bytes().u16(packetId));
  }

  /// An acknowledgement of 5.0 with a reason code and no properties.
  static Outgoing ack(PacketType type, int packetId, int reason) {
    return _ -> Bytes.packet(type.firstByte(), new Bytes().u16(packetId).u8(reason));
  }

  /// An acknowledgement of 5.0 with a reason code and properties.
  static Outgoing ack(PacketType type, int packetId, int reason, Bytes properties) {
    return _ ->
        Bytes.packet(
            type.firstByte(),
            new Bytes()
                .u16(packetId)
                .u8(reason)
                .variable(properties.length())
                .raw(properties.toArray()));
  }

  static Outgoing pingReq() {
    return _ -> Bytes.packet(PacketType.PINGREQ.firstByte(), new Bytes());
  }

  static Outgoing disconnect() {
    return _ -> Bytes.packet(PacketType.DISCONNECT.firstByte(), new Bytes());
  }

  /// A DISCONNECT of 5.0.
  static Outgoing disconnect(int reason, Bytes properties) {
    return reasoned(PacketType.DISCONNECT, reason, properties);
  }

  /// An AUTH of 5.0.
  static Outgoing auth(int reason, Bytes properties) {
    return reasoned(PacketType.AUTH, reason, properties);
  }

  private static Outgoing reasoned(PacketType type, int reason, Bytes properties) {
    return _ ->
        Bytes.packet(
            type.firstByte(),
            new Bytes().u8(reason).variable(properties.length()).raw(properties.toArray()));
  }
}
