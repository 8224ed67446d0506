package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.store.MessageView;
import io.dunlin.broker.store.PublishRecord;
import io.dunlin.broker.store.Records;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Sends retained messages to new subscriptions, a bounded number per turn, so that a wildcard over
/// a million of them stops nobody else.
///
/// To a durable session they go by records of its own, which move a cursor, as does one behind what
/// was passed over: after a crash the rest follows.
@OwnedBy("shard")
final class RetainedSender {
  private static final int STEPS = 2_000;
  private static final int MATCHES = 512;
  private static final int CURSOR_RECORD_BYTES = 64;

  private final Shard shard;
  private final ArrayDeque<StandingSubscription> ready = new ArrayDeque<>();
  private final Map<Session, List<StandingSubscription>> blocked = new HashMap<>();
  private final MessageView view = new MessageView();
  private boolean scheduled;

  /// How far a step came.
  private enum Progress {
    /// As far as a turn goes, or to the end.
    ON,
    /// Until the log had no room.
    LOG_FULL,
    /// Until the outbox or the queue of the session was half full.
    SESSION_FULL
  }

  RetainedSender(Shard shard) {
    this.shard = shard;
  }

  /// Begins, or goes on, for a subscription whose cursor is set.
  void add(StandingSubscription subscription) {
    ready.addLast(subscription);
    schedule();
  }

  /// A session for which there was no room has some again, perhaps.
  void goOn(Session session) {
    session.retainedWaits = false;
    List<StandingSubscription> subscriptions = blocked.remove(session);
    if (subscriptions != null) {
      ready.addAll(subscriptions);
      schedule();
    }
  }

  /// A session is over.
  void forget(Session session) {
    blocked.remove(session);
  }

  private void schedule() {
    if (!scheduled && !shard.replaying()) {
      scheduled = true;
      shard.loop.execute(this::run);
    }
  }

  /// After recovery: goes on with what was left.
  void resume() {
    if (!ready.isEmpty()) {
      schedule();
    }
  }

  private void run() {
    scheduled = false;
    StandingSubscription s = ready.pollFirst();
    if (s == null) {
      return;
    }
    boolean stands =
        !s.session.ended && s.session.subscriptions.get(s.filter.bytes()) == s && s.retainedPending;
    if (stands) {
      switch (step(s)) {
        case ON -> {
          if (s.retainedPending) {
            ready.addLast(s);
          }
        }
        case LOG_FULL -> shard.whenRoom(() -> add(s));
        case SESSION_FULL -> block(s);
      }
    }
    if (!ready.isEmpty()) {
      schedule();
    }
  }

  /// Waits for an acknowledgement, or for the socket to take what is in the outbox.
  private void block(StandingSubscription s) {
    Session session = s.session;
    blocked.computeIfAbsent(session, _ -> new ArrayList<>()).add(s);
    session.retainedWaits = true;
    if (session.connection != null) {
      session.connection.wantsPump = true;
    }
  }

  private Progress step(StandingSubscription s) {
    if (!takesMore(s.session)) {
      return Progress.SESSION_FULL;
    }
    List<Match> matches = new ArrayList<>();
    Slice reached =
        shard.retained.scan(
            s.filter.filter(),
            s.retainedAfter,
            STEPS,
            MATCHES,
            (topic, value) -> matches.add(new Match(topic, value.message(), value.rank())));
    for (Match match : matches) {
      if (!takesMore(s.session)) {
        return Progress.SESSION_FULL;
      }
      if (!send(s, match)) {
        return Progress.LOG_FULL;
      }
      s.retainedAfter = match.topic;
    }
    if (s.session.durable && (reached == null || !matches.isEmpty())) {
      int bytes = CURSOR_RECORD_BYTES + (reached == null ? 0 : reached.length());
      if (!shard.appender.hasRoom(bytes)) {
        return Progress.LOG_FULL; // what was sent is not sent again: the cursor stands behind it
      }
      shard.append(new Records.RetainedSent(s.session.number, s.number, reached), false);
    }
    s.retainedAfter = reached;
    s.retainedPending = reached != null;
    return Progress.ON;
  }

  private boolean takesMore(Session session) {
    ClientConnection connection = session.connection;
    if (connection != null && connection.outbox.bytes() * 2 > shard.limits.outboxBytes()) {
      return false;
    }
    return session.durable
        ? (session.recordedBacklog() + session.copiesOnTheWay) * 2 < session.queueMessages
            && session.recordedBytes * 2 < session.queueBytes
        : session.unfinished() * 2 < session.queueMessages
            && session.queuedBytes * 2 < shard.limits.queueBytes()
            && (shard.queueMemory.isRoomy() || session.outgoing.canSendNow());
  }

  /// Sends a message; false when there is no room for its record.
  private boolean send(StandingSubscription s, Match match) {
    view.read(match.message);
    if (!shard.mayReceive(s.session, view) || view.expired(shard.nowMillis())) {
      return true;
    }
    int qos = Math.min(view.qos(), s.qos());
    if (qos > 0 && s.session.durable) {
      return record(s, match.rank);
    }
    int[] identifiers = s.identifier == 0 ? Target.NO_IDENTIFIERS : new int[] {s.identifier};
    shard.delivery.begin(view);
    shard.delivery.give(s.session, qos, true, identifiers, null, 0); // [MQTT-3.3.1-8 v3.1.1]
    return true;
  }

  private boolean record(StandingSubscription s, long rank) {
    int bytes = PublishRecord.HEADER_BYTES + PublishRecord.recipientBytes(1) + view.storedBytes();
    if (!shard.appender.hasRoom(bytes)) {
      return false;
    }
    ByteBuffer target = shard.appender.begin(bytes);
    int start = shard.appender.at();
    int at = start + PublishRecord.HEADER_BYTES;
    target.putLong(at, s.session.number);
    target.put(at + 8, (byte) PublishRecord.AS_RETAINED);
    target.put(at + 9, (byte) 1);
    target.putLong(at + 10, s.line);
    at += PublishRecord.recipientBytes(1);
    PublishRecord.writeHeader(target, start, at, 0, shard.nextSequence(), 0, 0, 0, 0, 1);
    PublishRecord.markCopy(target, start, rank);
    int end = view.write(target, at);
    shard.appender.end(end - start, 1L << shard.index, true);
    s.session.copiesOnTheWay++;
    return true;
  }

  /// @param rank among the values of its topic
  private record Match(Slice topic, Slice message, long rank) {}
}
