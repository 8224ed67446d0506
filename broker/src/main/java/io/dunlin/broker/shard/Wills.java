package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Rights;
import io.dunlin.broker.store.MessageView;
import io.dunlin.broker.store.Records;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.Will;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The wills of the sessions of one shard: how they wait, and how they are published. A will is a
/// record, and so is its removal; its firing is one record that publishes and removes it.
@OwnedBy("shard")
final class Wills {
  private static final Logger LOG = LoggerFactory.getLogger(Wills.class);

  private final Shard shard;

  Wills(Shard shard) {
    this.shard = shard;
  }

  /// The stored form of a will. Its expiry interval begins when it is published: kept as seconds
  /// until then.
  static Slice stored(Will will) {
    ByteBuffer topic = will.topic().bytes().asByteBuffer();
    ByteBuffer payload = will.payload().asByteBuffer();
    ByteBuffer properties = will.properties().asByteBuffer();
    MessageView view = new MessageView();
    view.set(
        will.qos().value(),
        will.retain(),
        will.messageExpirySeconds(),
        topic,
        0,
        topic.limit(),
        properties,
        0,
        properties.limit(),
        payload,
        0,
        payload.limit());
    return view.toStored();
  }

  /// The connection of a session has ended and its will, if any, waits for its time.
  ///
  /// @param graceSeconds the least time that it waits, after a restart
  /// @param awayMillis how long the connection has been gone
  void await(Session session, int graceSeconds, long awayMillis) {
    Session.WillMessage will = session.will;
    if (will == null) {
      return;
    }
    // A session that ends with its connection has no delay: its will comes when it ends.
    long delay = session.durable ? Math.max(will.delaySeconds(), graceSeconds) : graceSeconds;
    if (graceSeconds == 0) {
      delay = Math.min(delay, session.expirySeconds);
    }
    if (delay == 0) {
      fire(session);
      return;
    }
    Session.WillTimer timer = new Session.WillTimer(() -> fire(session));
    session.willTimer = timer;
    long leftMillis = Math.max(0, delay * 1000 - (graceSeconds > 0 ? 0 : awayMillis));
    shard.timers.set(timer, shard.loop.nowNanos() + leftMillis * 1_000_000);
  }

  /// The will does not wait any longer.
  void stopWaiting(Session session) {
    if (session.willTimer != null) {
      shard.timers.cancel(session.willTimer);
      session.willTimer = null;
    }
  }

  /// Publishes the will of a session now.
  void fire(Session session) {
    Session.WillMessage will = session.will;
    if (will == null) {
      return;
    }
    stopWaiting(session);
    if (!shard.hasRoomInTurn(Shard.MIN_ROOM) || !publish(session, will)) {
      shard.whenRoom(() -> {
        if (will.equals(session.will)) { // not that of a newer connection
          fire(session);
        }
      });
      return;
    }
    session.will = null;
  }

  /// False when there is no room now.
  private boolean publish(Session session, Session.WillMessage will) {
    MessageView stored = new MessageView();
    ByteBuffer bytes = will.message().asByteBuffer();
    stored.read(bytes, 0);
    Slice name = stored.topic();
    long seconds = stored.expiresAtMillis();
    long expiresAt = seconds < 0 ? MessageView.NEVER : shard.nowMillis() + seconds * 1000;
    if (!session.rights(shard.access).mayPublish(TopicName.of(name))) {
      shard.counters.deniedPublishes++;
      LOG.warn("will.refused clientId={} topic={}", session.clientId, name.utf8());
      if (shard.tracing) {
        String why = shard.tracer.denial(session, Rights.Act.PUBLISH, name);
        shard.tracer.connection(session.clientId, "will to " + name.utf8() + " refused: " + why);
      }
      if (session.willRecorded && !session.durable) {
        shard.appendWhenRoom(new Records.Ended(session.number)); // it has only waited for its will
      } else if (session.willRecorded) {
        shard.appendWhenRoom(
            new Records.Closed(
                session.number, session.closedAtMillis, session.expirySeconds, false));
      }
      return true;
    }
    MessageView message = new MessageView();
    message.set(
        stored.qos(),
        stored.retain(),
        expiresAt,
        bytes,
        stored.topicFrom(),
        stored.topicTo(),
        bytes,
        stored.passOnFrom(),
        stored.passOnTo(),
        bytes,
        stored.payloadFrom(),
        stored.payloadTo());
    shard.delivery.begin(message);
    boolean retain =
        stored.retain()
            && shard.limits.retainAvailable()
            && (stored.payloadBytes() == 0
                || shard.retained.fits(name, stored.storedBytes(), shard.nowMillis()));
    long willOf = session.willRecorded ? session.number : 0;
    return shard.fanout.publish(message, shard.topic(message), session, 0, willOf, retain)
        != Fanout.NO_ROOM;
  }
}
