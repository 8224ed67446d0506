package io.dunlin.broker.shard;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.broker.store.Keeper;
import io.dunlin.broker.store.MessageView;
import io.dunlin.broker.store.QueueRow;
import io.dunlin.broker.store.Records;
import io.dunlin.session.Outgoing;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Gives messages to the sessions of one shard: sends, queues or drops, and sends what waits as
/// room appears. The message is set once ([#begin]), then given to each session.
@OwnedBy("shard")
@HotPath(benchmark = "mqload fanout0, p2p1")
final class Delivery {
  private static final int FETCH_MESSAGES = 256;
  private static final long FETCH_BYTES = 512 * 1024;

  static final String QUEUE_FULL = "dropped: its queue is full";
  private static final String MEMORY_FULL = "dropped: too much waits in memory for all clients";
  private static final String SENT = "sent";
  private static final String QUEUED = "queued: its window is full, or its socket";
  private static final String TOO_LARGE = "dropped: larger than the client takes";

  private final Shard shard;
  private final Wire wire = new Wire();
  private final MessageView waiting = new MessageView();
  private final Wire waitingWire = new Wire();
  private MessageView message = new MessageView();
  private boolean inSeveralQueues; // the message may be
  private @Nullable Slice copy; // of the message, made once for all queues that need it

  Delivery(Shard shard) {
    this.shard = shard;
  }

  /// Sets the message that the following calls are about.
  Wire begin(MessageView newMessage) {
    return begin(newMessage, false);
  }

  /// The same, for one that may be put into the queues of several durable sessions.
  Wire begin(MessageView newMessage, boolean several) {
    message = newMessage;
    inSeveralQueues = several;
    copy = null;
    wire.begin(newMessage, newMessage.expiresAtMillis() < 0 ? 0 : shard.nowMillis());
    return wire;
  }

  /// Gives the message to a session by a target, as one that was published just now.
  void give(Target target, @Nullable Session publisher) {
    Target effective = target;
    if (target.someNoLocal && target.session == publisher) {
      effective = target.forOwnMessage();
      if (effective == null) {
        return;
      }
    }
    boolean retain = effective.retainAsPublished && message.retain();
    int qos = Math.min(message.qos(), effective.qos);
    give(effective.session, qos, retain, effective.identifiers, null, 0);
  }

  /// Gives the message to a session.
  ///
  /// @param shared the subscription of a group that it came by, or null
  /// @param position where its record is, for a durable session at QoS 1 or 2; else 0
  void give(
      Session session,
      int qos,
      boolean retain,
      int[] identifiers,
      @Nullable StandingSubscription shared,
      long position) {
    if (qos == 0) {
      giveOnce(session, retain, identifiers);
    } else if (position != 0) {
      giveRecorded(session, qos, retain, identifiers, shared, position);
    } else {
      giveTransient(session, qos, retain, identifiers, shared);
    }
  }

  /// QoS 0: now or never.
  private void giveOnce(Session session, boolean retain, int[] identifiers) {
    ClientConnection connection = session.connection;
    if (connection == null) {
      note(session, message, 0, 0, "not sent: its client is away, and QoS 0 is not queued");
      return;
    }
    if (connection.congested()) {
      shard.counters.droppedSlow++;
      note(session, message, 0, 0, "dropped: its connection takes no more");
      return;
    }
    boolean sent = send(connection, wire, message, 0, retain, false, 0, identifiers);
    note(session, message, 0, 0, sent ? SENT : TOO_LARGE);
  }

  /// Tells traces what became of a message.
  private void note(Session session, MessageView of, int qos, int id, String decision) {
    if (shard.tracing) {
      shard.tracer.given(session, of, qos, id, decision);
    }
  }

