package io.dunlin.broker.shard;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import io.dunlin.broker.store.Records;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.session.Outgoing;

/// Takes PUBACK, PUBREC and PUBCOMP of clients for what was sent to them (MQTT 5.0 §4.3).
@OwnedBy("shard")
@HotPath(benchmark = "mqload p2p1")
final class Acks {
  private static final int PUBACK = 0x40;
  private static final int PUBREC = 0x50;

  private final Shard shard;

  Acks(Shard shard) {
    this.shard = shard;
  }

  /// @param first first byte of the packet: 0x40, 0x50 or 0x70
  /// @param refused whether its reason code is 0x80 or more
  void on(Session session, ClientConnection client, int first, int id, boolean refused) {
    long number = session.outgoing.numberOf(id);
    boolean stored = number >= 0 && session.outgoing.stored(number);
    int bytes = number >= 0 ? session.outgoing.size(number) : 0;
    Outgoing.Outcome outcome =
        switch (first) {
          case PUBACK -> session.outgoing.onPubAck(id);
          case PUBREC ->
              refused ? session.outgoing.onPubRecRefused(id) : session.outgoing.onPubRec(id);
          default -> session.outgoing.onPubComp(id);
        };
    switch (outcome) {
      case DONE -> {
        if (first == PUBREC && !refused) {
          onReceived(session, client, number, id);
        } else {
          onFinished(session, number, stored, bytes);
        }
      }
      case UNKNOWN -> {
        shard.counters.strayAcks++;
        if (first == PUBREC && !refused) { // [MQTT-4.3.3-4]
          client.answer(0, ClientConnection.ack(0x62, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND, id));
        }
      }
      case MISPLACED ->
          client.disconnect(
              ReasonCode.PROTOCOL_ERROR, "an acknowledgement of the wrong kind for packet " + id);
    }
  }

  private void onReceived(Session session, ClientConnection client, long number, int id) {
    int pubRel = ClientConnection.ack(0x62, ReasonCode.SUCCESS, id); // [MQTT-4.3.3-4]
    if (session.durable) {
      client.answer(shard.append(new Records.Received(session.number, number), true), pubRel);
    } else {
      client.answer(0, pubRel);
    }
  }

  private void onFinished(Session session, long number, boolean stored, int bytes) {
    if (!session.durable) {
      shard.queueMemory.releaseHeld(session, bytes);
    }
    if (!shard.loans().repaid(session, number, stored) && session.durable) {
      shard.appendFinished(session.number, number, stored, bytes);
    }
    shard.delivery.goOn(session);
  }
}
