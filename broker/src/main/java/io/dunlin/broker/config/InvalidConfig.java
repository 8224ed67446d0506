package io.dunlin.broker.config;

/// A value that its record refuses. The message names the key, the value and what is allowed.
public final class InvalidConfig extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String path;
  private final String complaint;

  InvalidConfig(String path, String complaint) {
    super(path + ": " + complaint);
    this.path = path;
    this.complaint = complaint;
  }

  /// The key: `message.max-packet-bytes`.
  public String path() {
    return path;
  }

  String complaint() {
    return complaint;
  }
}