  private void giveTransient(
      Session session,
      int qos,
      boolean retain,
      int[] identifiers,
      @Nullable StandingSubscription shared) {
    Outgoing<Session.Queued> outgoing = session.outgoing;
    ClientConnection connection = session.connection;
    if (connection == null) {
      return;
    }
    if (outgoing.canSendNow() && !connection.congested()) {
      int bytes = message.storedBytes();
      Session.Queued kept = null;
      int held = 0;
      if (shared != null && shard.queueMemory.hasRoom(bytes)) { // else none gets it after this one
        kept = new Session.Queued(copy(), identifiers, shared);
        held = shard.queueMemory.hold(session, bytes);
      }
      long number = outgoing.add(qos, retain, 0, held, kept);
      int id = outgoing.offer();
      boolean sent = send(connection, wire, message, qos, retain, false, id, identifiers);
      note(session, message, qos, id, sent ? SENT : TOO_LARGE);
      if (!sent) {
        shard.finish(session, number);
      }
      return;
    }
    if (session.unfinished() >= session.queueMessages
        || session.queuedBytes + message.storedBytes() > shard.limits.queueBytes()) {
      queueIsFull(session, qos, shared);
      return;
    }
    if (!shard.queueMemory.hasRoom(message.storedBytes())) {
      shard.counters.droppedMemoryFull++;
      note(session, message, qos, 0, MEMORY_FULL);
      return;
    }
    note(session, message, qos, 0, QUEUED);
    Slice bytes = copy();
    session.queuedBytes += bytes.length();
    int held = shard.queueMemory.hold(session, bytes.length());
    int heldUntilFinished = shared == null ? 0 : held;
    outgoing.add(qos, retain, 0, heldUntilFinished, new Session.Queued(bytes, identifiers, shared));
    hasRoom(session, session.unfinished() < outgoing.window());
    pump(session); // the window may be open, and the outbox full or an identifier held
  }

  /// The queue takes no more. What came by a group goes to another member whose queue does, if
  /// there is one: whoever has passed a message on is not chosen before those.
  private void queueIsFull(Session session, int qos, @Nullable StandingSubscription shared) {
    boolean since = session.queueFull;
    SharedGroup group = shared == null ? null : shared.group;
    session.queueFull = true;
    if (group == null || since) {
      shard.counters.droppedQueueFull++;
      note(session, message, qos, 0, QUEUE_FULL);
      return;
    }
    Slice kept = copy();
    shard.loop.execute(() -> shard.loans().passOn(group, kept)); // others wait in this turn
  }

  /// Notes whether another message could be sent, for the groups that the session is in.
  private void hasRoom(Session session, boolean room) {
    if (session.hasRoom != room) {
      session.hasRoom = room;
      if (room) {
        shard.loans().memberHasRoom(session);
      }
    }
  }

  private void giveRecorded(
      Session session,
      int qos,
      boolean retain,
      int[] identifiers,
      @Nullable StandingSubscription shared,
      long position) {
    Outgoing<Session.Queued> outgoing = session.outgoing;
    ClientConnection connection = session.connection;
    boolean inMemory =
        outgoing.memoryEnd() == outgoing.end()
            && outgoing.backlog() < session.memoryWindow(shard.remembersFew());
    Session.Queued note =
        identifiers.length == 0 && shared == null
            ? null
            : new Session.Queued(null, identifiers, shared);
    if (!inMemory) {
      note(session, message, qos, 0, "queued on the disk: many wait before it");
      long number = outgoing.addUnloaded();
      int bytes = message.storedBytes();
      QueueRow row = Applier.row(qos, retain, false, bytes, identifiers, shared, position);
      session.inStore = true;
      shard.keeper.submit(
          new Keeper.PutQueued(
              session.number, number, row, inSeveralQueues, false, session.kept(number)));
      if (connection != null) {
        pump(session); // the window may be open although an old message holds up the rest
      }
      return;
    }
    boolean now =
        connection != null
            && connection.ready()
            && outgoing.canSendNow()
            && !mustWait(session, qos)
            && !message.expired(message.expiresAtMillis() < 0 ? 0 : shard.nowMillis())
            && !connection.congested();
    long number = outgoing.add(qos, retain, position, message.storedBytes(), note);
    if (shard.replaying()) {
      shard.keptInMemory(session, number, position);
    }
    if (now && !shard.mayReceive(session, message)) { // not when it was routed: by now
      shard.finish(session, number);
      return;
    }
    if (now && connection != null) {
      int id = outgoing.offer();
      boolean sent = send(connection, wire, message, qos, retain, false, id, identifiers);
      note(session, message, qos, id, sent ? SENT : TOO_LARGE);
      if (!sent) {
        shard.finish(session, number);
      }
      return;
    }
    note(session, message, qos, 0, connection == null ? "queued: its client is away" : QUEUED);
    if (connection != null) {
      pump(session);
    }
  }

