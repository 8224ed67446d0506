package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.store.Keeper;
import io.dunlin.broker.store.MessageView;
import io.dunlin.broker.store.PublishRecord;
import io.dunlin.broker.store.Records;
import io.dunlin.broker.store.SessionRow;
import io.dunlin.session.Outgoing;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/// The queue of a shared subscription with a persistent member: where its messages at QoS 1 and 2
/// wait, in log order, until a member has done with them (MQTT 5.0 §4.8.2).
///
/// # What it is
///
/// A durable session without a connection, in the slot that the whole filter hashes to. A PUBLISH
/// record names it as a recipient like any other session; numbers, rows, limits, checkpoints and
/// recovery are those of sessions. It begins with the first [Records.GroupJoined] and ends, by an
/// [Records.Ended] that applies only while nobody has joined, when the last member has left.
///
/// # Handing out
///
/// Only the shard of the queue hands out, in the order of numbers, to members that are online and
/// have room, in turn. The message *stays in this queue* until the member has done with it: it is a
/// [Loan]. What decides is always one record, applied by the one session that it concerns:
///
/// ```
///   message   waiting ──▶ lent ──▶ finished
///                ▲          │
///                └──────────┘  given back
/// ```
///
/// - A persistent member gets it by a PUBLISH record that names the loan. If its session or its
///   subscription has ended by then, nothing is applied, and the message waits here still.
/// - It is finished by [Records.LoanEnded], which takes it out of both queues at once. So a QoS 2
///   message that a member has completed is never handed out again, whatever crashes.
/// - A member that is away gives back when another is there ([Loans#recall]): its entry is finished
///   by a record of its own, and only when that is committed may the message go to another. A QoS 2
///   message that may have been sent is kept, by a [Records.LoanEnded].
/// - While something of an absent member is out, nothing newer is handed out: backlog first.
/// - To a member whose session ends with its connection it goes at once, and is finished when that
///   one acknowledges. Where nobody could tell after a crash whether it was received (QoS 0 and 2
///   of such members), it is finished first, by a forced record, and given then.
///
/// Who has what is known to the members, by records; the map here is made from theirs at a restart.
@OwnedBy("shard")
final class GroupQueue {
  private static final int FETCH_MESSAGES = 128;
  private static final long FETCH_BYTES = 256 * 1024;

  /// Up to this size messages that wait are remembered, beside the next one.
  private static final int SMALL_BYTES = 2_048;

  /// How far the next message may be from the oldest that is lent.
  private static final int SPAN = Outgoing.SPAN;

  final Slice key;
  final Session session;

  /// Subscriptions of persistent members, with their sessions: what records have made of it.
  final Map<Long, Long> members = new HashMap<>();

  private final Shard shard;
  private final SubscriptionBook book;
  private final MessageView view = new MessageView();
  private final Map<Long, Session> lent = new HashMap<>();
  private final Map<Session, Integer> loans = new LinkedHashMap<>(); // how many, by member
  private final Set<Session> recalled = new HashSet<>(); // asked to give back, and not answered yet
  private final Map<Long, Taken> taken = new HashMap<>();
  private final Map<Long, Slice> bodies = new HashMap<>(); // of what is next, in stored form
  private final Set<Long> gone = new HashSet<>(); // finished while they had no entry in memory
  private SharedGroup group;
  private long next; // all before is finished or lent
  private int turn;
  private int chosen; // whose turn it is
  private boolean fetching;
  private boolean waitsForRoom;
  private boolean ending;

  /// A message that is given to a member when it has left the queue.
  private record Taken(StandingSubscription member, Slice message) {}

  GroupQueue(Shard shard, SubscriptionBook book, Session session, SharedGroup group) {
    this.shard = shard;
    this.book = book;
    this.session = session;
    this.group = group;
    this.key = group.key;
    this.next = session.outgoing.first();
  }

  // -- what records tell ----------------------------------------------------------------------

  void joined(long member, long subscription, SharedGroup nowGroup) {
    members.put(subscription, member);
    group = nowGroup; // it may have been forgotten while its end was on the way
  }

  void left(long subscription) {
    members.remove(subscription);
    pump();
  }

  /// Whether a record that ends it is true: nobody has joined since.
  boolean mayEnd() {
    if (members.isEmpty()) {
      return true;
    }
    ending = false;
    pump();
    return false;
  }

  SharedGroup group() {
    return group;
  }

  /// A message has got the number before [Outgoing#end].
  void added(MessageView message) {
    if (!shard.replaying()) {
      boolean small = message.storedBytes() <= SMALL_BYTES && bodies.size() < FETCH_MESSAGES;
      long number = session.outgoing.end() - 1;
      boolean known = number < session.outgoing.memoryEnd(); // else it is read in its turn
      if (known && (small || bodies.isEmpty()) && someoneOnline()) {
        bodies.put(number, message.toStored());
      }
      pump();
    }
  }

