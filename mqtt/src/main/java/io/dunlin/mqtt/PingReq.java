package io.dunlin.mqtt;

/// Asks for a PINGRESP (MQTT 5.0 §3.12).
public record PingReq() implements Packet {
  /// The only one needed.
  public static final PingReq INSTANCE = new PingReq();
}
