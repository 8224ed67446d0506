package io.dunlin.tests.crash;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What publishers were promised and what subscribers have got: the broker's debts. For any thread.
final class Account {
  /// The last message of a run; everybody gets it after all others have been acknowledged.
  static final Message LAST = new Message("load/last", 1);

  private static final int DEBTS_SHOWN = 20;

  private final Map<String, BitSet> acknowledged = new TreeMap<>();
  private final Map<String, Map<String, BitSet>> delivered = new TreeMap<>();
  private final List<String> debts = new ArrayList<>();
  private final Map<String, Integer> debtsByKind = new HashMap<>();
  private int acknowledgements;

  /// Notes that the broker is responsible for a message.
  synchronized void acknowledged(Message message) {
    acknowledged.computeIfAbsent(message.topic(), topic -> new BitSet()).set(message.sequence());
    acknowledgements++;
    notifyAll();
  }

  /// Notes that a subscriber got a message.
  ///
  /// @param once whether that may not happen again (QoS 2)
  synchronized void delivered(String clientId, Message message, boolean once) {
    BitSet got =
        delivered
            .computeIfAbsent(clientId, id -> new HashMap<>())
            .computeIfAbsent(message.topic(), topic -> new BitSet());
    if (got.get(message.sequence())) {
      if (once) {
        owe("doubled", clientId + " got " + message + " again");
      }
      return;
    }
    if (message.sequence() < got.length() - 1) {
      owe("disordered", clientId + " got " + message + " after " + (got.length() - 1));
    }
    got.set(message.sequence());
  }

  /// Notes that a client was told that its session is new.
  synchronized void sessionLost(String clientId) {
    owe("session lost", clientId);
  }

  /// Notes that a client waited in vain.
  synchronized void stalled(String clientId) {
    owe("silence", clientId + " heard nothing for " + Wire.PATIENCE);
  }

  /// Notes that a running broker broke a connection.
  synchronized void cutOff(String clientId, IOException reason) {
    owe("cut off", clientId + ": " + reason);
  }

  /// Whether a subscriber has got the last message, and all that was acknowledged before.
  ///
  /// @param prefix how the topics begin that concern it
  synchronized boolean isSettled(String clientId, String prefix) {
    Map<String, BitSet> got = delivered.getOrDefault(clientId, Map.of());
    return got.containsKey(LAST.topic())
        && acknowledged.keySet().stream()
            .filter(topic -> topic.startsWith(prefix))
            .allMatch(topic -> missing(got, topic).isEmpty());
  }

  /// Waits until so many messages have been acknowledged since the start.
  synchronized void awaitAcknowledgements(int count) throws InterruptedException {
    long deadlineNanos = System.nanoTime() + Wire.PATIENCE.multipliedBy(3).toNanos();
    while (acknowledgements < count) {
      long leftMillis = Duration.ofNanos(deadlineNanos - System.nanoTime()).toMillis();
      if (leftMillis <= 0) {
        throw new AssertionError(
            acknowledgements + " of " + count + " acknowledged; " + debts(List.of(), ""));
      }
      wait(leftMillis);
    }
  }

  /// How many messages have been acknowledged.
  synchronized int acknowledgements() {
    return acknowledgements;
  }

  /// The sequence number of the last message of a topic that was acknowledged.
  synchronized int lastOf(String topic) {
    return acknowledged.getOrDefault(topic, new BitSet()).length() - 1;
  }

  /// All that is owed to these subscribers, in words; empty when the broker kept its promises.
  ///
  /// @param prefix how the topics begin that concern them
  synchronized List<String> debts(List<String> subscribers, String prefix) {
    List<String> all = new ArrayList<>(debts);
    debtsByKind.forEach((kind, count) -> all.addFirst(count + " times: " + kind));
    for (String subscriber : subscribers) {
      Map<String, BitSet> got = delivered.getOrDefault(subscriber, Map.of());
      for (String topic : acknowledged.keySet()) {
        BitSet missing = missing(got, topic);
        if (topic.startsWith(prefix) && !missing.isEmpty()) {
          all.add(
              "lost: %s did not get %d of %d of %s, from %d to %d"
                  .formatted(
                      subscriber,
                      missing.cardinality(),
                      acknowledged.get(topic).cardinality(),
                      topic,
                      missing.nextSetBit(0),
                      missing.length() - 1));
        }
      }
    }
    return all;
  }

  private BitSet missing(Map<String, BitSet> got, String topic) {
    BitSet missing = (BitSet) acknowledged.getOrDefault(topic, new BitSet()).clone();
    missing.andNot(got.getOrDefault(topic, new BitSet()));
    return missing;
  }

  private void owe(String kind, String detail) {
    if (debtsByKind.merge(kind, 1, Integer::sum) <= DEBTS_SHOWN) {
      debts.add(kind + ": " + detail);
    }
  }
}
