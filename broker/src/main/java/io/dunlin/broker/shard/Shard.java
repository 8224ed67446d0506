package io.dunlin.broker.shard;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.base.TimerWheel;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.store.Keeper;
import io.dunlin.broker.store.MessageView;
import io.dunlin.broker.store.Records;
import io.dunlin.broker.store.SessionRow;
import io.dunlin.mqtt.PublishView;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import io.dunlin.session.Outgoing;
import io.dunlin.storage.Log;
import io.dunlin.transport.Connection;
import io.dunlin.transport.Loop;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One thread and everything it owns: sessions, their connections, timers, outgoing bytes. Nothing
/// in it is locked.
///
/// # A turn
///
/// The loop reads ready connections and runs waiting tasks, among them committed batches and the
/// mailboxes of other shards. Each packet is handled where it lies in the arena; what it causes is
/// gathered in outboxes, in the current log batch and in mailboxes. At the end of the turn all
/// three go out: one send per connection, one batch, one buffer per other shard.
///
/// # Effects that wait for the log
///
/// Records of this shard are numbered 1, 2, 3 …. An answer that must not leave before its record is
/// forced waits in its connection's [PendingAnswers] with that number; when a batch of this shard
/// comes back committed, its records are applied, then all answers up to its last number leave, in
/// order.
@OwnedBy("shard")
@HotPath(benchmark = "mqload std")
public final class Shard implements Loop.TurnListener, Log.CommitListener, Mailboxes.Receiver {
  private static final Logger LOG = LoggerFactory.getLogger(Shard.class);
  private static final int TOPIC_CACHE = 1 << 16;
  private static final int FREE_BUFFERS = 256;
  private static final int MIN_ROOM = 4_096;

  /// Bytes of the longest topic name in the cache; longer ones always miss.
  private static final int MAX_CACHED_NAME = 1_024;

  /// Tasks of the store from which on durable publishers are slowed.
  private static final int MAX_STORE_BACKLOG = 100_000;

  private static final int RECOUNT = 1 << 14;

  final int index;
  final int shards;
  final Loop loop;
  final ByteBuffer arena;
  final Limits limits;
  final Access access;
  final Keeper keeper;
  final Numbers numbers;
  final RetainedMessages retained;
  final Log.Appender appender;
  final TimerWheel timers;

  /// What this shard has counted.
  public final Counters counters = new Counters();

  final BufferPool buffers = new BufferPool(FREE_BUFFERS);
  final TopicCache topics = new TopicCache(TOPIC_CACHE);
  final Mailboxes mailboxes;
  final Sessions sessions;
  final Applier applier;
  final Delivery delivery;
  final Fanout fanout;
  final Acks acks;
  final PublishView publishView = new PublishView();
  final MessageView publishMessage = new MessageView();
  private final SubscriptionBook book;
  private final RetainedSender retainedSender;
  private final GroupHandover handover;
  private final Shard[] peers;
  private final MessageView mailboxMessage = new MessageView();
  private final List<ClientConnection> dirtyConnections = new ArrayList<>();
  private final List<ClientConnection> awaiting = new ArrayList<>();
  private final ArrayDeque<ClientConnection> parked = new ArrayDeque<>();
  private final ArrayDeque<Runnable> deferred = new ArrayDeque<>();
  private final List<ClientConnection> holding = new ArrayList<>();
  private final List<Session> dirtySessions = new ArrayList<>();
  private ByteBuffer scratch = ByteBuffer.allocateDirect(4_096);
  private long committed; // sequence up to which its records are committed
  private long publishes;
  private long nowMillis;
  private boolean replaying = true;
  private boolean ticking;
  private boolean lowOnSpace;
  private boolean runningDeferred;
  private long remembered;

  /// Whether the message being applied may lie in several queues.
  boolean queuedShared;

  /// What shards share.
  public record Shared(
      Limits limits,
      Access access,
      Keeper keeper,
      Numbers numbers,
      RetainedMessages retained,
      SubscriptionBook book) {}

