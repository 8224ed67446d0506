package io.dunlin.codec;

/// Who sent a packet: some packets, properties and reason codes are for one side only.
public enum Sender {
  /// The client.
  CLIENT,
  /// The server.
  SERVER
}
