package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.store.Keeper;
import io.dunlin.broker.store.MessageView;
import io.dunlin.broker.store.PublishRecord;
import io.dunlin.session.Outgoing;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a member of a shared subscription that is away has not acknowledged goes to members that
/// are there (MQTT 5.0 §4.8.2). A QoS 2 message that may have been sent stays with its client.
///
/// From a durable session a message moves by one record, which takes it out of one queue and puts
/// it into the other: after a crash both have happened, or neither.
@OwnedBy("shard")
final class GroupHandover {
  private static final int CHUNK_MESSAGES = 128;
  private static final long CHUNK_BYTES = 512 * 1024;

  private final Shard shard;
  private final MessageView view = new MessageView();
  private final Set<Session> working = new HashSet<>();

  /// A message on its way from one member to another.
  private record Move(Session from, long number, StandingSubscription by, Slice message) {}

  /// How far a number of moves came.
  private enum Progress {
    DONE,
    NOBODY,
    NO_ROOM
  }

  GroupHandover(Shard shard) {
    this.shard = shard;
  }

  /// A session has lost its connection.
  void memberGone(Session session) {
    if (session.subscriptions.values().stream().noneMatch(s -> s.group != null)) {
      return;
    }
    if (session.durable) {
      begin(session);
      return;
    }
    ArrayDeque<Move> moves = new ArrayDeque<>();
    Outgoing<Session.Queued> outgoing = session.outgoing;
    for (long n = outgoing.first(); n < outgoing.memoryEnd(); n++) {
      Session.Queued queued = outgoing.body(n);
      if (queued != null
          && queued.shared != null
          && queued.message != null
          && mayMove(outgoing, n)) {
        moves.add(new Move(session, n, queued.shared, queued.message));
      }
    }
    carryOutAll(moves);
  }

  /// A session has a connection again: what absent members of its groups hold can come to it.
  void memberOnline(Session session) {
    for (StandingSubscription mine : session.subscriptions.values()) {
      SharedGroup group = mine.group;
      if (group == null) {
        continue;
      }
      for (StandingSubscription other : group.members()) {
        Session absent = other.session;
        if (absent != session && absent.durable && !absent.online) {
          shard.onShardOf(absent, () -> shard.of(absent).handover().begin(absent));
        }
      }
    }
  }

  /// Begins to look through the queue of an absent durable session; does nothing if it is being
  /// done.
  void begin(Session session) {
    if (session.ended
        || session.online
        || session.outgoing.backlog() == 0
        || !someoneOnline(session)
        || !working.add(session)) {
      return;
    }
    fetch(session, session.outgoing.first());
  }