  /// A message is finished, by a record.
  ///
  /// @param stored whether a row of it may be in the store
  void finished(long number, boolean stored, int bytes) {
    Outgoing<Session.Queued> outgoing = session.outgoing;
    session.finishedByRecords++;
    session.recordedBytes = Math.max(0, session.recordedBytes - bytes);
    boolean row =
        stored
            || shard.replaying()
            || number >= outgoing.memoryEnd()
            || outgoing.hasEntry(number) && outgoing.stored(number);
    outgoing.saved(number);
    if (number == session.awaitedDrop) {
      session.awaitedDrop = Session.NONE;
    }
    if (number >= outgoing.memoryEnd()) {
      gone.add(number); // its row may be on its way from the store
    }
    if (row) {
      shard.keeper.submit(new Keeper.DropQueued(session.number, number));
    }
    if (shard.replaying()) {
      return;
    }
    bodies.remove(number);
    isBack(number);
    Taken given = taken.remove(number);
    if (given != null) {
      giveTaken(number, given);
    }
    pump();
  }

  // -- what members tell ----------------------------------------------------------------------

  /// A member had this message before the restart.
  void lentBefore(long number, Session member) {
    isLent(number, member);
  }

  /// A member does not have this message any more, and it is not finished.
  void returned(long number) {
    if (isBack(number)) {
      next = Math.min(next, number);
      pump();
    }
  }

  /// Something has changed with a member.
  void wake(@Nullable Session member) {
    if (member != null) {
      recalled.remove(member);
    }
    pump();
  }

  private void isLent(long number, Session member) {
    lent.put(number, member);
    loans.merge(member, 1, Integer::sum);
  }

  private boolean isBack(long number) {
    Session member = lent.remove(number);
    if (member == null) {
      return false;
    }
    loans.computeIfPresent(member, (_, count) -> count == 1 ? null : count - 1);
    recalled.remove(member);
    return true;
  }

  // -- handing out ----------------------------------------------------------------------------

  /// Hands out what waits, as far as there is somebody to take it.
  void pump() {
    if (session.ended || shard.replaying() || waitsForRoom || endIfUnused()) {
      return;
    }
    StandingSubscription member = choose((_, _) -> true);
    while (member != null && !recall() && goToNext()) {
      if (next - session.outgoing.first() >= SPAN) {
        expel(lent.get(session.outgoing.first()));
        return;
      }
      Slice message = bodies.get(next);
      if (message == null) {
        fetch();
        return;
      }
      view.read(message);
      member = choose(shard::mayGet);
      if (view.expired(shard.nowMillis())) { // whoever might have got it
        shard.counters.droppedExpired++;
        shard.finish(session, next);
      } else if (member == null) {
        if (someoneMayGet()) {
          return; // who is away, or has no room: what is behind it waits, too
        }
        shard.counters.notAuthorized++;
        shard.finish(session, next);
      } else if (!handOut(member, message)) {
        waitsForRoom = true;
        shard.whenRoom(() -> {
          waitsForRoom = false;
          pump();
        });
        return;
      }
      member = choose((_, _) -> true);
    }
    if (member == null && bodies.size() >= FETCH_MESSAGES) {
      bodies.clear(); // it can take long: they are read again
    }
  }

  private boolean endIfUnused() {
    if (!members.isEmpty() || ending) {
      return ending;
    }
    if (book.detachIfEmpty(group)) {
      ending = true;
      shard.appendWhenRoom(new Records.Ended(session.number));
    }
    return ending;
  }

  /// Whether any member, here or away, may get the message by its rights.
  private boolean someoneMayGet() {
    for (StandingSubscription member : group.members()) {
      if (shard.mayGet(member.session, view)) {
        return true;
      }
    }
    return false;
  }

  private boolean someoneOnline() {
    for (StandingSubscription member : group.members()) {
      if (member.session.online) {
        return true;
      }
    }
    return false;
  }

  /// Whose turn it is among those who are online, have room and may get the message.
  private @Nullable StandingSubscription choose(BiPredicate<Session, MessageView> mayGet) {
    StandingSubscription[] all = group.members();
    for (int i = 0; i < all.length; i++) {
      StandingSubscription member = all[(turn + i) % all.length];
      Session s = member.session;
      if (s.online && s.hasRoom && loans.getOrDefault(s, 0) < s.window && mayGet.test(s, view)) {
        chosen = (turn + i) % all.length;
        return member;
      }
    }
    return null;
  }

  /// Asks members that are away to give back what they have. Returns whether there is something to
  /// wait for.
  private boolean recall() {
    boolean some = false;
    for (Session member : loans.keySet()) {
      if (!member.online) {
        some = true;
        if (recalled.add(member)) {
          long queue = session.number;
          shard.onShardOf(member, () -> shard.of(member).loans().recall(member, queue));
        }
      }
    }
    return some;
  }

  /// Goes to the next message that waits, if it is known here; false when there is none.
  private boolean goToNext() {
    Outgoing<Session.Queued> outgoing = session.outgoing;
    next = Math.max(next, outgoing.first());
    while (next < outgoing.memoryEnd()
        && (outgoing.state(next) == Outgoing.State.FINISHED || lent.containsKey(next))) {
      bodies.remove(next++);
    }
    return next < outgoing.end();
  }

