package io.dunlin.tests.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What the broker owes to the members of one shared subscription together. Nobody gets messages of
/// its topics otherwise.
///
/// - A message that was acknowledged while a persistent member was surely subscribed comes to some
///   member, as long as that stays one.
/// - A QoS 2 message comes once, whoever gets it. One that was not acknowledged and that a crash
///   has taken from the broker is a new one when it is sent again; only a member whose session
///   ended with its connection can have had it before.
/// - Each member gets the messages of a publisher in their order, but for those that another member
///   may have had before.
final class Group {
  static final String FILTER = "$share/group/$g/#";
  static final List<String> TOPICS = List.of("$g/0", "$g/1");

  private final World world;

  /// Persistent members that are subscribed for certain, with the moment since when.
  private final Map<SimClient, Long> members = new HashMap<>();

  /// Messages that must come, with the members because of which.
  private final Map<Message, Set<SimClient>> owed = new LinkedHashMap<>();

  private final Set<Message> delivered = new HashSet<>();
  private final Map<Message, Receipt> exactlyOnce = new HashMap<>();
  private final Map<String, Message> latest = new HashMap<>();
  private final Set<SimClient> leaving = new HashSet<>();
  private long lastLoss;

  /// Whether a QoS 2 message may end with the session that has it: of members that are not
  /// persistent, or that have begun anew.
  private long lastSessionEnd = -1;

  /// Who has got a message at QoS 2, and in which life of the broker.
  private record Receipt(SimClient member, boolean persistent, int crashes) {}

  Group(World world) {
    this.world = world;
  }

  static boolean owns(String topic) {
    return TOPICS.contains(topic);
  }

  // -- members --------------------------------------------------------------------------------

  /// A SUBSCRIBE at QoS 1 or 2 was acknowledged.
  void subscribed(SimClient member, boolean persistent) {
    if (persistent) {
      members.putIfAbsent(member, world.moment());
    }
  }

  /// A member asks to leave: until the answer it may leave at any moment.
  void leaving(SimClient member) {
    leaving.add(member);
    leaves(member);
  }

  /// A member unsubscribes, or begins anew.
  void leaves(SimClient member) {
    members.remove(member);
    owed.values().forEach(set -> set.remove(member));
    owed.values().removeIf(Set::isEmpty);
  }

  /// A member may just have gone, or have left: what was on its way to it goes to others.
  void memberLost(SimClient member) {
    leaving.remove(member);
    lastLoss = world.moment();
  }

  /// A session ends, and with it the QoS 2 messages on their way to it.
  void sessionEnded() {
    lastSessionEnd = world.moment();
    owed.keySet().removeIf(m -> m.qos == 2);
  }

  // -- messages -------------------------------------------------------------------------------

  /// A message is sent for the first time.
  ///
  /// @param halfOpen whether the broker still has connections that clients have given up
  void sent(Message m, boolean halfOpen) {
    m.halfOpen = halfOpen;
  }

  void acknowledged(Message m) {
    if (m.mayExpire || m.payloadBytes == 0 || delivered.contains(m)) {
      return;
    }
    if (m.qos == 2 && (m.halfOpen || lastSessionEnd > m.firstSent)) {
      return; // its session may end with a connection that only the broker still has [MQTT-4.8.2-5]
    }
    Set<SimClient> because = new HashSet<>();
    members.forEach((member, since) -> {
      if (since < m.firstSent) {
        because.add(member);
      }
    });
    if (!because.isEmpty()) {
      owed.put(m, because);
    }
  }

  /// The application of a member gets a message, anew.
  ///
  /// @param persistent whether its session outlives its connection
  /// @param crashes of the broker until now
  void deliver(SimClient member, boolean persistent, int crashes, Message m, int qos) {
    owed.remove(m);
    boolean first = delivered.add(m);
    if (m.qos == 2 && qos == 2) {
      Receipt before = exactlyOnce.put(m, new Receipt(member, persistent, crashes));
      boolean forgotten =
          before != null && !before.persistent && before.crashes < crashes && m.sends > 1;
      if (before != null && !forgotten) {
        throw world.failure(
            member.clientId + " gets " + m + " at QoS 2, which " + before.member.clientId + " got",
            null);
      }
    }
    if (!first
        || m.sends > 1
        || m.halfOpen
        || m.firstSent < lastLoss
        || leaving.stream().anyMatch(other -> !other.equals(member))) {
      return; // another may have had it before
    }
    String stream = member.clientId + " " + m.publisher + " " + m.topic + " " + m.qos + " " + qos;
    Message last = latest.get(stream);
    if (last != null && last.number > m.number) {
      throw world.failure(member.clientId + " gets " + m + " of its group after " + last, null);
    }
    if (last == null || last.number < m.number) {
      latest.put(stream, m);
    }
  }

  /// What has not come, of the QoS levels that must come whoever is away.
  ///
  /// @param qos2 whether QoS 2 messages count: one may wait for the client that it was sent to
  List<Message> missing(boolean qos2) {
    List<Message> missing = new ArrayList<>();
    for (Message m : owed.keySet()) {
      if (qos2 || m.qos == 1) {
        missing.add(m);
      }
    }
    return missing;
  }

  /// Somebody who is a persistent member for certain.
  boolean has(SimClient member) {
    return members.containsKey(member);
  }

  int size() {
    return members.size();
  }
}