  /// A message is finished: sends what waits, if anything does. A group may wait, too: what was
  /// behind the message may have been finished before, and gone to another member.
  void goOn(Session session) {
    Outgoing<Session.Queued> outgoing = session.outgoing;
    if (outgoing.sendNext() < outgoing.end() || session.retainedWaits || !session.hasRoom) {
      pump(session);
    }
  }

  /// Sends what waits, as far as the window and the outbox allow.
  void pump(Session session) {
    if (session.retainedWaits) {
      shard.retainedSender.goOn(session);
    }
    ClientConnection connection = session.connection;
    Outgoing<Session.Queued> outgoing = session.outgoing;
    if (connection == null || !connection.ready() || session.fetching) {
      return;
    }
    if (session.queueFull && session.unfinished() < session.queueMessages) {
      session.queueFull = false;
    }
    while (outgoing.sendNext() < outgoing.end() && outgoing.windowOpen()) {
      long number = outgoing.sendNext();
      if (connection.congested()) {
        connection.wantsPump = true;
        break;
      }
      if (number >= outgoing.memoryEnd()) {
        fetch(session);
        return;
      }
      switch (outgoing.state(number)) {
        case FINISHED -> outgoing.skip();
        case RELEASED -> connection.sendPubRel(outgoing.offer());
        case WAITING, SENT -> {
          if (!sendWaiting(session, connection, number)) {
            return;
          }
        }
      }
    }
    hasRoom(session, outgoing.sendNext() == outgoing.end());
  }

  /// Sends message `number`, the next one; false when it has to wait.
  private boolean sendWaiting(Session session, ClientConnection connection, long number) {
    Outgoing<Session.Queued> outgoing = session.outgoing;
    int qos = outgoing.qos(number);
    boolean again = outgoing.state(number) == Outgoing.State.SENT;
    if (number == session.renaming) {
      return false;
    }
    if (!again && maySeemUnsent(session, qos)) {
      return waitForFinishes();
    }
    boolean behindDropped = session.awaitedDrop != Session.NONE;
    if (behindDropped && (shard.defersRecords() || !shard.appender.hasRoom(Shard.MIN_ROOM))) {
      return false; // it may have to be dropped, too, and that record must not overtake
    }
    Session.Queued queued = outgoing.body(number);
    Slice bytes = queued == null ? null : queued.message;
    if (bytes == null) {
      fetch(session);
      return false;
    }
    waiting.read(bytes);
    if (mustDrop(session, qos, again)) {
      forget(session, queued);
      shard.finish(session, number);
      return true;
    }
    if (!again && behindDropped) {
      return waitForFinishes();
    }
    if (!outgoing.idIsFree() && !rename(session, number)) {
      return false;
    }
    boolean retain = outgoing.retain(number);
    int[] identifiers = queued == null ? Target.NO_IDENTIFIERS : queued.identifiers;
    int id = outgoing.offer();
    forget(session, queued);
    boolean done = identifiers.length == 0 || !session.durable; // that one sends nothing again
    if (queued != null && queued.shared == null && done) {
      outgoing.body(number, null);
    } else if (queued != null && session.durable) {
      outgoing.body(number, queued.with(null));
    }
    waitingWire.begin(waiting, shard.nowMillis());
    boolean sent = send(connection, waitingWire, waiting, qos, retain, again, id, identifiers);
    note(
        session, waiting, qos, id, sent ? again ? "sent again" : "sent from the queue" : TOO_LARGE);
    if (!sent) {
      shard.finish(session, number);
    }
    return true;
  }

