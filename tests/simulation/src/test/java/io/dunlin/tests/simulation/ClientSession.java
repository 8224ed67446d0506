package io.dunlin.tests.simulation;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What a client knows of its session, and what the broker owes to it.
final class ClientSession {
  /// Whether the broker has the session, as far as the client can know.
  private enum Presence {
    ABSENT,
    PRESENT,
    UNKNOWN
  }

  /// A message that the client has published and that is not done with.
  static final class Out {
    final Message message;
    final long expirySeconds;
    boolean released;

    Out(Message message, long expirySeconds) {
      this.message = message;
      this.expirySeconds = expirySeconds;
    }

    @Override
    public String toString() {
      return message + (released ? " released" : "");
    }
  }

  /// Which acknowledgements are due on a connection, in order [MQTT-4.6.0-2].
  static final class Expected {
    private final ArrayDeque<Integer> pubAcks = new ArrayDeque<>();
    private final ArrayDeque<Integer> pubRecs = new ArrayDeque<>();
    private final ArrayDeque<Integer> pubComps = new ArrayDeque<>();
    private final Set<Integer> again = new HashSet<>();

    void published(int id, int qos) {
      if (qos > 0) {
        (qos == 1 ? pubAcks : pubRecs).addLast(id);
      }
    }

    void released(int id, boolean anew) {
      pubComps.addLast(id);
      if (anew) {
        again.add(id);
      } else {
        again.remove(id);
      }
    }

    void pubAck(Function<String, SimulationFailure> wrong, int id) {
      next(wrong, pubAcks, id, "PUBACK");
    }

    void pubRec(Function<String, SimulationFailure> wrong, int id) {
      next(wrong, pubRecs, id, "PUBREC");
    }

    /// Whether the PUBREL was one that was sent again.
    boolean pubComp(Function<String, SimulationFailure> wrong, int id) {
      next(wrong, pubComps, id, "PUBCOMP");
      return again.remove(id);
    }

    private static void next(
        Function<String, SimulationFailure> wrong, ArrayDeque<Integer> due, int id, String what) {
      Integer expected = due.pollFirst();
      if (expected == null || expected != id) {
        throw wrong.apply(what + " for packet " + id + " where " + expected + " is due");
      }
    }
  }

  private static final class Sub {
    boolean changing;
    boolean active; // at QoS 1 or 2, for certain
    long activeSince;
    int newQos;
    boolean noLocal;
  }

  private final World world;
  private final String clientId;
  private Presence presence = Presence.ABSENT;
  private boolean mustBeAbsent; // on the connection that is being opened

  /// Whether it has had a connection before the present one.
  boolean resumed;

  final Map<Integer, Out> outgoing = new LinkedHashMap<>();
  final Map<Integer, @Nullable Message> incoming = new TreeMap<>(); // QoS 2, until PUBREL
  final Set<Integer> identifiers = new TreeSet<>();

  /// Messages that must still come, with the filters that they are owed by.
  final Map<Message, Set<String>> owed = new LinkedHashMap<>();

  private final Map<String, Sub> subs = new TreeMap<>();
  private final Set<String> asked = new TreeSet<>();
  private final Map<Message, Integer> delivered = new HashMap<>(); // with the highest QoS
  private final Map<String, Message> latest = new HashMap<>();
  private long lastSubscriptionChange;
  private long connectedSince;

  ClientSession(World world, String clientId) {
    this.world = world;
    this.clientId = clientId;
  }

  private SimulationFailure wrong(String what) {
    return world.failure(clientId + ": " + what, null);
  }

  // -- the session ----------------------------------------------------------------------------

  /// A clean start is asked for: nothing is owed any more.
  void forget() {
    outgoing.clear();
    incoming.clear();
    owed.clear();
    subs.clear();
    asked.clear();
    delivered.clear();
    latest.clear();
    presence = Presence.UNKNOWN;
    resumed = false;
  }

  /// A CONNECT was sent.
  void connecting(boolean durable) {
    mustBeAbsent = presence == Presence.ABSENT;
    if (mustBeAbsent) { // what there was has ended with its connection
      forget();
      presence = durable ? Presence.UNKNOWN : Presence.ABSENT;
    }
    for (Sub sub : subs.values()) {
      if (sub.changing) { // asked for on the last connection: done at any time until now, or never
        lastSubscriptionChange = world.moment();
      }
      sub.changing = false;
    }
  }

