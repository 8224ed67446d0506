package io.dunlin.broker.config;

/// One thing that is wrong with a configuration. Immutable.
///
/// @param origin where it was written
/// @param key the dotted key, or empty when it concerns the whole file
/// @param complaint what is wrong
/// @param remedy what to do about it, or empty when the complaint says it
public record Problem(Origin origin, String key, String complaint, String remedy) {
  /// `dunlin.yaml:3:5: message.max-packet-byte: unknown key; did you mean …?`.
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    if (!(origin instanceof Origin.Default)) {
      text.append(origin).append(": ");
    }
    if (!key.isEmpty()) {
      text.append(key).append(": ");
    }
    text.append(complaint);
    if (!remedy.isEmpty()) {
      text.append("; ").append(remedy);
    }
    return text.toString();
  }
}