  /// The identifier of the next message is held by an older one: gives it another (D9). False while
  /// that is not certain.
  private boolean rename(Session session, long number) {
    Outgoing<Session.Queued> outgoing = session.outgoing;
    int id = session.renaming == Session.NONE ? outgoing.freeId() : 0;
    if (id == 0) {
      return false; // all are held: until a commit frees one, and asks again
    }
    if (!session.durable) {
      outgoing.rename(number, id);
      return true;
    }
    session.renaming = number;
    if (shard.hasRoomInTurn(Shard.MIN_ROOM)) {
      shard.append(new Records.Renamed(session.number, number, id), true);
    } else {
      shard.whenRoom(() -> {
        session.renaming = Session.NONE;
        pump(session);
      });
    }
    return false;
  }

  /// A message waits no longer in memory. That of a group is kept until it is finished.
  private void forget(Session session, Session.@Nullable Queued queued) {
    if (queued != null && queued.message != null && !session.durable) {
      session.queuedBytes -= queued.message.length();
      if (queued.shared == null) {
        shard.queueMemory.release(session, queued.message.length());
      }
    }
  }

  /// Whether the message that waits may not be sent any more, though it was queued.
  private boolean mustDrop(Session session, int qos, boolean again) {
    if (!again && waiting.expired(shard.nowMillis())) { // [MQTT-3.3.2-5]
      shard.counters.droppedExpired++;
      note(session, waiting, qos, 0, "dropped: it expired in the queue");
      return true;
    }
    return !shard.mayReceive(session, waiting); // its rights have changed since it was queued
  }

  /// None overtakes one that was dropped: after a crash that would not have happened, and the
  /// dropped message would be sent behind it. Another drop may follow at once.
  private static boolean mustWait(Session session, int qos) {
    return session.awaitedDrop != Session.NONE || maySeemUnsent(session, qos);
  }

  /// A QoS 2 message must not be sent while so many finishes are unsaved that a crash could count
  /// it as not sent (D9).
  private static boolean maySeemUnsent(Session session, int qos) {
    return qos == 2
        && session.durable
        && session.outgoing.inFlight() + session.outgoing.unsaved() >= session.outgoing.window();
  }

  /// The next message waits until what has been finished is committed: somebody waits for those
  /// records now.
  private boolean waitForFinishes() {
    shard.appender.urge();
    return false;
  }

  private Slice copy() {
    Slice bytes = copy;
    if (bytes == null) {
      bytes = message.toStored();
      copy = bytes;
    }
    return bytes;
  }

  // -- reading back ---------------------------------------------------------------------------

  private void fetch(Session session) {
    Outgoing<Session.Queued> outgoing = session.outgoing;
    long from = outgoing.sendNext();
    boolean atOnce = from < session.readableEnd();
    if (!atOnce && session.awaitsRows) {
      return;
    }
    boolean alone = from < outgoing.first(); // a straggler
    List<Long> positions =
        alone ? List.of(outgoing.position(from)) : positions(outgoing, from, FETCH_MESSAGES);
    long behind = from + positions.size();
    long to = alone || behind < outgoing.memoryEnd() ? behind : outgoing.end();
    session.fetching |= atOnce;
    session.awaitsRows |= !atOnce;
    ClientConnection connection = session.connection;
    shard.readBack(
        session,
        from,
        to,
        positions,
        FETCH_MESSAGES,
        FETCH_BYTES,
        atOnce,
        result -> {
          session.fetching &= !atOnce;
          session.awaitsRows &= atOnce;
          fetched(session, connection, result);
        });
  }

