package io.dunlin.broker.shard;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import io.dunlin.codec.PacketDecoder;
import io.dunlin.codec.Sender;
import io.dunlin.mqtt.Auth;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Disconnect;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PingReq;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.PubComp;
import io.dunlin.mqtt.PubRec;
import io.dunlin.mqtt.PubRel;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.Subscribe;
import io.dunlin.mqtt.Unsubscribe;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Takes the packets of one connection, one by one, and carries each to whom it concerns.
@OwnedBy("shard")
@HotPath(benchmark = "mqload p2p1, p2p2")
final class PacketIntake {
  private static final int PINGREQ = 12;
  private static final int DISCONNECT = 14;
  private static final int SMALL_RECORD_BYTES = 64;
  private static final int ACK_PACKET_BYTES = 4;

  /// What a record of as many topic filters as a packet can have adds to the packet.
  private static final int FILTERS_RECORD_BYTES = 512 * 1024;

  private final Shard shard;
  private final ClientConnection client;
  private final PublishIntake publishes;
  private @Nullable HeldPublishes held;
  private @Nullable Reauthentication reauthentication;

  PacketIntake(Shard shard, ClientConnection client, PublishIntake publishes) {
    this.shard = shard;
    this.client = client;
    this.publishes = publishes;
  }

  /// Takes the packet `[from, to)`, if there is room for what it causes.
  ClientConnection.Progress onPacket(ByteBuffer arena, int from, int to) throws MalformedPacket {
    int first = arena.get(from) & 0xff;
    int type = first >> 4;
    if (type == 3) {
      return onPublish(arena, from, to);
    }
    Session s = client.session;
    if (s == null) {
      return ClientConnection.Progress.ENDED;
    }
    boolean writes = type != PINGREQ && type != DISCONNECT; // what that causes can be put off
    if (s.durable && writes && !shard.appender.hasRoom(recordBytes(type, to - from))) {
      return ClientConnection.Progress.NO_ROOM;
    }
    if (shard.tracing) {
      shard.tracer.received(client, arena, from, to);
    }
    if (to - from == ACK_PACKET_BYTES && (first == 0x40 || first == 0x70 || first == 0x50)) {
      int id = Short.toUnsignedInt(arena.getShort(from + 2));
      if (id != 0) {
        shard.acks.on(s, client, first, id, false);
        return progress();
      }
    }
    onPacket(s, PacketDecoder.decode(arena, from, to, client.version, Sender.CLIENT));
    return progress();
  }

  private ClientConnection.Progress progress() {
    return client.ended() ? ClientConnection.Progress.ENDED : ClientConnection.Progress.CONSUMED;
  }

  /// More than the record takes that a packet of `bytes` can cause.
  private int recordBytes(int type, int bytes) {
    int most = Math.max(SMALL_RECORD_BYTES, Math.min(8 * bytes, bytes + FILTERS_RECORD_BYTES));
    boolean filters = type == 8 || type == 10; // SUBSCRIBE, UNSUBSCRIBE
    int count = filters ? Math.min(bytes / 3, shard.limits.filtersPerSubscribe()) : 0;
    return most + count * client.hello.mount().bytes();
  }

  private void onPacket(Session s, Packet packet) throws MalformedPacket {
    switch (packet) {
      case PubAck p -> onAck(s, 0x40, p.packetId(), p.reasonCode());
      case PubRec p -> onAck(s, 0x50, p.packetId(), p.reasonCode());
      case PubComp p -> onAck(s, 0x70, p.packetId(), p.reasonCode());
      case PubRel p -> publishes.onPubRel(p.packetId());
      case Subscribe p -> shard.subscriptions.subscribe(s, client, p);
      case Unsubscribe p -> shard.subscriptions.unsubscribe(s, client, p);
      case PingReq _ -> client.writePingResp();
      case Disconnect p -> onDisconnect(s, p);
      case Auth p -> onAuth(p);
      case Connect _ ->
          throw new MalformedPacket(ReasonCode.PROTOCOL_ERROR, "MQTT-3.1.0-2", "a second CONNECT");
      default ->
          throw new MalformedPacket(
              ReasonCode.PROTOCOL_ERROR, "§4.13.1", "a packet that only servers send");
    }
  }

  private void onAck(Session s, int first, int id, ReasonCode reason) {
    shard.acks.on(s, client, first, id, reason.isFailure());
  }

  private void onDisconnect(Session s, Disconnect packet) {
    long expiry = packet.sessionExpirySeconds();
    if (expiry > 0 && s.expirySeconds == 0) {
      client.disconnect(
          ReasonCode.PROTOCOL_ERROR, "Session Expiry Interval was 0 in the CONNECT"); // §3.14.2.2.2
      return;
    }
    boolean keepWill = packet.reasonCode() != ReasonCode.SUCCESS; // [MQTT-3.14.4-3]
    client.left(keepWill ? "DISCONNECT " + packet.reasonCode() : "DISCONNECT", keepWill, expiry);
  }

  private void onAuth(Auth packet) {
    Reauthentication present = reauthentication;
    if (present == null) {
      present = new Reauthentication(client);
      reauthentication = present;
    }
    present.onAuth(packet);
  }

  // -- PUBLISH, and what is held back while the disk is low ------------------------------------

  private ClientConnection.Progress onPublish(ByteBuffer arena, int from, int to)
      throws MalformedPacket {
    boolean behindHeld = held != null && (arena.get(from) & 6) != 0; // in order among QoS 1 and 2
    ClientConnection.Progress progress =
        behindHeld ? ClientConnection.Progress.NO_SPACE : publishes.onPublish(arena, from, to);
    if (progress != ClientConnection.Progress.NO_SPACE) {
      return progress;
    }
    HeldPublishes waiting = held;
    if (waiting == null) {
      waiting = new HeldPublishes();
      held = waiting;
      shard.holds(client);
    }
    return waiting.add(arena, from, to)
        ? ClientConnection.Progress.CONSUMED
        : ClientConnection.Progress.NO_ROOM;
  }

  /// The disk may have space again. Returns whether nothing is held back any more.
  boolean releaseHeld() throws MalformedPacket {
    HeldPublishes waiting = held;
    if (waiting == null || client.ended()) {
      return true;
    }
    for (ByteBuffer packet = waiting.first(); packet != null; packet = waiting.first()) {
      ClientConnection.Progress progress = publishes.onPublish(packet, 0, packet.capacity());
      if (progress == ClientConnection.Progress.NO_SPACE
          || progress == ClientConnection.Progress.NO_ROOM) {
        return false;
      }
      waiting.removeFirst();
    }
    held = null;
    return true;
  }

  /// The connection has ended.
  void clear() {
    held = null;
  }
}