  private static boolean someoneOnline(Session session) {
    for (StandingSubscription s : session.subscriptions.values()) {
      SharedGroup group = s.group;
      if (group != null) {
        for (StandingSubscription m : group.members()) {
          if (m.session.online && m.session != session) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static boolean mayMove(Outgoing<Session.Queued> outgoing, long number) {
    return switch (outgoing.state(number)) {
      case WAITING -> true;
      case SENT -> outgoing.qos(number) == 1;
      case RELEASED, FINISHED -> false;
    };
  }

  private void fetch(Session session, long from) {
    Outgoing<Session.Queued> outgoing = session.outgoing;
    shard.keeper.submit(
        new Keeper.Fetch(
            session.number,
            from,
            Math.min(outgoing.end(), from + CHUNK_MESSAGES),
            Delivery.positions(outgoing, from, CHUNK_MESSAGES),
            CHUNK_MESSAGES,
            CHUNK_BYTES,
            result -> shard.loop.execute(() -> fetched(session, result))));
  }

  private void fetched(Session session, Keeper.FetchResult result) {
    if (session.ended || session.online) {
      working.remove(session);
      return;
    }
    ArrayDeque<Move> moves = new ArrayDeque<>();
    for (Keeper.Fetched f : result.messages()) {
      StandingSubscription by = movable(session, f);
      if (by != null && f.message() != null) {
        moves.add(new Move(session, f.number(), by, f.message()));
      }
    }
    goOn(session, moves, result.to());
  }

  /// Moves what was read back, then looks further; it counts as working until all is done.
  private void goOn(Session session, ArrayDeque<Move> moves, long next) {
    switch (carryOut(moves)) {
      case DONE -> {
        if (next >= session.outgoing.end()) {
          working.remove(session);
        } else {
          fetch(session, next);
        }
      }
      case NOBODY -> working.remove(session);
      case NO_ROOM -> shard.whenRoom(() -> goOn(session, moves, next));
    }
  }

  private void carryOutAll(ArrayDeque<Move> moves) {
    if (carryOut(moves) == Progress.NO_ROOM) {
      shard.whenRoom(() -> carryOutAll(moves));
    }
  }

  /// The subscription by which a message of an absent session came, if it may move.
  private @Nullable StandingSubscription movable(Session session, Keeper.Fetched f) {
    Outgoing<Session.Queued> outgoing = session.outgoing;
    if (f.number() < outgoing.first() || session.handedOver.contains(f.number())) {
      return null;
    }
    if (f.number() < outgoing.memoryEnd()) {
      Session.Queued queued = outgoing.body(f.number());
      return queued == null || !mayMove(outgoing, f.number()) ? null : queued.shared;
    }
    var row = f.row();
    if (row == null || row.released() || row.qos() == 2 && session.maybeSentLeft > 0) {
      return null;
    }
    return shard.subscriptions.of(session, row.group());
  }

  /// Moves messages until there is nobody to take them, or no room.
  private Progress carryOut(ArrayDeque<Move> moves) {
    Move move = moves.peekFirst();
    while (move != null) {
      if (move.from.online) {
        return Progress.NOBODY;
      }
      SharedGroup group = move.by.group;
      view.read(move.message);
      StandingSubscription member =
          group == null
              ? null
              : group.choose(shard.index, view.qos(), move.from, s -> shard.mayReceive(s, view));
      if (member == null || !member.session.online && move.from.durable) {
        return Progress.NOBODY;
      }
      if (!move(move, member)) {
        return Progress.NO_ROOM;
      }
      moves.removeFirst();
      move = moves.peekFirst();
    }
    return Progress.DONE;
  }

  private boolean move(Move move, StandingSubscription member) {
    boolean recorded = member.session.durable && Math.min(view.qos(), member.qos()) > 0;
    int bytes =
        PublishRecord.HEADER_BYTES
            + PublishRecord.REMOVAL_BYTES
            + PublishRecord.recipientBytes(1)
            + view.storedBytes();
    boolean record = recorded || move.from.durable;
    if (record && !shard.appender.hasRoom(bytes) || !shard.mailboxes.haveRoom(bytes)) {
      return false;
    }
    if (record) {
      append(move, member, recorded, bytes);
    }
    if (!recorded) {
      shard.delivery.begin(view);
      if (member.session.shard == shard.index) {
        shard.giveToMember(member, view);
      } else {
        shard.mailboxes.publishTo(member, view);
      }
    }
    return true;
  }

  private void append(Move move, StandingSubscription member, boolean recorded, int bytes) {
    ByteBuffer target = shard.appender.begin(bytes);
    int start = shard.appender.at();
    int at = start + PublishRecord.HEADER_BYTES;
    long mask = 0;
    int removals = 0;
    if (move.from.durable) {
      target.putLong(at, move.from.number);
      target.putLong(at + 8, move.number);
      at += PublishRecord.REMOVAL_BYTES;
      removals = 1;
      mask |= 1L << shard.index;
      move.from.handedOver.add(move.number);
      move.from.outgoing.finish(move.number);
    }
    if (recorded) {
      at = Fanout.writeRecipient(target, at, member);
      mask |= 1L << member.session.shard;
    }
    PublishRecord.writeHeader(
        target, start, at, 0, shard.nextSequence(), 0, 0, 0, removals, recorded ? 1 : 0);
    int end = view.write(target, at);
    shard.appender.end(end - start, mask, true);
  }
}
