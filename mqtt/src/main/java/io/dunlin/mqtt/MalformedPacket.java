package io.dunlin.mqtt;

/// The peer sent bytes that the specification or a limit forbids. It has no stack trace: it tells
/// about the peer, not about us. Immutable.
///
/// Whoever owns the connection catches it in one place, answers with [#reason] where the version
/// allows an answer, and closes.
public final class MalformedPacket extends Exception {
  private static final long serialVersionUID = 1;

  private final ReasonCode reason;
  private final String statement;
  private final String detail;

  /// Refuses for `reason`, by `statement`, with `detail` for people.
  public MalformedPacket(ReasonCode reason, String statement, String detail) {
    super(reason + " [" + statement + "] " + detail, null, false, false);
    this.reason = reason;
    this.statement = statement;
    this.detail = detail;
  }

  /// The code that a CONNACK or DISCONNECT of 5.0 should carry.
  public ReasonCode reason() {
    return reason;
  }

  /// The statement that was broken, like `MQTT-1.5.4-1` or `MQTT-1.5.3-1 v3.1.1`, or the section
  /// where the text has no numbered statement, like `§3.1.2.11.3`.
  public String statement() {
    return statement;
  }

  /// What was wrong, for people; without bytes of the peer.
  public String detail() {
    return detail;
  }
}