  /// A shard on `loop`; the caller's thread owns it until [#serve].
  public Shard(Loop loop, int shards, Log.Appender appender, Shared shared) {
    this.index = loop.index();
    this.shards = shards;
    this.loop = loop;
    this.arena = loop.arena();
    this.limits = shared.limits;
    this.access = shared.access;
    this.keeper = shared.keeper;
    this.numbers = shared.numbers;
    this.retained = shared.retained;
    this.book = shared.book;
    this.appender = appender;
    this.timers = new TimerWheel(loop.clock().nanos());
    this.mailboxes = new Mailboxes(index, shards, () -> loop.execute(this::roomAppeared));
    this.sessions = new Sessions(this, shared.book);
    this.applier = new Applier(this);
    this.delivery = new Delivery(this);
    this.fanout = new Fanout(this, appender);
    this.acks = new Acks(this);
    this.retainedSender = new RetainedSender(this);
    this.handover = new GroupHandover(this);
    this.peers = new Shard[shards];
    loop.turnListener(this);
  }

  /// Which shard a client identifier belongs to.
  public static int shardOf(String clientId, int shards) {
    return Numbers.slot(clientId) % shards;
  }

  /// Says who gets what is for shard `other`.
  public void connectMailbox(Shard other) {
    peers[other.index] = other;
    mailboxes.connect(other.index, other);
  }

  /// A connection whose CONNECT was accepted has arrived here. On the loop.
  public void open(Connection connection, Hello hello) {
    sessions.open(connection, hello);
  }

  /// The number of sessions with a connection, sessions, subscriptions: see [Counters].
  public int index() {
    return index;
  }

  /// How many bytes of output buffers its connections hold. On the loop.
  public long bufferBytes() {
    return buffers.inUseBytes();
  }

  /// Its sessions, for people. On the loop.
  public List<String> describeSessions() {
    return sessions.all().stream().map(Session::describe).toList();
  }

  // -- recovery -------------------------------------------------------------------------------

  boolean replaying() {
    return replaying;
  }

  /// Whether a session belongs to this shard.
  public boolean owns(long sessionNumber) {
    return Numbers.slotOf(sessionNumber) % shards == index;
  }

  int slot(String clientId) {
    return Numbers.slot(clientId);
  }

  /// Takes a session as the store has it. Before [#serve].
  public void restore(SessionRow row) {
    Session session =
        new Session(
            row.number(),
            row.clientId(),
            row.owner(),
            row.durable(),
            index,
            0,
            row.window(),
            row.expirySeconds(),
            row.queueMessages());
    session.outgoing.restore(row.first(), row.end());
    session.finishedByRecords = row.finished();
    session.appliedPosition = row.position();
    session.closedAtMillis = row.connected() ? 0 : row.closedAtMillis();
    row.incoming().forEach(session.incoming::add);
    Slice will = row.will();
    if (will != null) {
      session.will = new Session.WillMessage(will, row.willDelaySeconds());
    }
    session.willRecorded = will != null || !row.durable(); // else it would have no row
    sessions.install(session);
    for (Records.SubscriptionRow s : row.subscriptions()) {
      StandingSubscription standing = sessions.stand(session, TopicFilter.of(s.filter()), s);
      if (s.retainedPending()) {
        standing.retainedPending = true;
        standing.retainedAfter = s.retainedAfter();
        standing.savedPending = true;
        standing.savedAfter = s.retainedAfter();
        retainedSender.add(standing);
      }
    }
  }

  /// Applies a record that was found in the log. Before [#serve].
  public void replay(ByteBuffer buffer, int from, int to, long position) {
    if (buffer.get(from) == Records.OPEN && !owns(Records.session(buffer, from))) {
      return;
    }
    applier.apply(buffer, from, to, position, 0);
  }

  /// Recovery is over: from now on records come from commits. On the loop.
  public void serve() {
    replaying = false;
    for (Session session : List.copyOf(sessions.all())) {
      session.lostAtRestart = session.closedAtMillis == 0;
      if (session.lostAtRestart) {
        session.closedAtMillis = nowMillis();
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
        sessions.end(session); // its DISCONNECT came, its end was not forced any more
        continue;
      }
      sessions.awaitEnd(session, session.lostAtRestart ? limits.willGraceSeconds() : 0);
    }
    retainedSender.resume();
    tickIfNeeded();
  }