  /// Whether the broker must have it.
  boolean surelyPresent() {
    return presence == Presence.PRESENT;
  }

  void connected(boolean present, boolean clean, boolean durable) {
    if (present && (clean || mustBeAbsent)) {
      throw wrong("Session Present for a session that cannot be there");
    }
    if (!present && presence == Presence.PRESENT) {
      throw wrong("its session is lost");
    }
    if (!present) {
      forget();
    }
    resumed = present;
    connectedSince = world.moment();
    presence = durable ? Presence.PRESENT : Presence.ABSENT;
  }

  // -- subscriptions --------------------------------------------------------------------------

  boolean mayChange(String filter) {
    Sub sub = subs.get(filter);
    return sub == null || !sub.changing;
  }

  void subscribing(String filter, int qos, boolean noLocal) {
    Sub sub = subs.computeIfAbsent(filter, _ -> new Sub());
    sub.changing = true;
    sub.newQos = qos;
    sub.noLocal = noLocal;
    asked.add(filter);
    lastSubscriptionChange = world.moment();
    if (qos == 0) {
      deactivate(filter, sub);
    }
  }

  void subscribed(String filter) {
    Sub sub = subs.get(filter);
    lastSubscriptionChange = world.moment();
    if (sub != null) {
      sub.changing = false;
      if (sub.newQos > 0 && !sub.active && !Topics.isShared(filter)) {
        sub.active = true;
        sub.activeSince = world.moment();
      }
    }
  }

  void unsubscribing(String filter) {
    Sub sub = subs.computeIfAbsent(filter, _ -> new Sub());
    sub.changing = true;
    lastSubscriptionChange = world.moment();
    deactivate(filter, sub);
  }

  void unsubscribed(String filter) {
    subs.remove(filter);
  }

  private void deactivate(String filter, Sub sub) {
    sub.active = false;
    owed.values().forEach(filters -> filters.remove(filter));
    owed.values().removeIf(Set::isEmpty);
  }

  /// Whether it has ever, in this session, asked for messages of this topic.
  boolean hasAsked(String topic) {
    return asked.stream().anyMatch(filter -> Topics.matches(filter, topic));
  }

  /// Whether messages of this topic may come by a group, too.
  boolean overlapsShared(String topic) {
    return asked.stream()
        .anyMatch(filter -> Topics.isShared(filter) && Topics.matches(filter, topic));
  }

  // -- messages -------------------------------------------------------------------------------

  void owe(Message message, int self) {
    if (presence != Presence.PRESENT || delivered.containsKey(message)) {
      return;
    }
    Set<String> filters = new TreeSet<>();
    subs.forEach((filter, sub) -> {
      if (sub.active
          && sub.activeSince < message.firstSent
          && !(sub.noLocal && message.publisher == self)
          && Topics.matches(filter, message.topic)) {
        filters.add(filter);
      }
    });
    if (!filters.isEmpty()) {
      owed.put(message, filters);
    }
  }

  /// A QoS 2 PUBLISH came; whether it is a new message and not one that waits for its PUBREL.
  boolean received(int id, @Nullable Message message, boolean dup) {
    if (!incoming.containsKey(id)) {
      incoming.put(id, message);
      return true;
    }
    Message before = incoming.get(id);
    if (before != message || !dup) {
      throw wrong(
          "packet "
              + id
              + (dup ? " again" : " without DUP")
              + " with "
              + message
              + ", was "
              + before);
    }
    return false;
  }

  /// The application gets a message that was published while it was subscribed.
  void deliver(Message m, int qos) {
    owed.remove(m);
    boolean shared = overlapsShared(m.topic);
    Integer before = delivered.get(m);
    if (before != null) {
      if (before == 2 && qos == 2 && m.qos == 2 && !shared) {
        throw wrong("gets " + m + " twice at QoS 2");
      }
      return;
    }
    delivered.put(m, qos);
    if (shared) {
      return;
    }
    String stream = m.publisher + " " + m.topic + " " + m.qos + " " + qos;
    Message last = latest.get(stream);
    if (last != null && last.number > m.number) {
      boolean late =
          (m.sends > 1 || qos == 0) && lastSubscriptionChange > m.firstSent
              || m.sends > 1 && qos == 0 && connectedSince > m.firstSent // it was away first
              || m.sends > 1 && m.mayExpire; // dropped first, and then sent again
      if (!late) {
        throw wrong("gets " + m + " after " + last);
      }
      return;
    }
    latest.put(stream, m);
  }
}