  /// Where the messages from `from` on lie, as far as they are known here.
  static List<Long> positions(Outgoing<Session.Queued> outgoing, long from, int most) {
    List<Long> positions = new ArrayList<>();
    for (long n = from; n < outgoing.memoryEnd() && positions.size() < most; n++) {
      boolean needed =
          switch (outgoing.state(n)) {
            case WAITING, SENT -> true;
            case RELEASED, FINISHED -> false;
          };
      positions.add(needed ? outgoing.position(n) : Keeper.NOT_NEEDED);
    }
    return positions;
  }

  private void fetched(
      Session session, @Nullable ClientConnection connection, Keeper.FetchResult result) {
    if (session.ended) {
      return;
    }
    if (connection == null || session.connection != connection) {
      pump(session); // a new connection begins anew: what it needs is asked for again
      return;
    }
    Outgoing<Session.Queued> outgoing = session.outgoing;
    for (Keeper.Fetched f : result.messages()) {
      passOver(session, f.number());
      boolean known = f.number() < outgoing.memoryEnd(); // or done with
      if (known && !needed(outgoing, f.number())) {
        continue; // nothing is kept of it, so nothing was found
      }
      if (f.lost()) {
        shard.counters.lost++;
        session.lost++;
        if (!known) {
          loadRow(session, f);
        }
        shard.finish(session, f.number());
      } else if (!known) {
        loadRow(session, f);
      } else {
        Session.Queued queued = outgoing.body(f.number());
        outgoing.body(
            f.number(),
            queued == null
                ? new Session.Queued(f.message(), Target.NO_IDENTIFIERS, null)
                : queued.with(f.message()));
      }
    }
    passOver(session, result.to());
    pump(session);
    dropUnsent(session);
  }

  /// Numbers below `end` that no row was found for: they were finished before.
  private void passOver(Session session, long end) {
    Outgoing<Session.Queued> outgoing = session.outgoing;
    long from = outgoing.memoryEnd();
    if (from < end) {
      shard.loans().passedOver(session, from, end);
      outgoing.passOver(end);
      session.handedOver.removeIf(number -> number < end);
    }
  }

  /// Whether the bytes of a message that has an entry are needed: it will be sent, or sent again.
  private static boolean needed(Outgoing<Session.Queued> outgoing, long number) {
    return outgoing.isUnfinished(number) && outgoing.state(number) != Outgoing.State.RELEASED;
  }

  private void loadRow(Session session, Keeper.Fetched fetched) {
    var row = fetched.row();
    if (row == null) {
      throw new IllegalStateException("no row for message " + fetched.number() + " of " + session);
    }
    Outgoing.State state = Outgoing.State.WAITING;
    if (session.handedOver.remove(fetched.number())) {
      state = Outgoing.State.FINISHED;
    } else if (row.released()) {
      state = Outgoing.State.RELEASED;
    } else if (session.maybeSentLeft > 0 && fetched.number() < session.maybeSentEnd) {
      session.maybeSentLeft--;
      state = Outgoing.State.SENT;
    }
    int[] identifiers = row.identifiers().stream().mapToInt(Integer::intValue).toArray();
    StandingSubscription shared = shard.subscriptions.of(session, row.group());
    session.outgoing.load(
        row.qos(),
        row.retain(),
        row.position(),
        row.bytes(),
        new Session.Queued(fetched.message(), identifiers, shared),
        state,
        true);
  }

  /// Messages that were read back and could not be sent at once are not kept in memory, but for a
  /// few.
  private void dropUnsent(Session session) {
    Outgoing<Session.Queued> outgoing = session.outgoing;
    long from = Math.max(outgoing.first(), outgoing.sendNext() + Session.SLEEPING_WINDOW);
    for (long n = from; n < outgoing.memoryEnd(); n++) {
      Session.Queued queued = outgoing.body(n);
      if (queued != null && queued.message != null) {
        outgoing.body(n, queued.with(null));
      }
    }
  }

