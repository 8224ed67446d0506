package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.store.Keeper;
import io.dunlin.broker.store.MessageView;
import io.dunlin.broker.store.PublishRecord;
import io.dunlin.broker.store.QueueRow;
import io.dunlin.broker.store.Records;
import io.dunlin.session.Outgoing;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Applies committed records to the sessions of one shard: (state, record) → state. The same code
/// runs while serving and at recovery.
///
/// What becomes of the state that rows show follows from the records alone: numbers, queues,
/// subscriptions, who has what. What the clock, rights, connections and the room in memory decide
/// on the way is whether a message is sent at once and where its bytes wait, in [Delivery]; if it
/// is dropped instead, another record says so.
///
/// While serving, part of a record's effect has happened when it was appended: a client's PUBACK
/// has freed its place in the window, an incoming packet identifier counts as open. What applying
/// then adds is what must follow log order: numbering queues, subscriptions, the beginning and end
/// of sessions.
@OwnedBy("shard")
final class Applier {
  /// How many topics are remembered whose newer values came live while retained messages are sent.
  private static final int MAX_NEWER = 65_536;

  private final Shard shard;
  private final PublishRecord publish = new PublishRecord();
  private final MessageView message = new MessageView();
  private final Map<Long, Consumer<List<Boolean>>> reports = new HashMap<>();
  private final List<Session> touched = new ArrayList<>();
  private int[] identifiers = new int[4];

  Applier(Shard shard) {
    this.shard = shard;
  }

  /// Tells `taker` what the record with that sequence number, of this shard, will have removed.
  void reportTo(long sequence, Consumer<List<Boolean>> taker) {
    reports.put(sequence, taker);
  }

  /// Applies the record at `[from, to)`.
  ///
  /// @param position where it lies in the log
  /// @param sequence its number among this shard's own records; 0 for another's, and at recovery
  void apply(ByteBuffer buffer, int from, int to, long position, long sequence) {
    if (buffer.get(from) == Records.PUBLISH) {
      applyPublish(buffer, from, position);
      return;
    }
    if (ofGroups(buffer, from, to, position)) {
      return;
    }
    if (buffer.get(from) != Records.OPEN
        && shard.sessions.byNumber(Records.session(buffer, from)) == null) {
      reports.remove(sequence);
      return; // of another shard, or of a session that has ended
    }
    switch (Records.decode(buffer, from, to)) {
      case Records.Open r -> {
        if (!passed(shard.sessions.byNumber(r.session()), position)) {
          if (shard.replaying()) {
            shard.sessions.replayOpen(r, position + 1);
          } else {
            shard.sessions.applyOpen(r, position + 1);
          }
        }
      }
      case Records.Closed r -> with(r.session(), position, s -> applyClosed(s, r));
      case Records.Ended r -> with(r.session(), position, this::applyEnded);
      case Records.Subscribed r ->
          with(r.session(), position, s -> shard.subscriptions.applySubscribed(s, r, position + 1));
      case Records.Unsubscribed r ->
          with(
              r.session(),
              position,
              s -> {
                List<Boolean> existed = shard.subscriptions.applyUnsubscribed(s, r, position + 1);
                Consumer<List<Boolean>> taker = reports.remove(sequence);
                if (taker != null) {
                  taker.accept(existed);
                }
              });
      case Records.Finished r -> with(r.session(), position, s -> applyFinished(s, r));
      case Records.Renamed r -> with(r.session(), position, s -> applyRenamed(s, r));
      case Records.Received r -> with(r.session(), position, s -> applyReceived(s, r.number()));
      case Records.Released r -> with(r.session(), position, s -> s.incoming.remove(r.packetId()));
      case Records.RetainedSent r -> with(r.session(), position, s -> applyRetainedSent(s, r));
      case Records.GroupJoined _, Records.GroupLeft _, Records.LoanEnded _ ->
          throw new IllegalStateException("a record of groups: " + buffer.get(from));
    }
  }

  /// Applies a record about the queue of a group; false when it is about something else.
  private boolean ofGroups(ByteBuffer buffer, int from, int to, long position) {
    byte type = buffer.get(from);
    if (type == Records.LOAN_ENDED) {
      applyLoanEnded((Records.LoanEnded) Records.decode(buffer, from, to), position);
    } else if (type == Records.GROUP_JOINED) {
      if (shard.owns(Records.session(buffer, from))) {
        shard
            .groupQueues()
            .applyJoined((Records.GroupJoined) Records.decode(buffer, from, to), position);
      }
    } else if (type == Records.GROUP_LEFT) {
      if (shard.owns(Records.session(buffer, from))) {
        shard
            .groupQueues()
            .applyLeft((Records.GroupLeft) Records.decode(buffer, from, to), position);
      }
    } else {
      return false;
    }
    return true;
  }

  private void applyEnded(Session session) {
    GroupQueue queue = session.groupQueue;
    if (queue == null || queue.mayEnd()) {
      shard.sessions.remove(session);
    }
  }

