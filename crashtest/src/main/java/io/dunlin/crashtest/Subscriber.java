package io.dunlin.crashtest;

import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PingReq;
import io.dunlin.mqtt.PingResp;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.SubAck;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.HashSet;
import java.util.Set;

/// Subscribes once and for all, and then takes what its session brings. It keeps the state of QoS 2
/// as a client has to. Its connection may be cut now and then, with a message on it that it has not
/// acknowledged; and it may sleep.
final class Subscriber extends DurableClient {
  private static final int PACKET_ID = 1;

  private final String filter;
  private final int cutOnceIn;
  private final Inlet inlet;

  // Of the receiving thread.
  private final Set<Integer> unreleased = new HashSet<>();
  private boolean pinged;

  // Changed inside of Stage.change.
  private boolean awake = true;

  private volatile boolean renewing;

  /// The application: it gets each message, at QoS 2 once.
  interface Inlet {
    void take(String clientId, MqttVersion version, Publish publish);
  }

  /// @param cutOnceIn after how many messages it cuts its connection, on average; 0 for never
  Subscriber(
      InetSocketAddress address,
      Stage stage,
      Account account,
      MqttVersion version,
      String clientId,
      long seed,
      String filter,
      int cutOnceIn,
      Inlet inlet) {
    super(address, stage, account, version, clientId, seed);
    this.filter = filter;
    this.cutOnceIn = cutOnceIn;
    this.inlet = inlet;
  }

  /// Connects, and stays.
  void wake() {
    stage.change(() -> awake = true);
  }

  /// Goes away until it is woken, without a word.
  void sleep() {
    stage.change(() -> awake = false);
    cut();
  }

  /// Subscribes again, over a new connection.
  void renew() {
    renewing = true;
    cut();
  }

  @Override
  boolean isAwake() {
    return awake;
  }

  @Override
  void begin(Wire first) throws IOException {
    first.subscribe(filter, Qos.EXACTLY_ONCE);
    first.send(new Disconnect(ReasonCode.SUCCESS));
  }

  @Override
  void forget(Wire next) throws IOException {
    unreleased.clear();
    next.send(Wire.subscribe(PACKET_ID, filter, Qos.EXACTLY_ONCE));
  }

  @Override
  void converse(Wire wire) throws IOException {
    pinged = false;
    if (renewing) {
      renewing = false;
      wire.send(Wire.subscribe(PACKET_ID, filter, Qos.EXACTLY_ONCE));
    }
    while (!stage.isOver()) {
      try {
        if (!receive(wire, wire.read())) {
          return;
        }
        pinged = false;
      } catch (SocketTimeoutException e) {
        if (pinged) {
          throw e;
        }
        pinged = true;
        wire.send(PingReq.INSTANCE);
      }
    }
  }

  /// Whether it stays connected.
  private boolean receive(Wire wire, Packet packet) throws IOException {
    switch (packet) {
      case PingResp _ -> {}
      case SubAck _ -> {}
      case PubRel rel -> {
        unreleased.remove(rel.packetId());
        wire.send(new PubComp(rel.packetId()));
      }
      case Publish publish -> {
        return receive(wire, publish);
      }
      default -> throw new BrokerFault("unexpected " + packet);
    }
    return true;
  }

  private boolean receive(Wire wire, Publish publish) throws IOException {
    boolean once = publish.qos() == Qos.EXACTLY_ONCE;
    if (!once || unreleased.add(publish.packetId())) {
      inlet.take(clientId, version, publish);
    }
    if (cutOnceIn > 0 && stage.isLoaded() && random.nextInt(cutOnceIn) == 0) {
      return false;
    }
    if (publish.qos() != Qos.AT_MOST_ONCE) {
      wire.send(once ? new PubRec(publish.packetId()) : new PubAck(publish.packetId()));
    }
    return true;
  }
}
