package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.store.DamagedRecord;
import io.dunlin.broker.store.Keeper;
import io.dunlin.broker.store.Records;
import io.dunlin.broker.store.SessionRow;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.session.Outgoing;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How the sessions of one shard come back after a restart: rows of the store, then the records
/// behind them, then the clocks of what waits for its client.
@OwnedBy("shard")
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  private final Shard shard;
  private boolean replaying = true;

  /// The first message of each session that the replay has put into memory.
  private final Map<Session, Long> inMemory = new LinkedHashMap<>();

  Recovery(Shard shard) {
    this.shard = shard;
  }

  boolean replaying() {
    return replaying;
  }

  /// Takes a session as the store has it. Before [#serve].
  void restore(SessionRow row) {
    Session session =
        new Session(
            row.number(),
            row.clientId(),
            row.owner(),
            shard.sessions.mount(row.mount()),
            row.durable(),
            shard.index,
            0,
            row.window(),
            row.expirySeconds(),
            row.queueMessages(),
            row.queueBytes(),
            shard.limits.packetIds());
    session.outgoing.restore(row.first(), row.end());
    row.renamed().forEach(session.outgoing::rename);
    session.recordedBytes = row.queuedBytes();
    session.finishedByRecords = row.finished();
    session.appliedPosition = row.position();
    session.inStore = true;
    session.closedAtMillis = row.connected() ? 0 : row.closedAtMillis();
    row.incoming().forEach(session.incoming::add);
    Slice will = row.will();
    if (will != null) {
      session.will = new Session.WillMessage(will, row.willDelaySeconds());
    }
    session.willRecorded = will != null || !row.durable(); // else it would have no row
    // Of one that ended with its connection nothing is out: an older row may say so still.
    for (SessionRow.Lent l : row.durable() ? row.loans() : List.<SessionRow.Lent>of()) {
      session
          .loans()
          .put(l.number(), new Loan(l.queue(), l.queueNumber(), l.qos(), l.bytes(), false));
    }
    if (row.members() != null) {
      shard.groupQueues().restore(session, row.members());
      return;
    }
    shard.sessions.install(session);
    for (Records.SubscriptionRow s : row.subscriptions()) {
      StandingSubscription standing =
          shard.subscriptions.stand(session, TopicFilter.of(s.filter()), s);
      if (s.retainedPending()) {
        standing.retainedPending = true;
        standing.retainedAfter = s.retainedAfter();
        standing.savedPending = true;
        standing.savedAfter = s.retainedAfter();
        shard.retainedSender.add(standing);
      }
    }
    session.copiesChange();
    if (session.newerRetained != null) {
      session.newerRetained.putAll(row.newer());
    }
  }

  /// Applies a record that was found in the log. Before [#serve].
  void replay(ByteBuffer buffer, int from, int to, long position) {
    byte type = buffer.get(from);
    if (type == Records.OPEN && !shard.owns(Records.session(buffer, from))) {
      return;
    }
    if (type == Records.SUBSCRIBED && shard.owns(Records.session(buffer, from))) {
      passBy((Records.Subscribed) Records.decode(buffer, from, to));
    }
    shard.applier.apply(buffer, from, to, position, 0);
  }

  /// Counts a damaged record at the sessions that it names, as far as its bytes can be believed.
  void replayDamaged(ByteBuffer buffer, int from, int to, long position) {
    for (long number : DamagedRecord.sessions(buffer, from, to)) {
      Session session = shard.sessions.byNumber(number);
      if (session != null && position >= session.appliedPosition) { // else its row has it
        session.lost++;
        LOG.error("session.damaged clientId={} position={}", session.clientId, position);
      }
    }
  }

  /// A message is in memory only, for all that is known from now on: the same record may have made
  /// a row of it before the crash.
  void keptInMemory(Session session, long number, long position) {
    if (shard.keeper.mayHaveRows(position)) {
      inMemory.putIfAbsent(session, number);
    }
  }

  /// All records are applied. Nobody would remove the rows of messages in memory, and at the next
  /// start they would come again.
  void recovered() {
    inMemory.forEach((session, first) -> {
      if (!session.ended) {
        long end = session.outgoing.memoryEnd();
        shard.keeper.submit(new Keeper.DropQueuedRange(session.number, first, end));
      }
    });
    inMemory.clear();
  }

  /// The numbers that a record gives are gone, though it may concern nobody any more.
  private void passBy(Records.Subscribed record) {
    record.subscriptions().forEach(row -> shard.numbers.atLeastSubscription(row.number()));
  }

  /// Recovery is over: from now on records come from commits. On the loop.
  void serve() {
    replaying = false;
    for (Session session : List.copyOf(shard.sessions.all())) {
      if (session.groupQueue == null) {
        try {
          serve(session);
        } catch (RuntimeException e) { // the others go on
          LOG.error("session.failed clientId={} error={}", session.clientId, e.toString(), e);
        }
      }
    }
    shard.retainedSender.resume();
    shard.groupQueues().serve();
  }

  private void serve(Session session) {
    session.lostAtRestart = session.closedAtMillis == 0;
    if (session.lostAtRestart) {
      session.closedAtMillis = shard.nowMillis();
    }
    int left = session.recordedWindow;
    Outgoing<Session.Queued> outgoing = session.outgoing;
    for (long n = outgoing.first(); n < outgoing.memoryEnd() && left > 0; n++) {
      if (outgoing.state(n) == Outgoing.State.WAITING) {
        outgoing.maybeSent(n);
        left--;
      }
    }
    session.maybeSentLeft = left;
    session.maybeSentEnd = outgoing.end();
    if (!session.durable && session.will == null) {
      shard.sessions.end(session); // its DISCONNECT came, its end was not forced any more
      return;
    }
    shard.sessions.awaitEnd(session, session.lostAtRestart ? shard.limits.willGraceSeconds() : 0);
  }
}
