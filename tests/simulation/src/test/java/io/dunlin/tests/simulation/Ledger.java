package io.dunlin.tests.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What was published and acknowledged, and who is owed what.
final class Ledger {
  private final World world;
  private int waiting;
  private final List<Message> messages = new ArrayList<>();
  private final List<SimClient> clients = new ArrayList<>();

  Ledger(World world) {
    this.world = world;
  }

  /// Something is due later.
  void waits(int more) {
    waiting += more;
  }

  /// Whether nothing is due later.
  boolean settled() {
    return waiting == 0;
  }

  void add(SimClient client) {
    clients.add(client);
  }

  Message publish(
      int publisher, String topic, int qos, boolean retain, boolean mayExpire, int payloadBytes) {
    int number = messages.size();
    int least =
        payloadBytes == 0 ? 0 : Math.max(payloadBytes, Integer.toString(number).length() + 1);
    Message message = new Message(number, publisher, topic, qos, retain, mayExpire, least);
    messages.add(message);
    return message;
  }

  /// The message with this payload.
  Message find(byte[] payload) {
    int number = 0;
    int i = 0;
    while (i < payload.length && payload[i] >= '0' && payload[i] <= '9') {
      number = number * 10 + payload[i++] - '0';
    }
    if (i == 0 || i == payload.length || payload[i] != ':' || number >= messages.size()) {
      throw world.failure("a payload that nobody has published", null);
    }
    return messages.get(number);
  }

  /// The broker has taken responsibility: from now on it owes the message to all durable sessions
  /// that were subscribed when it was sent.
  void acknowledged(Message message) {
    message.acknowledged = true;
    clients.forEach(client -> client.owe(message));
  }

  /// Whether `found`, or nothing when null, may be the retained message of `topic` at the end: the
  /// one that was acknowledged last, or one that was sent later.
  boolean mayBeRetained(String topic, @Nullable Message found) {
    long bound = -1;
    for (Message m : messages) {
      if (m.retain && m.acknowledged && m.topic.equals(topic)) {
        bound = Math.max(bound, m.firstSent);
      }
    }
    if (found != null) {
      return found.retain && found.lastSent >= bound;
    }
    if (bound < 0) {
      return true;
    }
    for (Message m : messages) {
      if (m.retain && m.payloadBytes == 0 && m.topic.equals(topic) && m.lastSent >= bound) {
        return true;
      }
    }
    return false;
  }

  /// What [#mayBeRetained] would accept, for people.
  String retained(String topic) {
    return messages.stream()
        .filter(m -> m.retain && Objects.equals(m.topic, topic))
        .map(m -> m + " sent " + m.firstSent + ".." + m.lastSent + (m.acknowledged ? " acked" : ""))
        .toList()
        .toString();
  }
}
