package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.store.MessageView;
import io.dunlin.broker.store.PublishRecord;
import io.dunlin.broker.store.Records;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// Sends retained messages to new subscriptions, a bounded number per turn, so that a wildcard over
/// a million of them stops nobody else.
///
/// To a durable session they go by records of its own, which move a cursor: after a crash the rest
/// follows.
@OwnedBy("shard")
final class RetainedSender {
  private static final int STEPS = 2_000;
  private static final int MATCHES = 512;
  private static final long RETRY_NANOS = 20_000_000;
  private static final int OTHER_RECORD_BYTES = 256;

  private final Shard shard;
  private final ArrayDeque<StandingSubscription> waiting = new ArrayDeque<>();
  private final MessageView view = new MessageView();
  private boolean scheduled;

  private record Match(Slice topic, Slice message) {}

  RetainedSender(Shard shard) {
    this.shard = shard;
  }

  /// Begins, or goes on, for a subscription whose cursor is set.
  void add(StandingSubscription subscription) {
    waiting.addLast(subscription);
    schedule();
  }

  private void schedule() {
    if (!scheduled && !shard.replaying()) {
      scheduled = true;
      shard.loop.execute(this::run);
    }
  }

  /// After recovery: goes on with what was left.
  void resume() {
    if (!waiting.isEmpty()) {
      schedule();
    }
  }

  private void run() {
    scheduled = false;
    StandingSubscription s = waiting.pollFirst();
    if (s == null) {
      return;
    }
    boolean stands =
        !s.session.ended && s.session.subscriptions.get(s.filter.bytes()) == s && s.retainedPending;
    if (stands && !step(s)) {
      waiting.addLast(s);
      shard.loop.schedule(RETRY_NANOS, this::schedule);
      return;
    }
    if (stands && s.retainedPending) {
      waiting.addLast(s);
    }
    if (!waiting.isEmpty()) {
      schedule();
    }
  }

  /// Sends some; false when there is no room now.
  private boolean step(StandingSubscription s) {
    if (!hasRoom(s)) {
      return false;
    }
    List<Match> matches = new ArrayList<>();
    Slice reached =
        shard.retained.scan(
            s.filter.filter(),
            s.retainedAfter,
            STEPS,
            MATCHES,
            (topic, message) -> matches.add(new Match(topic, message)));
    for (Match match : matches) {
      if (!hasRoom(s) || !send(s, match)) {
        return false;
      }
      s.retainedAfter = match.topic;
    }
    if (!hasRoom(s)) {
      return false; // for the cursor's record
    }
    s.retainedAfter = reached;
    s.retainedPending = reached != null;
    if (s.session.durable && (reached == null || !matches.isEmpty())) {
      shard.append(new Records.RetainedSent(s.session.number, s.number, reached), false);
    }
    return true;
  }

  private boolean hasRoom(StandingSubscription s) {
    Session session = s.session;
    ClientConnection connection = session.connection;
    if (session.durable) {
      int topic = s.retainedAfter == null ? 0 : s.retainedAfter.length();
      if (!shard.appender.hasRoom(OTHER_RECORD_BYTES + topic + TopicBytes.MAX)) {
        return false;
      }
    }
    if (connection != null && connection.outbox.bytes() * 2 > shard.limits.outboxBytes()) {
      return false;
    }
    return session.outgoing.backlog() * 2 < session.queueMessages
        && session.queuedBytes * 2 < shard.limits.queueBytes();
  }

  private boolean send(StandingSubscription s, Match match) {
    view.read(match.message);
    if (!shard.mayReceive(s.session, view)) {
      return true;
    }
    if (view.expired(shard.nowMillis())) {
      shard.retained.expire(match.topic, match.message);
      return true;
    }
    int qos = Math.min(view.qos(), s.qos());
    if (qos > 0 && s.session.durable) {
      return record(s);
    }
    int[] identifiers = s.identifier == 0 ? Target.NO_IDENTIFIERS : new int[] {s.identifier};
    shard.delivery.begin(view);
    shard.delivery.give(s.session, qos, true, identifiers, null, 0); // [MQTT-3.3.1-8 v3.1.1]
    return true;
  }

  private boolean record(StandingSubscription s) {
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
    int end = view.write(target, at);
    shard.appender.end(end - start, 1L << shard.index, true);
    return true;
  }

  /// The longest topic name.
  private static final class TopicBytes {
    static final int MAX = 65_535;
  }
}
