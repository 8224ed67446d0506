package io.dunlin.mqtt;

/// An MQTT Control Packet as a value, in the terms of MQTT 5.0 whatever the version on the wire.
/// Immutable.
///
/// Where the specification defines a default it is filled in, so that "absent" is seen only where
/// it means something. Four-byte numbers are `long`, never negative but -1 for "absent".
public sealed interface Packet
    permits Connect,
        ConnAck,
        Publish,
        PubAck,
        PubRec,
        PubRel,
        PubComp,
        Subscribe,
        SubAck,
        Unsubscribe,
        UnsubAck,
        PingReq,
        PingResp,
        Disconnect,
        Auth {
  /// The largest packet that the format allows, header included: the Maximum Packet Size of a
  /// receiver that states none.
  long UNLIMITED_PACKET_SIZE = 268_435_460L;

  /// The Receive Maximum of a receiver that states none.
  int DEFAULT_RECEIVE_MAXIMUM = 65_535;

  /// The Session Expiry Interval of a session that never expires.
  long NEVER_EXPIRES = 0xFFFF_FFFFL;

  /// The largest Subscription Identifier.
  int MAX_SUBSCRIPTION_IDENTIFIER = 268_435_455;

  /// Refuses what no packet identifier can be.
  static void checkPacketId(int packetId) {
    if (packetId < 1 || packetId > 65_535) {
      throw new IllegalArgumentException("packet identifier " + packetId + " is not in 1..65535");
    }
  }
}
