package io.dunlin.broker.config;

/// A text that is not a value of its key. The message says what is allowed.
public final class InvalidValue extends Exception {
  private static final long serialVersionUID = 1L;

  private final String complaint;

  InvalidValue(String complaint) {
    super(complaint);
    this.complaint = complaint;
  }

  /// What is wrong and what is allowed; the message.
  public String complaint() {
    return complaint;
  }
}
