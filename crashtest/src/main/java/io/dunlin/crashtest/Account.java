package io.dunlin.crashtest;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What publishers were promised, what receivers have got, and so what the broker owes. For any
/// thread; it knows no clock, threads or connections.
///
/// A *receiver* is a persistent session or a whole shared group, whose subscription was there
/// before the first message. What is acknowledged is owed to each of them until it comes; what was
/// not acknowledged may come. Messages are numbered by topic, so that order can be told by number.
///
/// Retained values are those of topics that end with `/state`, and of those that begin with
/// [#FLAG], where every fifth message deletes the value.
public final class Account {
  /// Topics that end so carry messages that expire, and which nobody is owed.
  static final String BRIEF = "/brief";

  /// Topics that end so carry messages with an interval that is long enough.
  static final String LASTING = "/lasting";

  /// Topics that begin so are subscribed by nobody; they have a retained value, now and then none.
  static final String FLAG = "flag/";

  /// The interval of the messages that expire.
  static final long BRIEF_SECONDS = 2;

  /// The interval of those that do not.
  static final long LASTING_SECONDS = 3_600;

  private static final int CLEAR_EVERY = 5;
  private static final long CLOCK_SLACK_MILLIS = 1_500;
  private static final long TIMES_KEPT_MILLIS = 600_000;
  private static final int DETAILS_SHOWN = 8;

  private final Map<String, Topic> topics = new TreeMap<>();
  private final Map<String, Receiver> receivers = new LinkedHashMap<>();
  private final Map<Fault, Long> faults = new EnumMap<>(Fault.class);
  private final List<String> details = new ArrayList<>();
  private long sent;
  private long acknowledged;
  private long deliveries;

  /// What publishers did to one topic.
  private static final class Topic {
    final BitSet acknowledged = new BitSet();
    final NavigableMap<Integer, Long> acknowledgedMillis = new TreeMap<>();
    int lastSent;
  }

  /// What one receiver has got.
  private static final class Receiver {
    final boolean ordered;
    final Map<String, BitSet> got = new HashMap<>();
    final Map<String, BitSet> writtenOff = new HashMap<>();
    long owed;

    Receiver(boolean ordered) {
      this.ordered = ordered;
    }

    BitSet got(String topic) {
      return got.computeIfAbsent(topic, _ -> new BitSet());
    }
  }

  /// Adds a receiver of everything that is owed at all; nothing may have been acknowledged yet.
  ///
  /// @param ordered whether messages of one topic come in order; not to the members of a group
  public synchronized void receiver(String name, boolean ordered) {
    if (acknowledged > 0) {
      throw new IllegalStateException(name + " comes after " + acknowledged + " messages");
    }
    receivers.put(name, new Receiver(ordered));
  }

  /// Notes that a message is about to be sent for the first time.
  public synchronized void sent(Message message) {
    topic(message).lastSent = message.sequence();
    sent++;
  }

  /// Notes that the broker took a message over.
  public synchronized void acknowledged(Message message, long nowMillis) {
    Topic topic = topic(message);
    topic.acknowledged.set(message.sequence());
    acknowledged++;
    if (isTimed(message.topic())) {
      topic.acknowledgedMillis.put(message.sequence(), nowMillis);
      while (topic.acknowledgedMillis.firstEntry().getValue() < nowMillis - TIMES_KEPT_MILLIS) {
        topic.acknowledgedMillis.pollFirstEntry();
      }
    }
    if (isOwed(message.topic())) {
      for (Receiver receiver : receivers.values()) {
        receiver.owed += receiver.got(message.topic()).get(message.sequence()) ? 0 : 1;
      }
    }
  }

  /// Notes that a receiver got a message.
  ///
  /// @param once whether that may not happen again (QoS 2)
  public synchronized void delivered(String name, Message message, boolean once) {
    Receiver receiver = receiver(name);
    deliveries++;
    Topic topic = topic(message);
    if (message.sequence() > topic.lastSent) {
      fault(Fault.WRONG, name + " got " + message + ", which nobody sent");
      return;
    }
    BitSet got = receiver.got(message.topic());
    BitSet late = receiver.writtenOff.get(message.topic());
    if (late != null && late.get(message.sequence())) {
      late.clear(message.sequence());
      faults.merge(Fault.LOST, -1L, Long::sum);
    } else if (got.get(message.sequence())) {
      if (once) {
        fault(Fault.DOUBLED, name + " got " + message + " again");
      }
    } else {
      if (receiver.ordered && message.sequence() < got.length() - 1) {
        fault(Fault.DISORDERED, name + " got " + message + " after " + (got.length() - 1));
      }
      got.set(message.sequence());
      if (isOwed(message.topic()) && topic.acknowledged.get(message.sequence())) {
        receiver.owed--;
      }
    }
  }

