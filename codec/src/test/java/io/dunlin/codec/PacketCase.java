package io.dunlin.codec;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.ReasonCode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One row of the [PacketTable]: bytes from a client, and what has to become of them.
///
/// @param name unique in the table
/// @param version that of the connection
/// @param first whether the bytes are the first on their connection; else they follow
///   [PacketTable#connect] and its CONNACK
/// @param bytes one packet, or as much of its beginning as is enough to refuse it
/// @param refusal why a decoder refuses them; null if they are well-formed
/// @param expectation what a broker does
/// @param statements those that the row is about, and sections where the text has no statement
public record PacketCase(
    String name,
    MqttVersion version,
    boolean first,
    Slice bytes,
    @Nullable ReasonCode refusal,
    Expectation expectation,
    List<String> statements) {
  /// What a broker does with a row.
  ///
  /// @param answer how it answers
  /// @param code that of the CONNACK or DISCONNECT; -1 for other answers
  public record Expectation(Answer answer, int code) {}

  /// How a broker answers a row.
  public enum Answer {
    /// It takes the packet, with the packets that belong to it, and the connection lives.
    ACCEPTED,
    /// It sends a CONNACK with the code, and closes.
    CONNACK,
    /// It sends a DISCONNECT with the code, and closes.
    DISCONNECT,
    /// It closes without a word.
    CLOSE
  }

  @Override
  public String toString() {
    return name;
  }
}
