package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.store.MessageView;
import io.dunlin.broker.store.PublishRecord;
import io.dunlin.broker.store.Records;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.session.Outgoing;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The members' side of shared subscriptions, for the sessions of one shard: what they have of
/// groups' queues ([GroupQueue]), and what becomes of it when they acknowledge or go.
@OwnedBy("shard")
final class Loans {
  private static final long RETRY_NANOS = 20_000_000;

  private final Shard shard;
  private final MessageView view = new MessageView();

  Loans(Shard shard) {
    this.shard = shard;
  }

  // -- it comes -------------------------------------------------------------------------------

  /// A member whose session ends with its connection gets a message, or a persistent one at QoS 0.
  void take(StandingSubscription member, Loan loan, Slice message) {
    Session session = member.session;
    if (session.connection == null || shard.subscriptions.of(session, member.line) == null) {
      giveBack(loan, message); // nothing follows an UNSUBACK [MQTT-3.10.4-2]
      return;
    }
    view.read(message);
    long number = session.outgoing.end();
    if (loan.qos > 0) {
      session.loans().put(number, loan);
    }
    shard.delivery.begin(view);
    int[] identifiers =
        member.identifier == 0 ? Target.NO_IDENTIFIERS : new int[] {member.identifier};
    boolean retain = member.retainAsPublished() && view.retain();
    shard.delivery.give(session, loan.qos, retain, identifiers, null, 0);
    if (loan.qos > 0 && session.outgoing.end() == number) { // its queue is full
      session.loans().remove(number);
      shard.loop.schedule(RETRY_NANOS, () -> giveBack(loan, message));
    }
  }

  private void giveBack(Loan loan, Slice message) {
    if (loan.taken) {
      enqueue(loan.queue, message);
    } else {
      shard.groupQueues().returned(loan.queue, loan.number);
    }
  }

  /// Puts a message into a group's queue, by a record.
  private void enqueue(long queue, Slice message) {
    view.read(message);
    int bytes = PublishRecord.HEADER_BYTES + PublishRecord.recipientBytes(0) + view.storedBytes();
    if (!shard.hasRoomInTurn(bytes)) {
      shard.whenRoom(() -> enqueue(queue, message));
      return;
    }
    ByteBuffer target = shard.appender.begin(bytes);
    int start = shard.appender.at();
    int at = PublishRecord.writeQueue(target, start + PublishRecord.HEADER_BYTES, queue);
    PublishRecord.writeHeader(target, start, at, 0, shard.nextSequence(), 0, 0, 0, 0, 1);
    int end = view.write(target, at);
    shard.appender.end(end - start, 1L << shard.ofNumber(queue).index, true);
  }

  // -- it is done with ------------------------------------------------------------------------

  /// A member has done with message `number`, in memory. Returns whether a record that says so is
  /// on its way; else it is none of a group's queue.
  boolean repaid(Session session, long number, boolean stored) {
    if (!session.hasLoans()) {
      return false;
    }
    Loan loan = session.durable ? session.loans().get(number) : session.loans().remove(number);
    if (loan == null || loan.taken) {
      return false;
    }
    if (loan.settled) { // after the record that settles it
      shard.appendWhenRoom(new Records.Finished(session.number, number, stored, loan.bytes));
    } else {
      loan.settled = true;
      long member = session.durable ? session.number : 0;
      // What is lent counts until this is committed: with little room left, others would wait.
      boolean urgent = (session.loansByNumber().size() + 1) * 2 >= session.window;
      shard.appendWhenRoom(
          new Records.LoanEnded(loan.queue, loan.number, member, number, true, stored, loan.bytes),
          urgent);
    }
    return true;
  }

  /// A message of a member's queue turns out to be finished, by a record that a crash has cut off
  /// while the row that knew of it was kept.
  void wasDone(Session session, long number) {
    Loan loan = session.hasLoans() ? session.loans().get(number) : null;
    if (loan != null && !loan.settled && !loan.returning) {
      shard.appendWhenRoom(done(session, number, loan), true);
    }
  }

  /// No rows were found for the messages of a member's queue from `from` to `to`.
  void passedOver(Session session, long from, long to) {
    for (Map.Entry<Long, Loan> e : inOrder(session)) {
      if (e.getKey() >= from && e.getKey() < to) {
        wasDone(session, e.getKey());
      }
    }
  }

  static Records.LoanEnded done(Session session, long number, Loan loan) {
    loan.settled = true;
    return new Records.LoanEnded(
        loan.queue, loan.number, session.number, number, true, true, loan.bytes);
  }

  /// The record is applied that takes message `number` out of a member's queue.
  void finished(Session session, long number) {
    Loan loan = session.hasLoans() ? session.loans().remove(number) : null;
    if (loan != null && loan.returning && !shard.replaying()) {
      shard.groupQueues().returned(loan.queue, loan.number);
    }
  }

  // -- the member goes ------------------------------------------------------------------------

  /// A session has lost its connection.
  void memberGone(Session session) {
    if (!session.durable) {
      session.loansByNumber().forEach((number, loan) -> leave(session, number, loan));
      session.clearLoans();
      passOn(session);
    }
    wakeQueues(session);
  }

  /// A session has a connection again, or room.
  void memberHasRoom(Session session) {
    if (session.hasLoans() || session.inGroups) {
      wakeQueues(session);
    }
  }

