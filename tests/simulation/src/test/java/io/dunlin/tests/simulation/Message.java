package io.dunlin.tests.simulation;

/// A message that a client has published, or a will that it has left. Its payload begins with its
/// number, so that receivers know it again.
final class Message {
  final int number;
  final int publisher;
  final String topic;
  final int qos;
  final boolean retain;
  final boolean mayExpire;
  final int payloadBytes;

  /// When it was first and last sent, as moments of the world.
  long firstSent;

  long lastSent;
  int sends;
  boolean acknowledged;

  /// Whether the broker had half-open connections when it was first sent.
  boolean halfOpen;

  Message(
      int number,
      int publisher,
      String topic,
      int qos,
      boolean retain,
      boolean mayExpire,
      int payloadBytes) {
    this.number = number;
    this.publisher = publisher;
    this.topic = topic;
    this.qos = qos;
    this.retain = retain;
    this.mayExpire = mayExpire;
    this.payloadBytes = payloadBytes;
  }

  void sent(long moment) {
    if (sends++ == 0) {
      firstSent = moment;
    }
    lastSent = moment;
  }

  /// The payload; empty when it deletes a retained message.
  byte[] payload() {
    byte[] bytes = new byte[payloadBytes];
    byte[] head = (number + ":").getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = i < head.length ? head[i] : (byte) ('a' + (number + i) % 26);
    }
    return bytes;
  }

  @Override
  public String toString() {
    return "m%d (%s, qos %d%s, of c%d)"
        .formatted(number, topic, qos, retain ? ", retain" : "", publisher);
  }
}