  // -- the turn -------------------------------------------------------------------------------

  /// Milliseconds since 1970, read once per turn.
  long nowMillis() {
    if (nowMillis == 0) {
      nowMillis = loop.clock().epochMillis();
    }
    return nowMillis;
  }

  @Override
  public void onTurnEnd() {
    // Flushing may make room, and more output: what is appended here goes out in this turn, too.
    for (int i = 0; i < dirtyConnections.size(); i++) {
      ClientConnection client = dirtyConnections.get(i);
      try {
        client.flush();
      } catch (RuntimeException e) { // only this connection ends
        failed(client, e);
      }
    }
    dirtyConnections.clear();
    appender.flush();
    mailboxes.flush();
    nowMillis = 0;
    tickIfNeeded();
  }

  void dirty(ClientConnection client) {
    dirtyConnections.add(client);
  }

  private void failed(ClientConnection client, RuntimeException e) {
    LOG.error("connection.failed clientId={} error={}", client.clientId, e.toString(), e);
    client.connection.abort();
  }

  private boolean waitsForRoom() {
    return !parked.isEmpty() || !deferred.isEmpty() || !holding.isEmpty();
  }

  private void tickIfNeeded() {
    if (!ticking && (timers.size() > 0 || waitsForRoom())) {
      ticking = true;
      loop.schedule(TimerWheel.TICK_NANOS, this::tick);
    }
  }

  private void tick() {
    ticking = false;
    if (!lowOnSpace && !holding.isEmpty()) {
      releaseHeld();
    }
    if (!parked.isEmpty() || !deferred.isEmpty()) {
      roomAppeared(); // whatever was missing: look again
    }
    timers.advance(
        loop.nowNanos(),
        (timer, e) -> LOG.error("timer.failed timer={} error={}", timer, e.toString(), e));
  }

  // -- routes ---------------------------------------------------------------------------------

  /// Remembers a valid topic name that is not in the cache.
  Topic intern(Slice name) {
    Topic topic = book.topic(name);
    return name.length() <= MAX_CACHED_NAME ? topics.add(topic) : topic;
  }

  private Topic topic(MessageView message) {
    Topic topic = topics.find(message.topicBuffer(), message.topicFrom(), message.topicTo());
    return topic == null ? intern(message.topic()) : topic;
  }

  /// The route of a topic, made anew if subscriptions that concern it have changed.
  Route route(Topic topic) {
    Route route = topic.route;
    if (route == null || route.version != book.version(topic)) {
      route = book.route(topic, index);
      topic.route = route;
    }
    return route;
  }

  // -- the log --------------------------------------------------------------------------------

  /// Appends a record that is not on the hot path; the caller has asked for room. Returns its
  /// sequence number.
  long append(Records.Decision record, boolean urgent) {
    byte[] bytes = Records.encode(record);
    ByteBuffer target = appender.begin(bytes.length);
    target.put(appender.at(), bytes);
    return appender.end(bytes.length, 1L << index, urgent);
  }

  /// Appends a record that nobody waits for, now or as soon as there is room.
  void appendWhenRoom(Records.Decision record) {
    if (hasRoomInTurn(MIN_ROOM)) {
      append(record, false);
    } else {
      whenRoom(() -> appendWhenRoom(record));
    }
  }

  /// Appends that a message is finished; nobody waits for it.
  void appendFinished(long session, long number, boolean stored) {
    ByteBuffer target = appender.begin(19);
    int at = appender.at();
    target.put(at, Records.FINISHED);
    target.put(at + 1, Records.VERSION);
    target.putLong(at + 2, session);
    target.putLong(at + 10, number);
    target.put(at + 18, (byte) (stored ? 1 : 0));
    appender.end(19, 1L << index, false);
  }

  /// A number for each PUBLISH record of this shard, in order.
  long nextSequence() {
    return ++publishes;
  }

  long committedSequence() {
    return committed;
  }

  /// Whether the store is so far behind that publishers have to wait for it.
  boolean storeIsBehind() {
    return keeper.backlog() > MAX_STORE_BACKLOG;
  }