  private void wakeQueues(Session session) {
    Set<Long> queues = new HashSet<>();
    session.loansByNumber().values().forEach(loan -> queues.add(loan.queue));
    if (session.inGroups) {
      for (StandingSubscription s : session.subscriptions.values()) {
        if (s.group != null && s.group.queue != 0) {
          queues.add(s.group.queue);
        }
      }
    }
    queues.forEach(queue -> shard.groupQueues().wake(queue, session));
  }

  /// A loan of a session that ends with its connection.
  private void leave(Session session, long number, Loan loan) {
    if (!loan.taken) {
      shard.groupQueues().returned(loan.queue, loan.number);
    } else if (session.outgoing.state(number) == Outgoing.State.WAITING) {
      Session.Queued queued = session.outgoing.body(number);
      if (queued != null && queued.message != null) {
        enqueue(loan.queue, queued.message);
      }
    } // else it may have been sent: it goes to nobody else [MQTT-4.8.2-5]
  }

  /// Gives what a session had by groups without a queue to others of the group.
  private void passOn(Session session) {
    Outgoing<Session.Queued> outgoing = session.outgoing;
    for (long n = outgoing.first(); n < outgoing.memoryEnd(); n++) {
      Session.Queued queued = outgoing.body(n);
      if (queued == null || queued.shared == null || queued.message == null) {
        continue;
      }
      Outgoing.State state = outgoing.state(n);
      if (state == Outgoing.State.WAITING || state == Outgoing.State.SENT && outgoing.qos(n) == 1) {
        passOn(queued.shared.group, queued.message);
      }
    }
  }

  /// Gives a message at QoS 1 or 2, in stored form, to a member of a group, or to its queue.
  void passOn(@Nullable SharedGroup group, Slice message) {
    if (group == null) {
      return;
    }
    if (group.queue != 0) {
      enqueue(group.queue, message);
      return;
    }
    view.read(message);
    StandingSubscription member = group.choose(shard.index, s -> shard.mayReceive(s, view));
    if (member == null && !group.needsQueue()) {
      return; // nobody is left
    }
    if (member == null || group.needsQueue() || !shard.mailboxes.haveRoom()) {
      shard.whenRoom(() -> passOn(group, message));
      return;
    }
    shard.delivery.begin(view);
    if (member.session.shard == shard.index) {
      shard.giveToMember(member, view);
    } else {
      shard.mailboxes.publishTo(member, view);
    }
  }

  // -- what a member that is away has ---------------------------------------------------------

  /// A group's queue wants back what a member has that is away.
  void recall(Session session, long queue) {
    if (session.ended || !session.durable) {
      return; // what it had is on its way back
    }
    if (session.connection != null) {
      shard.groupQueues().wake(queue, session);
      return;
    }
    for (Map.Entry<Long, Loan> e : inOrder(session)) {
      Loan loan = e.getValue();
      if (loan.queue == queue && !loan.settled && !loan.returning) {
        if (maybeSent(session, e.getKey(), loan)) {
          keep(session, e.getKey(), loan);
        } else {
          finish(session, e.getKey(), loan);
        }
      }
    }
  }

  /// A session is about to end: a QoS 2 message that may have been sent goes to nobody else
  /// [MQTT-4.8.2-5]. The rest is given back when the end is committed ([#ended]).
  void settle(Session session) {
    if (!session.hasLoans() || !session.durable) {
      return;
    }
    for (Map.Entry<Long, Loan> e : inOrder(session)) {
      Loan loan = e.getValue();
      if (!loan.settled && !loan.returning && maybeSent(session, e.getKey(), loan)) {
        keep(session, e.getKey(), loan);
      }
    }
  }

  /// A session is over.
  void ended(Session session) {
    if (!shard.replaying()) {
      for (Loan loan : session.loansByNumber().values()) {
        if (!loan.settled && !loan.taken) {
          shard.groupQueues().returned(loan.queue, loan.number);
        }
      }
    }
    session.clearLoans();
  }

  /// Ends the connection of a member that holds up its group.
  void expel(Session session) {
    ClientConnection connection = session.connection;
    if (connection != null) {
      connection.disconnect(
          ReasonCode.QUOTA_EXCEEDED, "a message of a shared subscription is not acknowledged");
    }
  }

  private static List<Map.Entry<Long, Loan>> inOrder(Session session) {
    List<Map.Entry<Long, Loan>> loans = new ArrayList<>(session.loansByNumber().entrySet());
    loans.sort(Map.Entry.comparingByKey());
    return loans;
  }

  /// Whether a message may have been sent that must not be sent to two.
  private static boolean maybeSent(Session session, long number, Loan loan) {
    if (loan.qos < 2) {
      return false;
    }
    Outgoing<Session.Queued> outgoing = session.outgoing;
    return number < outgoing.memoryEnd()
        ? !outgoing.hasEntry(number) || outgoing.state(number) != Outgoing.State.WAITING
        : session.maybeSentLeft > 0 && number < session.maybeSentEnd;
  }

  private void keep(Session session, long number, Loan loan) {
    loan.settled = true;
    shard.appendWhenRoom(
        new Records.LoanEnded(
            loan.queue, loan.number, session.number, number, false, false, loan.bytes),
        true);
  }

  private void finish(Session session, long number, Loan loan) {
    loan.returning = true;
    Outgoing<Session.Queued> outgoing = session.outgoing;
    boolean unloaded = number >= outgoing.memoryEnd();
    boolean stored = unloaded || outgoing.stored(number);
    if (unloaded) {
      session.handedOver.add(number);
    } else {
      outgoing.finish(number);
    }
    shard.appendWhenRoom(new Records.Finished(session.number, number, stored, loan.bytes), true);
  }
}