  /// Checks the expiry of a message that was sent to a receiver for the first time.
  ///
  /// @param remainingSeconds the interval it came with, or -1 when it had none
  /// @param speaksV5 whether its connection could carry the interval
  public synchronized void checkExpiry(
      String name, Message message, boolean speaksV5, long remainingSeconds, long nowMillis) {
    Long since = topic(message).acknowledgedMillis.get(message.sequence());
    if (since == null) {
      return; // Not acknowledged yet, so nobody knows when it began, or not timed at all.
    }
    long ageMillis = nowMillis - since;
    if (message.topic().endsWith(BRIEF)) {
      if (ageMillis > BRIEF_SECONDS * 1_000 + CLOCK_SLACK_MILLIS) {
        fault(Fault.EXPIRY, name + " got " + message + " after " + ageMillis + " ms");
      }
    } else if (speaksV5) {
      long mostSeconds = LASTING_SECONDS - (ageMillis - CLOCK_SLACK_MILLIS) / 1_000;
      if (remainingSeconds < 0 || remainingSeconds > mostSeconds) {
        fault(
            Fault.EXPIRY,
            "%s got %s with %d s left, %d ms old"
                .formatted(name, message, remainingSeconds, ageMillis));
      }
    }
  }

  /// Checks the retained value of a topic, or that there is none, while nobody publishes.
  public synchronized void checkRetained(String name, @Nullable Message value) {
    Topic topic = topics.getOrDefault(name, new Topic());
    int least = topic.acknowledged.length() - 1;
    boolean right =
        value == null
            ? !mustBeRetained(name)
            : value.sequence() >= least && value.sequence() <= topic.lastSent && !clears(value);
    if (!right) {
      fault(
          Fault.RETAINED,
          "%s is %s; acknowledged: %d, sent: %d"
              .formatted(name, value == null ? "none" : value.sequence(), least, topic.lastSent));
    }
  }

  /// Whether a topic must have a retained value: one is acknowledged, and nothing that was sent
  /// since deletes it.
  synchronized boolean mustBeRetained(String name) {
    Topic topic = topics.getOrDefault(name, new Topic());
    int least = topic.acknowledged.length() - 1;
    return least >= 1
        && IntStream.rangeClosed(least, topic.lastSent)
            .noneMatch(sequence -> clears(new Message(name, sequence)));
  }

  /// Whether this message deletes a retained value instead of setting it.
  static boolean clears(Message message) {
    return message.topic().startsWith(FLAG) && message.sequence() % CLEAR_EVERY == 0;
  }

  /// Whether these receivers have got all that was acknowledged.
  public synchronized boolean isSettled(Collection<String> names) {
    return names.stream().allMatch(name -> receiver(name).owed == 0);
  }

  /// How often anything was delivered to anybody: it grows while the broker still delivers.
  synchronized long deliveries() {
    return deliveries;
  }

  /// Gives up on what a receiver is owed: counts it as lost. If it comes later after all, it is not
  /// lost.
  public synchronized void writeOff(String name) {
    Receiver receiver = receiver(name);
    if (receiver.owed == 0) {
      return;
    }
    for (Map.Entry<String, Topic> entry : topics.entrySet()) {
      BitSet missing = (BitSet) entry.getValue().acknowledged.clone();
      BitSet got = receiver.got(entry.getKey());
      missing.andNot(got);
      if (!isOwed(entry.getKey()) || missing.isEmpty()) {
        continue;
      }
      fault(
          Fault.LOST,
          missing.cardinality(),
          "%s did not get %d of %s, from %d to %d"
              .formatted(
                  name,
                  missing.cardinality(),
                  entry.getKey(),
                  missing.nextSetBit(0),
                  missing.length() - 1));
      got.or(missing);
      receiver.writtenOff.computeIfAbsent(entry.getKey(), _ -> new BitSet()).or(missing);
    }
    receiver.owed = 0;
  }

  /// Notes a broken promise.
  public synchronized void fault(Fault fault, String detail) {
    fault(fault, 1, detail);
  }

  private void fault(Fault fault, long count, String detail) {
    long before = faults.getOrDefault(fault, 0L);
    faults.put(fault, before + count);
    if (details.stream().filter(line -> line.startsWith(fault.label())).count() < DETAILS_SHOWN) {
      details.add(fault.label() + ": " + detail);
    }
  }

  /// All so far.
  public synchronized Figures figures() {
    return new Figures(sent, acknowledged, faults);
  }

  /// The first broken promises of each kind, in words.
  public synchronized List<String> details() {
    return Collections.unmodifiableList(new ArrayList<>(details));
  }

  private static boolean isOwed(String topic) {
    return !topic.endsWith(BRIEF) && !topic.startsWith(FLAG);
  }

  private static boolean isTimed(String topic) {
    return topic.endsWith(BRIEF) || topic.endsWith(LASTING);
  }

  private Topic topic(Message message) {
    return topics.computeIfAbsent(message.topic(), _ -> new Topic());
  }

  private Receiver receiver(String name) {
    Receiver receiver = receivers.get(name);
    if (receiver == null) {
      throw new IllegalArgumentException("no receiver " + name);
    }
    return receiver;
  }
}
