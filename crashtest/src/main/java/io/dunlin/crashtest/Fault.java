package io.dunlin.crashtest;

/// A promise that a broker may break. Each is counted by itself.
public enum Fault {
  /// An acknowledged message that a persistent session or a group never got.
  LOST("lost", "lost", "acknowledged messages that a subscriber or a group never got"),
  /// A message of QoS 2 that came twice.
  DOUBLED("doubled", "doubled", "messages of QoS 2 that came twice"),
  /// A message after a later one of the same publisher, topic and QoS.
  DISORDERED("disorder", "outOfOrder", "messages that came after later ones of their topic"),
  /// A session that is gone, or one that is back after its end.
  SESSION("sessions", "sessionsForgotten", "sessions forgotten, or back after their end"),
  /// A subscription that is gone, or one that is back after its end.
  SUBSCRIPTION("subscr.", "subscriptionsForgotten", "subscriptions forgotten, or back"),
  /// A retained value older than the last acknowledged one, or never set.
  RETAINED("retained", "retainedWrong", "retained values older than the last acknowledged"),
  /// A will that was not published, or too early, or of a client that came back.
  WILL("wills", "willsWrong", "wills missing, too early, or of clients that came back"),
  /// A message that came after its expiry, or with a wrong interval.
  EXPIRY("expiry", "expiryWrong", "messages that came after their expiry"),
  /// Bytes or packets that nobody sent.
  WRONG("wrong", "wrongPackets", "bytes or packets that nobody sent"),
  /// A running broker that ended, closed a connection or said nothing.
  STUCK("stuck", "stuck", "times that the broker ended, closed or was silent by itself");

  private final String label;
  private final String key;
  private final String meaning;

  Fault(String label, String key, String meaning) {
    this.label = label;
    this.key = key;
    this.meaning = meaning;
  }

  /// A word for the head of a column.
  public String label() {
    return label;
  }

  /// Its name in JSON and in saved files.
  public String key() {
    return key;
  }

  /// What is counted.
  public String meaning() {
    return meaning;
  }
}
