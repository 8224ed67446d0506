package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.broker.store.Keeper;
import io.dunlin.broker.store.Records;
import io.dunlin.broker.store.SessionRow;
import io.dunlin.session.Outgoing;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Gives the keeper, for a checkpoint, a row of every session that has changed, with what waits in
/// it: a bounded number of rows each turn.
///
/// What a session shows may be ahead of the log: a message that was handed over, a will that has
/// fired, an acknowledgement that came are effects of records that are appended and not yet forced.
/// The store must not show more than is committed, so the rows of each turn follow a [Keeper.Await]
/// that lets them pass when all that this shard had appended by then is committed. Records that
/// wait for room are not even appended: while there are any, nothing is spilled.
@OwnedBy("shard")
final class Spill {
  /// Rows a turn.
  static final int TURN_ROWS = 1_024;

  private final Shard shard;
  private final ArrayDeque<Session> changed = new ArrayDeque<>();

  // of the spill under way
  private int sessionsLeft;
  private final ArrayDeque<Long> numbers = new ArrayDeque<>(); // of the session at the head
  private boolean numbered; // they were collected
  private boolean rewrites; // rows, too, that were written before
  private int rowsLeft;
  private boolean waits; // for records that were put off
  private @Nullable Runnable done;
  private @Nullable Consumer<Throwable> failed;

  /// Written by the shard, read by the keeper: its last committed sequence.
  private volatile long committed;

  Spill(Shard shard) {
    this.shard = shard;
  }

  /// The row of a session in the store, if any, is outdated.
  void changed(Session session) {
    if (!session.dirty) {
      session.dirty = true;
      changed.addLast(session);
    }
  }

  /// The shard's records up to `sequence` are committed and applied.
  void committed(long sequence) {
    committed = sequence;
    shard.keeper.resume();
  }

  /// Begins; `done` is run when all sessions that are changed now have their rows on the way.
  void begin(Runnable whenDone, Consumer<Throwable> whenFailed) {
    assert done == null : "two spills at once";
    done = whenDone;
    failed = whenFailed;
    sessionsLeft = changed.size();
    forgetNumbers();
    step();
  }

  /// Whether a spill waits until no records wait for room any more.
  boolean waits() {
    return waits;
  }

  private void step() {
    try {
      waits = shard.defersRecords();
      if (waits) {
        shard.whenNoneDeferred(this::step);
      } else if (spillSome()) {
        finish();
      } else {
        shard.loop.execute(this::step);
      }
    } catch (RuntimeException | Error e) { // no checkpoint without all rows
      Consumer<Throwable> taker = failed;
      if (taker != null) {
        taker.accept(e);
      }
    }
  }

  private void finish() {
    Runnable action = done;
    done = null;
    failed = null;
    if (action != null) {
      action.run();
    }
  }

  /// A turn's worth; whether that was all.
  private boolean spillSome() {
    long appended = shard.appender.urge();
    if (committed < appended) {
      shard.keeper.submit(new Keeper.Await(() -> committed >= appended));
    }
    rowsLeft = TURN_ROWS;
    while (sessionsLeft > 0 && rowsLeft > 0) {
      Session session = changed.getFirst();
      if (hasRow(session)) {
        if (session.rowsMayBeLost) {
          session.rowsMayBeLost = false;
          forgetNumbers();
          rewrites = true;
        }
        if (!spillQueue(session)) {
          return false;
        }
        session.inStore = true;
        shard.keeper.submit(new Keeper.PutSession(row(session)));
        rowsLeft--;
      }
      changed.removeFirst();
      session.dirty = false;
      forgetNumbers(); // some are left if it has ended since the last turn
      sessionsLeft--;
    }
    return sessionsLeft == 0;
  }

  private static boolean hasRow(Session session) {
    return !session.ended && (session.durable || session.willRecorded);
  }

  /// Keeps what waits in memory only, and what is finished without that being committed; false when
  /// the turn is over before that is all. Rows that are written once more keep their mark: what is
  /// finished from now on is dropped from the store, where it may still be.
  private boolean spillQueue(Session session) {
    Outgoing<Session.Queued> outgoing = session.outgoing;
    if (!session.durable) {
      return true; // it has a row for its will only
    }
    boolean all = false; // in this turn: between turns more may have come
    if (!numbered) {
      all = number(outgoing);
    }
    while (true) {
      for (Long n = numbers.peekFirst(); n != null; n = numbers.peekFirst()) {
        if (outgoing.isUnsaved(n) // it may have ended since a turn
            && (rewrites || !outgoing.stored(n))) {
          if (rowsLeft == 0) {
            return false;
          }
          rowsLeft--;
          outgoing.markStored(n);
          session.inStore = true;
          shard.keeper.submit(queued(session, n, rewrites));
        }
        numbers.removeFirst();
      }
      if (all) {
        return true;
      }
      rewrites = false; // what has come since has no row, or a new one
      all = number(outgoing);
    }
  }

  private void forgetNumbers() {
    numbers.clear();
    numbered = false;
    rewrites = false;
  }

  private boolean number(Outgoing<Session.Queued> outgoing) {
    outgoing.forEachUnsaved(numbers::addLast);
    numbered = true;
    return true;
  }

  private static Keeper.PutQueued queued(Session session, long number, boolean again) {
    Outgoing<Session.Queued> outgoing = session.outgoing;
    Session.Queued queued = outgoing.body(number);
    return new Keeper.PutQueued(
        session.number,
        number,
        Applier.row(
            outgoing.qos(number),
            outgoing.retain(number),
            outgoing.wasReleased(number),
            outgoing.size(number),
            queued == null ? Target.NO_IDENTIFIERS : queued.identifiers,
            queued == null ? null : queued.shared,
            outgoing.position(number)),
        false,
        again,
        null);
  }

  private static SessionRow row(Session s) {
    List<Integer> incoming = new ArrayList<>();
    for (int id : s.incoming.toArray()) {
      if (!s.unsavedIncoming.contains(id)) { // its message is not in the log for certain
        incoming.add(id);
      }
    }
    List<Records.SubscriptionRow> rows =
        s.subscriptions.values().stream()
            .map(t ->
                new Records.SubscriptionRow(
                    t.number,
                    t.line,
                    t.filter.bytes(),
                    t.options,
                    t.identifier,
                    t.savedPending,
                    t.savedAfter))
            .toList();
    Session.WillMessage will = s.will;
    return new SessionRow(
        s.number,
        s.appliedPosition,
        s.durable,
        s.clientId,
        s.owner,
        s.mount.prefix(),
        s.closedAtMillis == 0,
        s.closedAtMillis,
        s.expirySeconds,
        s.recordedWindow,
        s.queueMessages,
        s.queueBytes,
        s.recordedBytes,
        s.outgoing.oldest(),
        s.outgoing.end(),
        s.finishedByRecords,
        will == null ? null : will.message(),
        will == null ? 0 : will.delaySeconds(),
        s.outgoing.renamed(),
        s.newerRetained == null ? Map.of() : s.newerRetained,
        incoming,
        rows,
        s.durable // else what it had goes to others after a restart
            ? s.loansByNumber().entrySet().stream().map(Spill::row).toList()
            : List.of(),
        s.groupQueue == null ? null : s.groupQueue.rows());
  }

  private static SessionRow.Lent row(Map.Entry<Long, Loan> entry) {
    Loan loan = entry.getValue();
    return new SessionRow.Lent(entry.getKey(), loan.queue, loan.number, loan.qos, loan.bytes);
  }
}
