package io.dunlin.mqtt;

/// Answers a PINGREQ (MQTT 5.0 §3.13).
public record PingResp() implements Packet {
  /// The only one needed.
  public static final PingResp INSTANCE = new PingResp();
}