  // -- bytes ----------------------------------------------------------------------------------

  /// Puts the message into an outbox; false when it is larger than the client takes [MQTT-3.1.2-24]
  /// [MQTT-3.1.2-25].
  private boolean send(
      ClientConnection connection,
      Wire from,
      MessageView view,
      int qos,
      boolean retain,
      boolean dup,
      int id,
      int[] identifiers) {
    int flags = (dup ? 8 : 0) | qos << 1 | (retain ? 1 : 0);
    if (identifiers.length > 0 && connection.v5() || connection.ownTopics) {
      return sendOwn(connection, from, view, flags, id, identifiers);
    }
    return sendAlike(connection, from, flags, id);
  }

  /// The same bytes as to others, but for the first and the packet identifier.
  @SuppressWarnings("ReferenceEquality") // is it the very buffer of this turn?
  private boolean sendAlike(ClientConnection connection, Wire from, int flags, int id) {
    int qos = flags >> 1 & 3;
    int form = Wire.form(connection.version, qos > 0);
    from.build(form);
    int bytes = from.length(form);
    if (bytes > connection.maximumPacketSize) {
      shard.counters.droppedTooLarge++;
      return false;
    }
    ByteBuffer source = from.buffer(form);
    int start = from.from(form);
    Outbox outbox = connection.outbox;
    byte first = (byte) (0x30 | flags);
    if (qos == 0 && source == shard.arena && source.get(start) == first) {
      outbox.appendArena(source, start, start + bytes);
    } else {
      ByteBuffer target = outbox.reserve(bytes);
      int at = outbox.at();
      target.put(at, source, start, bytes);
      target.put(at, first);
      if (qos > 0) {
        target.putShort(at + from.idOffset(form), (short) id);
      }
      outbox.commit(bytes);
    }
    count(qos, bytes);
    connection.touched();
    return true;
  }

  private void count(int qos, int bytes) {
    Counters counters = shard.counters;
    counters.sent[qos]++;
    counters.sentBytes[qos] += bytes;
    counters.packetsSent++;
  }

  private boolean sendOwn(
      ClientConnection connection,
      Wire from,
      MessageView view,
      int flags,
      int id,
      int[] identifiers) {
    Mount mount = connection.hello.mount();
    if (!mount.isNone()) {
      Wire cut = from.under(mount);
      boolean alike = !(identifiers.length > 0 && connection.v5() || connection.usesAliases());
      return alike
          ? sendAlike(connection, cut, flags, id)
          : sendApart(connection, cut, cut.message(), flags, id, identifiers);
    }
    return sendApart(connection, from, view, flags, id, identifiers);
  }

  private boolean sendApart(
      ClientConnection connection,
      Wire from,
      MessageView view,
      int flags,
      int id,
      int[] identifiers) {
    int alias = connection.usesAliases() ? connection.aliasFor(view) : 0;
    int bytes = from.size(connection.version, id, alias, identifiers);
    if (bytes > connection.maximumPacketSize && alias != 0) {
      connection.aliasNotSent(alias); // it may fit without
      alias = 0;
      bytes = from.size(connection.version, id, alias, identifiers);
    }
    if (bytes > connection.maximumPacketSize) {
      shard.counters.droppedTooLarge++;
      return false;
    }
    Outbox outbox = connection.outbox;
    ByteBuffer target = outbox.reserve(bytes);
    int at = outbox.at();
    int end = from.write(target, at, connection.version, flags, id, alias, identifiers);
    assert end - at == bytes : end - at + " " + bytes;
    outbox.commit(end - at);
    count(flags >> 1 & 3, bytes);
    connection.touched();
    return true;
  }
}
