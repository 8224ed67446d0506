package io.dunlin.crashtest;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.Will;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Clients with wills that are connected when the broker ends. Most stay away: their wills must be
/// published after the restart, and not before their delay is over. Some, of MQTT 5, come back
/// within their delay: theirs may not be published.
final class Wills {
  /// What those who hear of wills subscribe to.
  static final String FILTER = "will/#";

  private static final long DELAY_SECONDS = 1;
  private static final long LONG_DELAY_SECONDS = 60;
  private static final long CLOCK_SLACK_MILLIS = 500;

  private final InetSocketAddress address;
  private final Account account;
  private final List<MqttVersion> versions;
  private final List<Qos> qos;
  private final List<Mortal> mortals = new ArrayList<>();

  // Guarded by this.
  private final Map<String, Long> dueMillis = new HashMap<>();
  private final Set<String> unwanted = new HashSet<>();
  private int count;

  /// A client with a will.
  private record Mortal(Connect connect, Wire wire, long delaySeconds, boolean comesBack) {
    String topic() {
      return FILTER.replace("#", connect.clientId());
    }
  }

  Wills(InetSocketAddress address, Account account, List<MqttVersion> versions, List<Qos> qos) {
    this.address = address;
    this.account = account;
    this.versions = versions;
    this.qos = qos;
  }

  /// Connects clients with wills.
  void connect() throws IOException {
    for (MqttVersion version : versions) {
      connect(version, 0, false);
      if (version == MqttVersion.V5) {
        connect(version, DELAY_SECONDS, false);
        connect(version, LONG_DELAY_SECONDS, true);
      }
    }
  }

  private void connect(MqttVersion version, long delaySeconds, boolean comesBack)
      throws IOException {
    String clientId = "mortal" + count;
    TopicName topic = TopicName.of(FILTER.replace("#", clientId));
    Will will =
        new Will(
            topic,
            new Message(topic.toString(), 1).payload(),
            qos.get(count++ % qos.size()),
            false,
            delaySeconds,
            -1,
            Slice.EMPTY);
    Connect connect =
        Connect.builder(version, clientId)
            .cleanStart(delaySeconds == 0)
            .sessionExpirySeconds(delaySeconds == 0 ? 0 : 10 * LONG_DELAY_SECONDS)
            .will(will)
            .build();
    mortals.add(new Mortal(connect, new Wire(address, connect), delaySeconds, comesBack));
  }

  /// The broker has ended: from now on wills are due, each after its delay.
  synchronized void ended(long nowMillis) {
    for (Mortal each : mortals) {
      each.wire.close();
      if (each.comesBack) {
        unwanted.add(each.topic());
      } else {
        dueMillis.put(each.topic(), nowMillis + each.delaySeconds * 1_000);
      }
    }
  }

  /// The broker is there again: those who come back do so, and leave as it should be.
  void restarted() throws IOException {
    for (Mortal each : mortals) {
      if (each.comesBack) {
        try (Wire wire = new Wire(address, each.connect)) {
          wire.send(new Disconnect(ReasonCode.SUCCESS, 0, null, null, List.of()));
        }
      }
    }
    mortals.clear();
  }

  /// Somebody heard of a will.
  synchronized void published(Message will, long nowMillis) {
    Long due = dueMillis.remove(will.topic());
    if (unwanted.contains(will.topic())) {
      account.fault(Fault.WILL, will.topic() + ", whose client came back in time");
    } else if (due != null && nowMillis < due - CLOCK_SLACK_MILLIS) {
      account.fault(Fault.WILL, will.topic() + ", " + (due - nowMillis) + " ms too early");
    }
  }

  /// Whether wills are due that nobody has heard of.
  synchronized boolean areAwaited() {
    return !dueMillis.isEmpty();
  }

  /// When the last of them is due.
  synchronized long lastDueMillis() {
    return dueMillis.values().stream().mapToLong(Long::longValue).max().orElse(0);
  }

  /// Gives up on them.
  synchronized void writeOff() {
    dueMillis.keySet().forEach(topic -> account.fault(Fault.WILL, topic + " was not published"));
    dueMillis.clear();
    unwanted.clear();
  }
}