  /// A connection has answers that wait.
  void awaits(ClientConnection client) {
    if (!client.waiting) {
      client.waiting = true;
      awaiting.add(client);
    }
  }

  @Override
  public void committed(Log.Batch batch) {
    loop.execute(() -> applyBatch(batch));
  }

  private void applyBatch(Log.Batch batch) {
    boolean own = batch.origin() == index;
    try {
      for (int i = 0; i < batch.count(); i++) {
        if ((batch.shardMask(i) & 1L << index) != 0) {
          applyRecord(batch, i, own ? batch.firstSequence() + i : 0);
        }
      }
    } finally {
      if (own) {
        committed = batch.firstSequence() + batch.count() - 1;
      }
      batch.release();
    }
    if (own) {
      answerWaiting();
    }
  }

  private void applyRecord(Log.Batch batch, int i, long sequence) {
    try {
      applier.apply(batch.buffer(), batch.from(i), batch.to(i), batch.position(i), sequence);
    } catch (
        RuntimeException e) { // what one record meets must not keep the others from being applied
      counters.failedRecords++;
      LOG.error("record.failed position={} error={}", batch.position(i), e.toString(), e);
    }
  }

  private void answerWaiting() {
    int kept = 0;
    int size = awaiting.size();
    for (int i = 0; i < size; i++) {
      ClientConnection client = awaiting.get(i);
      try {
        client.pending.carryOut(committed, client::writeAck);
      } catch (RuntimeException e) { // only this connection ends
        failed(client, e);
      }
      if (client.pending.isEmpty()) {
        client.waiting = false;
      } else {
        awaiting.set(kept++, client);
      }
    }
    int added = awaiting.size() - size;
    for (int i = 0; i < added; i++) {
      awaiting.set(kept++, awaiting.get(size + i));
    }
    awaiting.subList(kept, awaiting.size()).clear();
    if (!parked.isEmpty()) {
      roomAppeared();
    }
  }

  @Override
  public void roomAgain() {
    loop.execute(this::roomAppeared);
  }

  /// Room has appeared in the log or a mailbox: what was held back goes on.
  private void roomAppeared() {
    runningDeferred = true;
    for (int left = deferred.size(); left > 0; left--) {
      Runnable action = deferred.pollFirst();
      if (action != null) {
        runDeferred(action);
      }
    }
    runningDeferred = false;
    for (int left = parked.size(); left > 0 && appender.hasRoom(MIN_ROOM); left--) {
      ClientConnection client = parked.pollFirst();
      if (client == null) {
        return;
      }
      if (client.hasPendingRoom()) {
        client.unpark();
      } else {
        parked.addLast(client);
      }
    }
  }

