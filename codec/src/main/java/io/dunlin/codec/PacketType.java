package io.dunlin.codec;

/// The packet types as they stand in the upper half of a packet's first byte (MQTT 5.0 §2.1.2).
final class PacketType {
  static final int CONNECT = 1;
  static final int CONNACK = 2;
  static final int PUBLISH = 3;
  static final int PUBACK = 4;
  static final int PUBREC = 5;
  static final int PUBREL = 6;
  static final int PUBCOMP = 7;
  static final int SUBSCRIBE = 8;
  static final int SUBACK = 9;
  static final int UNSUBSCRIBE = 10;
  static final int UNSUBACK = 11;
  static final int PINGREQ = 12;
  static final int PINGRESP = 13;
  static final int DISCONNECT = 14;
  static final int AUTH = 15;

  private static final int FROM_CLIENT =
      1 << CONNECT
          | 1 << PUBLISH
          | 1 << PUBACK
          | 1 << PUBREC
          | 1 << PUBREL
          | 1 << PUBCOMP
          | 1 << SUBSCRIBE
          | 1 << UNSUBSCRIBE
          | 1 << PINGREQ
          | 1 << DISCONNECT;

  private static final int FROM_SERVER =
      1 << CONNACK
          | 1 << PUBLISH
          | 1 << PUBACK
          | 1 << PUBREC
          | 1 << PUBREL
          | 1 << PUBCOMP
          | 1 << SUBACK
          | 1 << UNSUBACK
          | 1 << PINGRESP;

  private PacketType() {}

  /// Whether `sender` may send packets of `type` in MQTT 5.0, or before it.
  static boolean allowed(int type, boolean v5, Sender sender) {
    int types =
        switch (sender) {
          case CLIENT -> v5 ? FROM_CLIENT | 1 << AUTH : FROM_CLIENT;
          case SERVER -> v5 ? FROM_SERVER | 1 << AUTH | 1 << DISCONNECT : FROM_SERVER;
        };
    return (types & 1 << type) != 0;
  }

  /// The flag bits that a packet of `type`, not a PUBLISH, must have.
  static int flags(int type) {
    return type == PUBREL || type == SUBSCRIBE || type == UNSUBSCRIBE ? 2 : 0;
  }
}
