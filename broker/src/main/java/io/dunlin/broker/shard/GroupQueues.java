package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.store.Records;
import io.dunlin.broker.store.SessionRow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The queues of groups that belong to one shard: how they begin and end, and how those who know
/// their numbers reach them.
///
/// A member says by records that it has joined and left, when its SUBSCRIBE, UNSUBSCRIBE or end is
/// applied. What a crash cuts off there is made up for at the start, when all sessions of all
/// shards are known.
@OwnedBy("shard")
final class GroupQueues {
  private final Shard shard;
  private final SubscriptionBook book;
  private final Map<Slice, GroupQueue> queues = new HashMap<>();
  private final List<Records.Decision> missing = new ArrayList<>(); // records, at the start

  GroupQueues(Shard shard, SubscriptionBook book) {
    this.shard = shard;
    this.book = book;
  }

  int count() {
    return queues.size();
  }

  // -- records --------------------------------------------------------------------------------

  /// Any mode.
  void applyJoined(Records.GroupJoined r, long position) {
    shard.numbers.atLeast(r.session());
    GroupQueue queue = queues.get(r.group());
    if (queue == null) {
      Session session = session(r);
      session.inStore = shard.keeper.mayHaveRows(position);
      queue = install(session, r.group());
    } else if (position < queue.session.appliedPosition) {
      return;
    }
    queue.joined(r.member(), r.subscription(), book.attach(r.group(), queue.session.number));
    shard.applied(queue.session, position + 1);
    if (!shard.replaying()) {
      shard.wakePublishers();
      queue.pump();
    }
  }

  /// Any mode.
  void applyLeft(Records.GroupLeft r, long position) {
    GroupQueue queue = queues.get(r.group());
    if (queue != null && position >= queue.session.appliedPosition) {
      shard.applied(queue.session, position + 1);
      queue.left(r.subscription());
    }
  }

  /// Takes a queue as the store has it.
  void restore(Session session, List<SessionRow.Member> members) {
    GroupQueue queue = install(session, Slice.utf8(session.clientId));
    for (SessionRow.Member m : members) {
      queue.joined(m.session(), m.subscription(), queue.group());
    }
  }

  private Session session(Records.GroupJoined r) {
    return new Session(
        r.session(),
        r.group().utf8(),
        "",
        Mount.NONE,
        true,
        shard.index,
        0,
        1,
        Session.FOREVER_SECONDS,
        r.queueMessages(),
        r.queueBytes(),
        shard.limits.packetIds());
  }

  private GroupQueue install(Session session, Slice key) {
    GroupQueue queue = new GroupQueue(shard, book, session, book.attach(key, session.number));
    session.groupQueue = queue;
    queues.put(key, queue);
    shard.sessions.install(session);
    return queue;
  }

  /// The session of a queue is over.
  void removed(GroupQueue queue) {
    queues.remove(queue.key, queue);
    book.detach(queue.group(), queue.session.number);
  }

  // -- members --------------------------------------------------------------------------------

  /// A subscription stands since a moment.
  void stands(StandingSubscription s) {
    SharedGroup group = s.group;
    if (group == null || shard.replaying()) {
      return;
    }
    if (s.persistentMember()) {
      shard.appendWhenRoom(joined(s, group), true); // publishers wait for it
    }
    wake(group, s.session);
  }

  /// A subscription has ended, and is out of the book.
  void fell(StandingSubscription s) {
    SharedGroup group = s.group;
    if (group == null || shard.replaying()) {
      return;
    }
    if (s.persistentMember()) {
      shard.appendWhenRoom(
          new Records.GroupLeft(Numbers.slot(group.key.utf8()), group.key, s.number));
    }
    wake(group, s.session);
  }

  private Records.GroupJoined joined(StandingSubscription s, SharedGroup group) {
    long number = shard.numbers.nextSession(Numbers.slot(group.key.utf8()));
    return new Records.GroupJoined(
        number,
        group.key,
        s.session.number,
        s.number,
        shard.limits.queueMessages(),
        shard.limits.queueBytes());
  }

  /// Something has changed with a member of a group. Any shard of the book.
  void wake(SharedGroup group, Session member) {
    long queue = group.queue;
    if (queue != 0) {
      wake(queue, member);
    }
  }

  void wake(long queue, Session member) {
    shard.onShardOf(queue, owner -> owner.groupQueues().with(queue, q -> q.wake(member)));
  }

  /// A message of a queue waits again.
  void returned(long queue, long number) {
    shard.onShardOf(queue, owner -> owner.groupQueues().with(queue, q -> q.returned(number)));
  }

  private void with(long number, java.util.function.Consumer<GroupQueue> action) {
    GroupQueue queue = queue(number);
    if (queue != null) {
      action.accept(queue);
    }
  }

  private @Nullable GroupQueue queue(long number) {
    Session session = shard.sessions.byNumber(number);
    return session == null ? null : session.groupQueue;
  }

  // -- the start ------------------------------------------------------------------------------

  /// All records are applied, on all shards, and nobody is served yet: finds out who has what, and
  /// who has joined or left without a record.
  void recovered() {
    for (Session session : shard.sessions.all()) {
      for (Map.Entry<Long, Loan> e : session.loansByNumber().entrySet()) {
        Loan loan = e.getValue();
        shard
            .ofNumber(loan.queue)
            .groupQueues()
            .with(loan.queue, q -> q.lentBefore(loan.number, session));
        if (e.getKey() < session.outgoing.memoryEnd() && !session.outgoing.hasEntry(e.getKey())) {
          missing.add(Loans.done(session, e.getKey(), loan));
        }
      }
      for (StandingSubscription s : session.subscriptions.values()) {
        SharedGroup group = s.group;
        if (group != null && s.persistentMember() && !isKnown(s, group)) {
          missing.add(joined(s, group));
        }
      }
    }
    for (GroupQueue queue : queues.values()) {
      queue.members.forEach((subscription, member) -> {
        if (!stands(member, subscription)) {
          missing.add(new Records.GroupLeft(queue.session.number, queue.key, subscription));
        }
      });
    }
  }

  private boolean isKnown(StandingSubscription s, SharedGroup group) {
    GroupQueue queue =
        group.queue == 0 ? null : shard.ofNumber(group.queue).groupQueues().queue(group.queue);
    return queue != null && queue.members.containsKey(s.number);
  }

  private boolean stands(long member, long subscription) {
    Session session = shard.ofNumber(member).sessions.byNumber(member);
    return session != null
        && session.subscriptions.values().stream().anyMatch(s -> s.number == subscription);
  }

  /// Recovery is over.
  void serve() {
    missing.forEach(record -> shard.appendWhenRoom(record, true));
    missing.clear();
    List.copyOf(queues.values()).forEach(GroupQueue::pump); // one that nobody is in ends
  }
}