  /// Hands out the next message; false when there is no room.
  private boolean handOut(StandingSubscription member, Slice message) {
    int qos = Math.min(view.qos(), member.qos());
    if (qos > 0 && member.session.durable) {
      if (!record(member)) {
        return false;
      }
    } else if (qos == 1) {
      give(member, new Loan(session.number, next, qos, message.length(), false), message);
    } else {
      if (!shard.hasRoomInTurn(Shard.MIN_ROOM)) {
        return false;
      }
      boolean stored = session.outgoing.stored(next);
      shard.append(new Records.Finished(session.number, next, stored, message.length()), true);
      taken.put(next, new Taken(member, message));
    }
    isLent(next, member.session);
    bodies.remove(next++);
    turn = chosen + 1;
    return true;
  }

  private boolean record(StandingSubscription member) {
    int bytes =
        PublishRecord.HEADER_BYTES
            + PublishRecord.LOAN_BYTES
            + PublishRecord.recipientBytes(1)
            + view.storedBytes();
    if (!shard.hasRoomInTurn(bytes)) {
      return false;
    }
    ByteBuffer target = shard.appender.begin(bytes);
    int start = shard.appender.at();
    int at = start + PublishRecord.HEADER_BYTES;
    target.putLong(at, session.number);
    target.putLong(at + 8, next);
    at = Fanout.writeRecipient(target, at + PublishRecord.LOAN_BYTES, member);
    PublishRecord.writeHeader(target, start, at, 0, shard.nextSequence(), 0, 0, 0, 1, 1);
    int end = view.write(target, at);
    shard.appender.end(end - start, 1L << member.session.shard, true);
    return true;
  }

  private void give(StandingSubscription member, Loan loan, Slice message) {
    Session to = member.session;
    shard.onShardOf(to, () -> shard.of(to).loans().take(member, loan, message));
  }

  private void giveTaken(long number, Taken given) {
    view.read(given.message);
    int qos = Math.min(view.qos(), given.member.qos());
    give(
        given.member,
        new Loan(session.number, number, qos, given.message.length(), true),
        given.message);
  }

  /// A member has had a message while all numbers of packet identifiers went by: without it, the
  /// others go on.
  private void expel(@Nullable Session member) {
    if (member != null) {
      shard.onShardOf(member, () -> shard.of(member).loans().expel(member));
    }
  }

  // -- reading back ---------------------------------------------------------------------------

  private void fetch() {
    if (fetching) {
      return;
    }
    fetching = true;
    Outgoing<Session.Queued> outgoing = session.outgoing;
    shard.readBack(
        session,
        next,
        Math.min(outgoing.end(), next + FETCH_MESSAGES),
        Delivery.positions(outgoing, next, FETCH_MESSAGES),
        FETCH_MESSAGES,
        FETCH_BYTES,
        next < session.readableEnd(),
        this::fetched);
  }

  private void fetched(Keeper.FetchResult result) {
    fetching = false;
    if (session.ended) {
      return;
    }
    bodies.clear();
    for (Keeper.Fetched f : result.messages()) {
      passOver(f.number());
      take(f);
    }
    passOver(result.to());
    pump();
  }

  private void take(Keeper.Fetched f) {
    Outgoing<Session.Queued> outgoing = session.outgoing;
    long number = f.number();
    if (number >= outgoing.memoryEnd()) {
      var row = f.row();
      if (row == null) {
        throw new IllegalStateException("no row for message " + number + " of " + session);
      }
      boolean finished = gone.remove(number);
      Outgoing.State state = finished ? Outgoing.State.FINISHED : Outgoing.State.WAITING;
      outgoing.load(row.qos(), row.retain(), row.position(), row.bytes(), null, state, true);
      if (finished) {
        return;
      }
    } else if (number < outgoing.first() || outgoing.state(number) == Outgoing.State.FINISHED) {
      return; // meanwhile
    }
    Slice message = f.message();
    if (message != null) {
      bodies.put(number, message);
    } else if (!lent.containsKey(number)) {
      shard.counters.lost++;
      session.lost++;
      shard.finish(session, number);
    }
  }

  /// Numbers below `end` that no row was found for: they were finished before.
  private void passOver(long end) {
    Outgoing<Session.Queued> outgoing = session.outgoing;
    while (outgoing.memoryEnd() < end) {
      gone.remove(outgoing.memoryEnd());
      outgoing.load(1, false, 0, 0, null, Outgoing.State.FINISHED, false);
    }
  }

  // -- its row --------------------------------------------------------------------------------

  List<SessionRow.Member> rows() {
    return members.entrySet().stream()
        .map(e -> new SessionRow.Member(e.getValue(), e.getKey()))
        .toList();
  }

  /// All that decides whether something is handed out, for people.
  @Override
  public String toString() {
    return "GroupQueue[next=%d lent=%s recalled=%s taken=%s fetching=%b waitsForRoom=%b ending=%b]"
        .formatted(next, lent, recalled, taken.keySet(), fetching, waitsForRoom, ending);
  }
}