  /// The member's side and the queue's, each if it is here.
  private void applyLoanEnded(Records.LoanEnded r, long position) {
    if (r.member() != 0) {
      with(
          r.member(),
          position,
          member -> {
            if (r.finished()) {
              applyFinished(
                  member,
                  new Records.Finished(r.member(), r.memberNumber(), r.stored(), r.bytes()));
            } else if (member.hasLoans()) {
              member.loans().remove(r.memberNumber());
            }
          });
    }
    with(
        r.session(),
        position,
        s -> {
          if (s.groupQueue != null) {
            s.groupQueue.finished(r.number(), false, r.bytes());
          }
        });
  }

  private void with(long number, long position, Consumer<Session> action) {
    Session session = shard.sessions.byNumber(number);
    if (session == null || passed(session, position)) {
      return;
    }
    action.accept(session);
    shard.applied(session, position + 1);
  }

  /// Whether the session's row, written later, has the record in it already.
  private static boolean passed(@Nullable Session session, long position) {
    return session != null && position < session.appliedPosition;
  }

  private void applyClosed(Session session, Records.Closed record) {
    if (!shard.replaying()) {
      return; // it happened when it was appended
    }
    session.closedAtMillis = record.nowMillis();
    session.expirySeconds = record.expirySeconds();
    if (!record.keepsWill()) {
      session.will = null;
    }
  }

  private void applyFinished(Session session, Records.Finished record) {
    if (session.groupQueue != null) {
      session.groupQueue.finished(record.number(), record.stored(), record.bytes());
      return;
    }
    Outgoing<Session.Queued> outgoing = session.outgoing;
    long number = record.number();
    shard.loans().finished(session, number);
    session.finishedByRecords++;
    session.recordedBytes = Math.max(0, session.recordedBytes - record.bytes());
    boolean known = outgoing.hasEntry(number);
    if (record.stored() || (known ? outgoing.stored(number) : shard.replaying())) {
      shard.keeper.submit(new Keeper.DropQueued(session.number, number));
    }
    outgoing.saved(number);
    if (number == session.awaitedDrop) {
      session.awaitedDrop = Session.NONE;
    }
    if (!shard.replaying()) {
      shard.delivery.goOn(session);
    }
  }

  private void applyRenamed(Session session, Records.Renamed record) {
    session.outgoing.rename(record.number(), record.packetId());
    if (!shard.replaying()) {
      session.renaming = Session.NONE;
      shard.delivery.pump(session);
    }
  }

  private void applyReceived(Session session, long number) {
    Outgoing<Session.Queued> outgoing = session.outgoing;
    boolean known = outgoing.hasEntry(number);
    if (shard.replaying() && outgoing.isUnfinished(number)) {
      outgoing.release(number);
    }
    if (!known && shard.replaying() || known && outgoing.stored(number)) {
      shard.keeper.submit(new Keeper.MarkReleased(session.number, number));
    }
  }

  private void applyRetainedSent(Session session, Records.RetainedSent record) {
    for (StandingSubscription s : session.subscriptions.values()) {
      if (s.number == record.subscription()) {
        s.savedAfter = record.topic();
        s.savedPending = record.topic() != null;
        if (shard.replaying()) { // else the sender is further by now
          s.retainedAfter = s.savedAfter;
          s.retainedPending = s.savedPending;
        }
      }
    }
    session.copiesChange();
  }

  // -- PUBLISH --------------------------------------------------------------------------------

  private void applyPublish(ByteBuffer buffer, int from, long position) {
    publish.read(buffer, from);
    message.read(buffer, publish.messageAt());
    touched.clear();
    remember(position);
    if (publish.loans() > 0) {
      applyLent(position);
      return;
    }
    if (publish.willOf() != 0) {
      applyWill(publish.willOf(), position);
    }
    boolean begun = false;
    boolean shared = publish.recipients() > 1;
    while (publish.nextRecipient()) {
      Session session = shard.sessions.byNumber(publish.recipient());
      if (session == null || passed(session, position)) {
        continue;
      }
      if (!begun) {
        shard.delivery.begin(message, shared);
        begun = true;
      }
      if (publish.isCopy() && !shard.replaying()) {
        copyArrived(session);
      }
      if (session.groupQueue == null) {
        give(session, position);
      } else {
        enqueue(session, session.groupQueue, position);
      }
      touched.add(session);
    }
    for (Session session : touched) { // at the end: a record may concern a session in two ways
      shard.applied(session, position + 1);
    }
  }

  private void copyArrived(Session session) {
    session.copiesOnTheWay--;
    if (session.retainedWaits) {
      shard.retainedSender.goOn(session);
    }
  }

  private void remember(long position) {
    boolean replaying = shard.replaying();
    if (replaying && publish.retainedRank() != 0) {
      Slice value = message.payloadBytes() == 0 ? null : message.toStored();
      shard.retained.replay(message.topic(), publish.retainedRank(), value);
    }
    if (publish.packetId() != 0) {
      Session publisher = shard.sessions.byNumber(publish.publisher());
      if (publisher != null && !passed(publisher, position)) {
        if (replaying) {
          publisher.incoming.add(publish.packetId());
        } else {
          publisher.unsavedIncoming.remove(publish.packetId());
        }
        touched.add(publisher);
      }
    }
  }

