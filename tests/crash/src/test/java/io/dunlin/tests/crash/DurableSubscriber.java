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
import java.net.SocketTimeoutException;
import java.util.HashSet;
import java.util.Set;

/// Subscribes once and for all, and then takes what its session brings, over as many connections as
/// it needs, until it has all of them. It keeps the state of QoS 2 as a client has to.
///
/// It runs on a thread of its own.
final class DurableSubscriber {
  private final InetSocketAddress address;
  private final Uptime uptime;
  private final Account account;
  private final MqttVersion version;
  private final String clientId;
  private final Set<Integer> unreleased = new HashSet<>();

  DurableSubscriber(
      InetSocketAddress address,
      Uptime uptime,
      Account account,
      MqttVersion version,
      String clientId) {
    this.address = address;
    this.uptime = uptime;
    this.account = account;
    this.version = version;
    this.clientId = clientId;
  }

  /// Creates the session; nothing may be published yet.
  void subscribe(String filter, Qos qos) throws IOException {
    try (Wire wire = new Wire(address, connect())) {
      wire.subscribe(filter, qos);
    }
  }

  /// Receives until the last of all messages has come, and all that is owed.
  ///
  /// @param prefix how the topics begin that concern it
  void run(String prefix) throws InterruptedException {
    int start = 0;
    boolean done = false;
    while (!done) {
      start = uptime.awaitStartAfter(start);
      try (Wire wire = new Wire(address, connect())) {
        if (!wire.sessionPresent()) {
          account.sessionLost(clientId);
        }
        while (!done) {
          receive(wire, wire.read());
          done = account.isSettled(clientId, prefix);
        }
      } catch (SocketTimeoutException e) {
        account.stalled(clientId);
        return;
      } catch (IOException e) {
        if (uptime.isUp(start)) { // else it was killed, and the next one goes on
          account.cutOff(clientId, e);
          return;
        }
      }
    }
  }

  private Connect connect() {
    return Connect.builder(version, clientId).cleanStart(false).sessionExpirySeconds(3_600).build();
  }

  private void receive(Wire wire, Packet packet) throws IOException {
    if (packet instanceof PubRel rel) {
      unreleased.remove(rel.packetId());
      wire.send(new PubComp(rel.packetId()));
      return;
    }
    if (!(packet instanceof Publish publish)) {
      throw new AssertionError(clientId + " got " + packet);
    }
    Message message = Message.of(publish);
    switch (publish.qos()) {
      case AT_MOST_ONCE -> throw new AssertionError(clientId + " got QoS 0: " + message);
      case AT_LEAST_ONCE -> {
        account.delivered(clientId, message, false);
        wire.send(new PubAck(publish.packetId()));
      }
      case EXACTLY_ONCE -> {
        if (unreleased.add(publish.packetId())) {
          account.delivered(clientId, message, true);
        }
        wire.send(new PubRec(publish.packetId()));
      }
    }
  }
}
