package io.dunlin.tests.crash;

import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A member of a shared subscription with a session that stays. Now and then it drops its
/// connection with messages on it that it has not acknowledged, and comes back. It keeps the state
/// of QoS 2 as a client has to.
///
/// It runs on a thread of its own; [#stop] is for others.
final class GroupMember {
  private static final int CUT_ONCE_IN = 300;

  private final InetSocketAddress address;
  private final Uptime uptime;
  private final MqttVersion version;
  private final String clientId;
  private final Random random;
  private final Consumer<Message> application;
  private final Set<Integer> unreleased = new HashSet<>();
  private volatile boolean stopped;
  private volatile @Nullable Wire wire;

  /// @param application gets each message, at QoS 2 once
  GroupMember(
      InetSocketAddress address,
      Uptime uptime,
      MqttVersion version,
      String clientId,
      long seed,
      Consumer<Message> application) {
    this.address = address;
    this.uptime = uptime;
    this.version = version;
    this.clientId = clientId;
    this.random = new Random(seed);
    this.application = application;
  }

  /// Creates the session and leaves.
  void join(String filter, Qos qos) throws IOException {
    try (Wire first = connect()) {
      first.subscribe(filter, qos);
    }
  }

  /// Ends the thread.
  void stop() {
    stopped = true;
    Wire last = wire;
    if (last != null) {
      last.close();
    }
  }

  void run() throws InterruptedException {
    while (!stopped) {
      uptime.awaitStartAfter(0);
      try (Wire now = connect()) {
        wire = now;
        if (!now.sessionPresent()) {
          throw new AssertionError(clientId + " has lost its session");
        }
        while (!stopped && receive(now, now.read())) {
          // the next
        }
      } catch (IOException e) {
        // The broker was killed, or this one was stopped.
      }
    }
  }

  private Wire connect() throws IOException {
    return new Wire(
        address,
        Connect.builder(version, clientId).cleanStart(false).sessionExpirySeconds(3_600).build());
  }

  /// Whether it stays connected.
  private boolean receive(Wire from, Packet packet) throws IOException {
    if (packet instanceof PubRel rel) {
      unreleased.remove(rel.packetId());
      from.send(new PubComp(rel.packetId()));
      return true;
    }
    if (!(packet instanceof Publish publish)) {
      throw new AssertionError(clientId + " got " + packet);
    }
    if (publish.qos() == Qos.AT_LEAST_ONCE || unreleased.add(publish.packetId())) {
      application.accept(Message.of(publish));
    }
    if (random.nextInt(CUT_ONCE_IN) == 0) {
      return false;
    }
    boolean once = publish.qos() == Qos.EXACTLY_ONCE;
    from.send(once ? new PubRec(publish.packetId()) : new PubAck(publish.packetId()));
    return true;
  }
}