  private static void runDeferred(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) { // only this one ends
      LOG.error("deferred.failed error={}", e.toString(), e);
    }
  }

  /// Whether a record of `bytes` can be appended now without overtaking one that was deferred.
  boolean hasRoomInTurn(int bytes) {
    return (deferred.isEmpty() || runningDeferred) && appender.hasRoom(bytes);
  }

  /// The disk is nearly full, or has space again. On the loop.
  public void lowOnSpace(boolean low) {
    lowOnSpace = low;
    if (!low) {
      releaseHeld();
      roomAppeared();
    }
  }

  /// A connection holds publishes back until there is space.
  void holds(ClientConnection client) {
    holding.add(client);
    tickIfNeeded();
  }

  private void releaseHeld() {
    holding.removeIf(ClientConnection::releaseHeld);
  }

  boolean lowOnSpace() {
    return lowOnSpace;
  }

  void park(ClientConnection client) {
    parked.addLast(client);
  }

  /// Runs an action when there is room in the log again.
  void whenRoom(Runnable action) {
    deferred.addLast(action);
  }

  // -- sessions -------------------------------------------------------------------------------

  /// A record of the session was applied: its row in the store is outdated.
  void applied(Session session, long position) {
    if (position == 0) {
      return;
    }
    session.appliedPosition = position;
    if (!session.dirty) {
      session.dirty = true;
      dirtySessions.add(session);
    }
  }

  /// Finishes a message that was not sent, of any session.
  void finish(Session session, long number) {
    boolean stored = session.outgoing.stored(number);
    session.outgoing.finish(number);
    if (!session.durable) {
      return;
    }
    session.unsavedFinishes++; // as long as a crash would make it count as in flight
    if (appender.hasRoom(MIN_ROOM)) {
      appendFinished(session.number, number, stored);
    } else {
      appendWhenRoom(new Records.Finished(session.number, number, stored));
    }
  }

  /// Whether durable sessions have few messages in memory, by number; one more is to be added.
  /// Counted anew now and then: it need not be exact.
  boolean remembersFew() {
    if (++remembered % RECOUNT == 0) {
      remembered = 0;
      for (Session session : sessions.all()) {
        if (session.durable) {
          remembered += session.outgoing.memoryEnd() - session.outgoing.first();
        }
      }
    }
    return remembered < limits.rememberedMessages();
  }

  /// Leaves a message of a long queue on disk.
  void keepQueued(
      Session session,
      long number,
      int qos,
      boolean retain,
      int[] identifiers,
      @Nullable StandingSubscription shared,
      long position,
      @Nullable Slice message) {
    keeper.submit(
        new Keeper.PutQueued(
            session.number,
            number,
            Applier.row(qos, retain, false, identifiers, shared, position),
            queuedShared,
            message));
  }

  void dropStored(Session session) {
    keeper.submit(new Keeper.DropSession(session.number));
  }

  void sendRetained(Session session, StandingSubscription subscription) {
    if (!session.ended) {
      retainedSender.add(subscription);
    }
  }

  /// Publishes a will; false when there is no room now.
  boolean publishWill(Session session, Session.WillMessage will) {
    MessageView stored = new MessageView();
    ByteBuffer bytes = will.message().asByteBuffer();
    stored.read(bytes, 0);
    Slice name = stored.topic();
    long seconds = stored.expiresAtMillis();
    long expiresAt = seconds < 0 ? MessageView.NEVER : nowMillis() + seconds * 1000;
    if (!access.mayPublish(session.clientId, session.owner, TopicName.of(name))) {
      LOG.warn("will.refused clientId={} topic={}", session.clientId, name.utf8());
      if (session.willRecorded && !session.durable) {
        appendWhenRoom(new Records.Ended(session.number)); // it has only waited for its will
      }
      return true;
    }
    MessageView message = new MessageView();
    message.set(
        stored.qos(),
        stored.retain(),
        expiresAt,
        bytes,
        stored.topicFrom(),
        stored.topicTo(),
        bytes,
        stored.passOnFrom(),
        stored.passOnTo(),
        bytes,
        stored.payloadFrom(),
        stored.payloadTo());
    delivery.begin(message);
    boolean retain =
        stored.retain()
            && limits.retainAvailable()
            && (stored.payloadBytes() == 0 || retained.fits(name, stored.storedBytes()));
    long willOf = session.willRecorded ? session.number : 0;
    return fanout.publish(message, topic(message), session, 0, willOf, retain) != Fanout.NO_ROOM;
  }

  /// Publishes a message of the broker itself; false when there is no room now. On the loop.
  public boolean publish(Slice topicName, Slice payload, boolean keep) {
    MessageView message = new MessageView();
    ByteBuffer topicBytes = topicName.asByteBuffer();
    ByteBuffer bytes = payload.asByteBuffer();
    message.set(
        0,
        keep,
        MessageView.NEVER,
        topicBytes,
        0,
        topicBytes.limit(),
        bytes,
        0,
        0,
        bytes,
        0,
        bytes.limit());
    if (keep) {
      retained.set(topicName, message.toStored(), false);
    }
    delivery.begin(message);
    return fanout.publish(message, topic(message), null, 0, 0, false) != Fanout.NO_ROOM;
  }

  // -- shared subscriptions -------------------------------------------------------------------

  /// Gives the message that the delivery was begun with to one member of a group, here.
  void giveToMember(StandingSubscription member, MessageView message) {
    int qos = Math.min(member.qos(), message.qos());
    int[] identifiers =
        member.identifier == 0 ? Target.NO_IDENTIFIERS : new int[] {member.identifier};
    boolean retain = member.retainAsPublished() && message.retain();
    delivery.give(member.session, qos, retain, identifiers, member, 0);
  }

  /// Moves messages between members of groups.
  GroupHandover handover() {
    return handover;
  }

  /// The shard that a session lives on.
  Shard of(Session session) {
    return peers[session.shard];
  }

  /// Runs an action on the loop of the shard that a session lives on.
  void onShardOf(Session session, Runnable action) {
    peers[session.shard].loop.execute(action);
  }

  // -- mailboxes ------------------------------------------------------------------------------

  @Override
  public void receive(ByteBuffer buffer, int end, Runnable done) {
    loop.execute(() -> {
      try {
        drain(buffer, end);
      } finally {
        done.run();
      }
    });
  }

  private void drain(ByteBuffer buffer, int end) {
    int at = 0;
    while (at < end) {
      int bytes = buffer.getInt(at);
      try {
        drainOne(buffer, at);
      } catch (RuntimeException e) { // one message must not keep the others from being given
        LOG.error("mailbox.failed error={}", e.toString(), e);
      }
      at += bytes;
    }
  }

  private void drainOne(ByteBuffer buffer, int at) {
    long sessionNumber = buffer.getLong(at + 4);
    MessageView message = mailboxMessage;
    message.read(buffer, at + Mailboxes.ENTRY_BYTES);
    delivery.begin(message);
    if (sessionNumber == 0) {
      Route route = route(topic(message));
      for (Target target : message.qos() == 0 ? route.local : route.direct) {
        delivery.give(target, null);
      }
    } else {
      Session session = sessions.byNumber(sessionNumber);
      StandingSubscription member =
          session == null ? null : sessions.subscription(session, buffer.getLong(at + 12));
      if (member != null) {
        giveToMember(member, message);
      }
    }
  }

  // -- checkpoints ----------------------------------------------------------------------------

  /// Gives the keeper a row of every session that has changed, with what waits in it. On the loop.
  public void spill() {
    for (Session session : dirtySessions) {
      session.dirty = false;
      if (session.ended || !session.durable && !session.willRecorded) {
        continue;
      }
      Outgoing<Session.Queued> outgoing = session.outgoing;
      for (long n = outgoing.first(); n < outgoing.memoryEnd(); n++) {
        Outgoing.State state = outgoing.state(n);
        if (state == Outgoing.State.FINISHED || outgoing.stored(n)) {
          continue;
        }
        outgoing.markStored(n);
        Session.Queued queued = outgoing.body(n);
        boolean released = state == Outgoing.State.RELEASED;
        keeper.submit(
            new Keeper.PutQueued(
                session.number,
                n,
                Applier.row(
                    outgoing.qos(n),
                    outgoing.retain(n),
                    released,
                    queued == null ? Target.NO_IDENTIFIERS : queued.identifiers,
                    queued == null ? null : queued.shared,
                    outgoing.position(n)),
                false,
                null));
      }
      keeper.submit(new Keeper.PutSession(row(session)));
    }
    dirtySessions.clear();
  }

  private SessionRow row(Session s) {
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
        s.closedAtMillis == 0,
        s.closedAtMillis,
        s.expirySeconds,
        s.recordedWindow,
        s.queueMessages,
        s.outgoing.first(),
        s.outgoing.end(),
        s.finishedByRecords,
        will == null ? null : will.message(),
        will == null ? 0 : will.delaySeconds(),
        incoming,
        rows);
  }

  /// Ends all connections, telling MQTT 5.0 clients that the server is going down. On the loop.
  public void disconnectAll() {
    for (Session session : List.copyOf(sessions.all())) {
      ClientConnection client = session.connection;
      if (client != null) {
        client.shutDown();
      }
    }
  }

  /// Room for the properties of one message.
  ByteBuffer propertyScratch(int bytes) {
    if (scratch.capacity() < bytes) {
      scratch = ByteBuffer.allocateDirect(bytes * 2);
    }
    return scratch;
  }
}
