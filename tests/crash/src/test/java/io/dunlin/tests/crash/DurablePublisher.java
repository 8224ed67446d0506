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
import io.dunlin.mqtt.TopicName;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Publishes numbered messages to its topics in turn, some at once, for as long as it is asked to;
/// after a break it resumes its session and sends again, in order, what was not acknowledged. The
/// last of its topics is retained.
///
/// It runs on a thread of its own; [#finish] and [#account] are for others.
final class DurablePublisher {
  private static final int IN_FLIGHT = 20;

  private final InetSocketAddress address;
  private final Uptime uptime;
  private final Account account;
  private final MqttVersion version;
  private final String clientId;
  private final Qos qos;
  private final List<String> topics;

  /// By packet identifier, in the order of sending.
  private final Map<Integer, InFlight> inFlight = new LinkedHashMap<>();

  private int sent;
  private boolean hadSession;
  private volatile boolean finishing;

  /// A message that the broker has (`received`: only its PUBREL is still to be answered) or has not
  /// yet taken over.
  private record InFlight(Message message, boolean received) {}

  DurablePublisher(
      InetSocketAddress address,
      Uptime uptime,
      Account account,
      MqttVersion version,
      String clientId,
      Qos qos,
      List<String> topics) {
    this.address = address;
    this.uptime = uptime;
    this.account = account;
    this.version = version;
    this.clientId = clientId;
    this.qos = qos;
    this.topics = List.copyOf(topics);
  }

  /// Publishes nothing new; [#run] ends when all is acknowledged.
  void finish() {
    finishing = true;
  }

  void run() throws InterruptedException {
    int start = 0;
    while (!finishing || !inFlight.isEmpty()) {
      start = uptime.awaitStartAfter(start);
      try (Wire wire = new Wire(address, connect())) {
        if (hadSession && !wire.sessionPresent()) {
          account.sessionLost(clientId);
        }
        hadSession = true;
        resend(wire);
        publish(wire);
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

  private void resend(Wire wire) throws IOException {
    for (Map.Entry<Integer, InFlight> entry : inFlight.entrySet()) {
      wire.send(
          entry.getValue().received
              ? new PubRel(entry.getKey())
              : packet(entry.getKey(), entry.getValue().message, true));
    }
  }

  private void publish(Wire wire) throws IOException {
    while (true) {
      while (!finishing && inFlight.size() < IN_FLIGHT) {
        int packetId = 1 + sent % 65_535;
        Message message = new Message(topics.get(sent % topics.size()), 1 + sent / topics.size());
        sent++;
        inFlight.put(packetId, new InFlight(message, false));
        wire.send(packet(packetId, message, false));
      }
      if (inFlight.isEmpty()) {
        return;
      }
      acknowledge(wire, wire.read());
    }
  }

  private void acknowledge(Wire wire, Packet packet) throws IOException {
    switch (packet) {
      case PubAck ack -> account.acknowledged(take(ack.packetId(), packet).message);
      case PubRec rec -> {
        InFlight taken = inFlight.get(rec.packetId());
        if (taken == null) {
          throw new AssertionError(clientId + " has not sent what is answered by " + packet);
        }
        if (!taken.received) {
          inFlight.put(rec.packetId(), new InFlight(taken.message, true));
          account.acknowledged(taken.message);
        }
        wire.send(new PubRel(rec.packetId()));
      }
      case PubComp comp -> take(comp.packetId(), packet);
      default -> throw new AssertionError(clientId + " got " + packet);
    }
  }

  private InFlight take(int packetId, Packet answer) {
    InFlight taken = inFlight.remove(packetId);
    if (taken == null) {
      throw new AssertionError(clientId + " has not sent what is answered by " + answer);
    }
    return taken;
  }

  private Publish packet(int packetId, Message message, boolean dup) {
    boolean retain = message.topic().equals(topics.getLast());
    return new Publish(
        TopicName.of(message.topic()),
        message.payload(),
        qos,
        retain,
        dup,
        packetId,
        0,
        false,
        -1,
        null,
        null,
        null,
        List.of(),
        List.of());
  }
}
