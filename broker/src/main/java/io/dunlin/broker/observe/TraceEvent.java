package io.dunlin.broker.observe;

/// A packet, or a message for one recipient, and what became of it. Immutable. Never a payload.
///
/// @param clientId who sent it, or who should get it
/// @param what the packet's name as in the specification, or `connection`
/// @param topic the topic name or topic filter; empty where there is none
/// @param qos -1 where there is none
/// @param packetId 0 for none
/// @param bytes of the packet, or of the payload; 0 where it does not matter
/// @param decision what was decided, and why
public record TraceEvent(
    long atMillis,
    String clientId,
    Direction direction,
    String what,
    String topic,
    int qos,
    int packetId,
    int bytes,
    String decision) {
  /// Which way it goes.
  public enum Direction {
    /// From the client.
    IN,
    /// To the client.
    OUT,
    /// Neither: it is about the connection.
    NONE
  }
}