  /// A group's queue lends the message to a member. What does not reach it any more waits in the
  /// queue still.
  private void applyLent(long position) {
    if (!publish.nextRecipient()) {
      return;
    }
    Session session = shard.sessions.byNumber(publish.recipient());
    if (session != null && passed(session, position)) {
      return;
    }
    StandingSubscription member =
        session == null ? null : shard.subscriptions.of(session, publish.subscription(0));
    int qos = member == null ? 0 : Math.min(member.qos(), message.qos());
    if (session == null || member == null || qos == 0) {
      if (!shard.replaying()) {
        shard.groupQueues().returned(publish.loanQueue(), publish.loanNumber());
      }
      return;
    }
    int bytes = message.storedBytes();
    Loan loan = new Loan(publish.loanQueue(), publish.loanNumber(), qos, bytes, false);
    session.loans().put(session.outgoing.end(), loan);
    session.recordedBytes += bytes;
    shard.delivery.begin(message);
    boolean retain = member.retainAsPublished() && message.retain();
    int[] ids = member.identifier == 0 ? Target.NO_IDENTIFIERS : new int[] {member.identifier};
    shard.delivery.give(session, qos, retain, ids, null, position);
    shard.applied(session, position + 1);
    if (!shard.replaying() && session.connection == null) { // it went away after it was chosen
      shard.groupQueues().wake(publish.loanQueue(), session);
    }
  }

  private void enqueue(Session session, GroupQueue queue, long position) {
    if (!session.recordedRoom(message.storedBytes())) {
      shard.counters.droppedQueueFull += shard.replaying() ? 0 : 1;
      return;
    }
    session.recordedBytes += message.storedBytes();
    shard.delivery.give(session, message.qos(), false, Target.NO_IDENTIFIERS, null, position);
    queue.added(message);
  }

  private void applyWill(long number, long position) {
    Session session = shard.sessions.byNumber(number);
    if (session == null || passed(session, position)) {
      return;
    }
    session.will = null;
    session.willRecorded = false;
    if (!session.durable) {
      shard.sessions.remove(session);
      shard.dropStored(session);
    } else {
      touched.add(session);
    }
  }

  /// Gives the message to a recipient, by those of its subscriptions that still stand.
  private void give(Session session, long position) {
    int granted = -1;
    int count = 0;
    boolean retain = publish.asRetained();
    StandingSubscription shared = null;
    for (int i = 0; i < publish.subscriptions(); i++) {
      StandingSubscription s = shard.subscriptions.of(session, publish.subscription(i));
      if (s == null) {
        continue; // nothing follows an UNSUBACK [MQTT-3.10.4-2]
      }
      if (publish.isCopy()) {
        copied(s);
      }
      granted = Math.max(granted, s.qos());
      retain |= s.retainAsPublished() && message.retain();
      if (s.group != null) {
        shared = s;
      }
      if (s.identifier != 0) {
        if (count == identifiers.length) {
          identifiers = Arrays.copyOf(identifiers, count * 2);
        }
        identifiers[count++] = s.identifier;
      }
    }
    if (granted < 0 || isOutdatedCopy(session)) {
      return;
    }
    int qos = Math.min(granted, message.qos());
    if (qos > 0 && !session.recordedRoom(message.storedBytes())) {
      shard.counters.droppedQueueFull++;
      if (shard.tracing) {
        shard.tracer.given(session, message, qos, 0, Delivery.QUEUE_FULL);
      }
      return;
    }
    if (qos > 0) {
      session.recordedBytes += message.storedBytes();
    }
    int[] ids = count == 0 ? Target.NO_IDENTIFIERS : Arrays.copyOf(identifiers, count);
    shard.delivery.give(session, qos, retain, ids, shared, position);
  }

  /// A copy moves the cursor itself: after a crash it is not made a second time.
  private void copied(StandingSubscription s) {
    if (s.savedPending) {
      s.savedAfter = message.topic();
      if (shard.replaying()) { // else the sender is further by now
        s.retainedAfter = s.savedAfter;
      }
    }
  }

  /// Whether the message is a copy of a retained value whose topic has had a newer one, which the
  /// session got live: that was published on another shard, and its record came first.
  private boolean isOutdatedCopy(Session session) {
    Map<Slice, Long> newer = session.newerRetained;
    if (newer == null || !publish.isCopy() && publish.retainedRank() == 0) {
      return false;
    }
    Slice topic = message.topic();
    if (publish.isCopy()) {
      return newer.getOrDefault(topic, 0L) > publish.copiedRank();
    }
    if (newer.size() < MAX_NEWER || newer.containsKey(topic)) {
      newer.merge(topic, publish.retainedRank(), Math::max);
    }
    return false;
  }

  /// The row of a message in the queue of a session.
  static QueueRow row(
      int qos,
      boolean retain,
      boolean released,
      int bytes,
      int[] identifiers,
      @Nullable StandingSubscription shared,
      long position) {
    return new QueueRow(
        position,
        qos,
        retain,
        released,
        false,
        bytes,
        Arrays.stream(identifiers).boxed().toList(),
        shared == null ? 0 : shared.line,
        (Slice) null);
  }
}
