package io.dunlin.broker.shard;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.base.TimerWheel;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.spi.Rights;
import io.dunlin.broker.store.Keeper;
import io.dunlin.broker.store.MessageView;
import io.dunlin.broker.store.Records;
import io.dunlin.broker.store.SessionRow;
import io.dunlin.mqtt.PublishView;
import io.dunlin.mqtt.TopicName;
import io.dunlin.storage.Log;
import io.dunlin.transport.Connection;
import io.dunlin.transport.Loop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
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
public final class Shard implements Loop.TurnListener, Log.CommitListener {
  private static final Logger LOG = LoggerFactory.getLogger(Shard.class);
  private static final int TOPIC_CACHE = 1 << 16;
  private static final int GENERATIONS = 2; // of the topic cache
  private static final int FREE_BUFFERS = 256;
  static final int MIN_ROOM = 4_096;

  /// Bytes of the longest topic name in the cache; longer ones always miss, so that the cache is
  /// bounded in bytes, too: each is validated, and its route made, anew.
  private static final int MAX_CACHED_NAME = 1_024;

  /// Tasks of the store from which on durable publishers are slowed.
  private static final int MAX_STORE_BACKLOG = 100_000;

  private static final int RECOUNT = 1 << 14;

  final int index;
  final int shards;
  final Loop loop;
  final ByteBuffer arena;
  Limits limits; // replaced at a reload, as the next
  Access access;
  final Keeper keeper;
  final Numbers numbers;
  final RetainedMessages retained;
  final Admission admission;
  final Log.Appender appender;
  final TimerWheel timers;

  /// What this shard has counted.
  public final Counters counters = new Counters();

  final BufferPool buffers = new BufferPool(FREE_BUFFERS);
  final TopicCache topics;
  private final Routes routes = new Routes(counters);
  final Mailboxes mailboxes;
  final Sessions sessions;
  final Subscriptions subscriptions;
  final Wills wills;
  final Applier applier;
  final QueueMemory queueMemory = new QueueMemory(this);
  final Delivery delivery;
  final Fanout fanout;
  final Acks acks;
  final Tracer tracer;
  final Inspector inspector;

  /// Whether a trace runs here; see [Tracer].
  boolean tracing;

  final PublishView publishView = new PublishView();
  final MessageView publishMessage = new MessageView();
  private final SubscriptionBook book;
  final RetainedSender retainedSender;
  private final Loans loans;
  private final GroupQueues groupQueues;
  private final Recovery recovery;
  private final Commits commits;
  private final Backlog backlog;
  private final Inbox inbox;
  private final Spill spill;
  private final Shard[] peers;
  private final List<ClientConnection> dirtyConnections = new ArrayList<>();
  private ByteBuffer scratch = ByteBuffer.allocateDirect(4_096);
  private long publishes;
  private long nowMillis;
  private long remembered;

  /// What shards share.
  public record Shared(
      Limits limits,
      Access access,
      Keeper keeper,
      Numbers numbers,
      RetainedMessages retained,
      SubscriptionBook book,
      Admission admission) {}

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
    this.admission = shared.admission;
    this.book = shared.book;
    long topicBytes = limits.heap().topicBytes() / shards / GENERATIONS;
    this.topics = new TopicCache(TOPIC_CACHE, topicBytes, shared.book.hashSeed());
    this.appender = appender;
    this.timers = new TimerWheel(loop.clock().nanos());
    this.backlog = new Backlog(this);
    this.mailboxes = new Mailboxes(shards, () -> loop.execute(backlog::roomAppeared));
    this.sessions = new Sessions(this);
    this.subscriptions = new Subscriptions(this, shared.book);
    this.wills = new Wills(this);
    this.applier = new Applier(this);
    this.delivery = new Delivery(this);
    this.fanout = new Fanout(this, appender);
    this.acks = new Acks(this);
    this.tracer = new Tracer(this, shared.book);
    this.inspector = new Inspector(this);
    this.retainedSender = new RetainedSender(this);
    this.loans = new Loans(this);
    this.groupQueues = new GroupQueues(this, shared.book);
    this.recovery = new Recovery(this);
    this.commits = new Commits(this);
    this.inbox = new Inbox(this);
    this.spill = new Spill(this);
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
    mailboxes.connect(other.index, other.inbox);
  }

  /// A connection whose CONNECT was accepted has arrived here. On the loop.
  public void open(Connection connection, Hello hello) {
    sessions.open(connection, hello);
  }

  /// Sets a timer of this shard to fire after `delayNanos`, at most a tenth of a second late. On
  /// the loop.
  public void set(TimerWheel.Timer timer, long delayNanos) {
    timers.set(timer, loop.nowNanos() + delayNanos);
  }

  /// Makes a timer of this shard not fire. On the loop.
  public void cancel(TimerWheel.Timer timer) {
    timers.cancel(timer);
  }

  /// Which of the shards it is, from 0 on.
  public int index() {
    return index;
  }

  /// How many bytes of output buffers its connections hold. On the loop.
  public long bufferBytes() {
    return buffers.inUseBytes();
  }

  /// Memory of the buffers of its mailboxes. Any thread.
  public long mailboxBytes() {
    return mailboxes.bytes();
  }

  /// Whether a topic has more levels than are allowed. On the loop.
  public boolean isTooDeep(TopicName topic) {
    return topic.levels() > limits.topicLevels();
  }

  /// Who answers questions about it. On the loop.
  public Inspector inspector() {
    return inspector;
  }

  /// Its sessions, for people. On the loop.
  public List<String> describeSessions() {
    return sessions.all().stream().map(Session::describe).toList();
  }

  // -- recovery -------------------------------------------------------------------------------

  boolean replaying() {
    return recovery.replaying();
  }

  /// Whether a session belongs to this shard.
  public boolean owns(long sessionNumber) {
    return Numbers.slotOf(sessionNumber) % shards == index;
  }

  int slot(String clientId) {
    return Numbers.slot(clientId);
  }

  /// A replay has given a message an entry in memory.
  void keptInMemory(Session session, long number, long position) {
    recovery.keptInMemory(session, number, position);
  }

  /// Takes a session as the store has it. Before [#serve].
  public void restore(SessionRow row) {
    recovery.restore(row);
  }

  /// Applies a record that was found in the log. Before [#serve].
  public void replay(ByteBuffer buffer, int from, int to, long position) {
    recovery.replay(buffer, from, to, position);
  }

  /// Notes a damaged record that was found in the log. Before [#serve].
  public void replayDamaged(ByteBuffer buffer, int from, int to, long position) {
    recovery.replayDamaged(buffer, from, to, position);
  }

  /// All records are applied, on all shards. Before [#serve] of any.
  public void recovered() {
    recovery.recovered();
    groupQueues.recovered();
  }

  /// Recovery is over: from now on records come from commits. On the loop.
  public void serve() {
    recovery.serve();
    backlog.tickIfNeeded();
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
    backlog.tickIfNeeded();
  }

  void dirty(ClientConnection client) {
    dirtyConnections.add(client);
  }

  /// What a connection met ends only it.
  void failed(ClientConnection client, RuntimeException e) {
    LOG.error("connection.failed clientId={} error={}", client.clientId, e.toString(), e);
    client.connection.abort();
  }

  // -- limits and rights ----------------------------------------------------------------------

  /// Goes on with other limits and rights: whoever may not be connected any more is told and
  /// closed. What was promised in a CONNACK stays until its connection ends. On the loop.
  public void reconfigure(Limits newLimits, Access newAccess) {
    limits = newLimits;
    access = newAccess;
    sessions.checkLogins();
  }

  /// Whether the client of a session may publish to a topic.
  boolean mayPublish(Session session, Topic topic) {
    Rights rights = session.rights(access);
    boolean open = rights.equals(Rights.OPEN) && topic.name.at(0) != '$';
    return open || topic.mayPublish(access, rights);
  }

  /// Whether a message may be given to a session, for what was decided by a route of another time.
  boolean mayReceive(Session session, MessageView message) {
    if (mayGet(session, message)) {
      return true;
    }
    counters.notAuthorized++;
    if (tracing) {
      tracer.withheld(session, message);
    }
    return false;
  }

  /// The same, without counting.
  boolean mayGet(Session session, MessageView message) {
    Rights rights = session.rights(access);
    return rights.receivesEverything() || topic(message).mayReceive(access, rights);
  }

  // -- routes ---------------------------------------------------------------------------------

  /// Remembers a valid topic name that is not in the cache.
  Topic intern(Slice name) {
    Topic topic = book.topic(name);
    return name.length() <= MAX_CACHED_NAME ? topics.add(topic) : topic;
  }

  Topic topic(MessageView message) {
    Topic topic = topics.find(message.topicBuffer(), message.topicFrom(), message.topicTo());
    return topic == null ? intern(message.topic()) : topic;
  }

  /// The route of a topic, made anew if subscriptions that concern it have changed.
  @SuppressWarnings("ReferenceEquality") // another Access takes the place of one that has changed
  Route route(Topic topic) {
    Route route = topic.route;
    if (route == null || route.version != book.version(topic) || route.access != access) {
      route = book.route(topic, index, access);
      routes.keep(topic, route, limits.heap().routeBytes() / shards);
    }
    return route;
  }

  // -- the log --------------------------------------------------------------------------------

  /// Appends a record that is not on the hot path; the caller has asked for room. Returns its
  /// sequence number.
  long append(Records.Decision record, boolean urgent) {
    return append(Records.encode(record), whom(record), urgent);
  }

  private long append(byte[] bytes, long mask, boolean urgent) {
    ByteBuffer target = appender.begin(bytes.length);
    target.put(appender.at(), bytes);
    return appender.end(bytes.length, mask, urgent);
  }

  /// Which shards a record concerns, as bits.
  private long whom(Records.Decision record) {
    return switch (record) {
      case Records.GroupJoined r -> bitOf(r.session());
      case Records.GroupLeft r -> bitOf(r.session());
      case Records.LoanEnded r -> bitOf(r.session()) | (r.member() == 0 ? 0 : bitOf(r.member()));
      default -> 1L << index;
    };
  }

  /// Appends a record that nobody waits for, now or as soon as there is room, behind those that
  /// wait for it already. Only who joins a group goes before them: a publish among them may wait
  /// for the group's queue.
  void appendWhenRoom(Records.Decision record) {
    appendWhenRoom(record, false);
  }

  void appendWhenRoom(Records.Decision record, boolean urgent) {
    byte[] bytes = Records.encode(record);
    int room = Math.max(MIN_ROOM, bytes.length);
    boolean joins = record instanceof Records.GroupJoined;
    if (joins ? appender.hasRoom(room) : hasRoomInTurn(room)) {
      append(bytes, whom(record), urgent);
    } else {
      whenRoom(() -> appendWhenRoom(record, urgent));
    }
  }

  /// Appends that a message is finished; nobody waits for it.
  void appendFinished(long session, long number, boolean stored, int bytes) {
    ByteBuffer target = appender.begin(Records.FINISHED_BYTES);
    int at = appender.at();
    target.put(at, Records.FINISHED);
    target.put(at + 1, Records.WITH_BYTES);
    target.putLong(at + 2, session);
    target.putLong(at + 10, number);
    target.put(at + 18, (byte) (stored ? 1 : 0));
    target.putInt(at + 19, bytes);
    appender.end(Records.FINISHED_BYTES, 1L << index, false);
  }

  /// A number for each PUBLISH record of this shard, in order.
  long nextSequence() {
    return ++publishes;
  }

  long committedSequence() {
    return commits.sequence();
  }

  /// Whether the store is so far behind that publishers have to wait for it: too many tasks wait,
  /// or the log has become too long before a checkpoint let it go. Not while the checkpoint itself
  /// waits for records that were put off: a will among them must not wait for it.
  boolean storeIsBehind() {
    return !spill.waits() && behind();
  }

  private boolean behind() {
    return keeper.backlog() > MAX_STORE_BACKLOG || keeper.logBytes() > limits.logMaxBytes();
  }

  /// A connection has answers that wait.
  void awaits(ClientConnection client) {
    commits.awaits(client);
  }

  @Override
  public void committed(Log.Batch batch) {
    loop.execute(() -> commits.apply(batch));
  }

  @Override
  public void roomAgain() {
    loop.execute(backlog::roomAppeared);
  }

  /// Batches have come back: what was held back may go on.
  void roomMayHaveAppeared() {
    backlog.unparkAll();
  }

  /// Its records up to `sequence` are committed, and were applied.
  void committedUpTo(long sequence) {
    spill.committed(sequence);
  }

  /// Whether records wait for room whose effects may show already.
  boolean defersRecords() {
    return backlog.defers();
  }

  /// Whether a record of `bytes` can be appended now without overtaking one that was deferred.
  boolean hasRoomInTurn(int bytes) {
    return backlog.mayAppend() && appender.hasRoom(bytes);
  }

  /// Runs an action when there is room in the log again.
  void whenRoom(Runnable action) {
    backlog.defer(action);
  }

  /// Runs an action when no records wait for room any more; some do, now.
  void whenNoneDeferred(Runnable action) {
    backlog.afterDeferred(action);
  }

  /// Stops reading a connection until there is room again.
  void park(ClientConnection client) {
    backlog.park(client);
  }

  /// A connection holds publishes back until there is space.
  void holds(ClientConnection client) {
    backlog.hold(client);
  }

  /// The disk is nearly full, or has space again. On the loop.
  public void lowOnSpace(boolean low) {
    backlog.lowOnSpace(low);
  }

  boolean lowOnSpace() {
    return backlog.isLowOnSpace();
  }

  // -- sessions -------------------------------------------------------------------------------

  /// A record of the session was applied: its row in the store is outdated.
  void applied(Session session, long position) {
    if (position == 0) {
      return;
    }
    session.appliedPosition = position;
    spill.changed(session);
  }

  /// Finishes a message that was not sent, of any session.
  void finish(Session session, long number) {
    if (!session.outgoing.isUnfinished(number)) {
      return;
    }
    boolean stored = session.outgoing.stored(number);
    int bytes = session.outgoing.size(number);
    session.outgoing.finish(number);
    if (session.durable) {
      session.awaitedDrop = number;
    } else {
      queueMemory.releaseHeld(session, bytes);
    }
    if (loans.repaid(session, number, stored) || !session.durable) {
      return;
    }
    if (appender.hasRoom(MIN_ROOM)) {
      appendFinished(session.number, number, stored, bytes);
    } else {
      appendWhenRoom(new Records.Finished(session.number, number, stored, bytes));
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

  /// Reads messages of a queue back, those from `from` to before `to`, or only the first of them.
  ///
  /// @param positions where the records of the first of them lie; see [Keeper.Fetch]
  /// @param atOnce only what is before [Session#readableEnd]; else when the store has come so far
  /// @param done run on the loop
  void readBack(
      Session session,
      long from,
      long to,
      List<Long> positions,
      int maxMessages,
      long maxBytes,
      boolean atOnce,
      Consumer<Keeper.FetchResult> done) {
    Keeper.Fetch fetch =
        new Keeper.Fetch(
            session.number,
            from,
            atOnce ? Math.min(to, session.readableEnd()) : to,
            positions,
            maxMessages,
            maxBytes,
            result -> loop.execute(() -> done.accept(result)));
    if (atOnce) {
      keeper.fetchAhead(fetch);
    } else {
      keeper.submit(fetch);
    }
  }

  /// Nothing of a session is to be left in the store. Most have never been there.
  void dropStored(Session session) {
    if (session.inStore) {
      session.inStore = false;
      keeper.submit(new Keeper.DropSession(session.number));
    }
  }

  void sendRetained(Session session, StandingSubscription subscription) {
    if (!session.ended) {
      retainedSender.add(subscription);
    }
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
      retained.set(topicName, payload.isEmpty() ? null : message.toStored(), false);
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

  /// What members here have of groups' queues.
  Loans loans() {
    return loans;
  }

  /// The queues of groups that lie here.
  GroupQueues groupQueues() {
    return groupQueues;
  }

  /// A group has a queue now: publishers on all shards may have waited for it.
  void wakePublishers() {
    for (Shard peer : peers) {
      peer.loop.execute(peer::roomMayHaveAppeared);
    }
  }

  /// The shard that the session of a number lives on.
  Shard ofNumber(long session) {
    return peers[Numbers.slotOf(session) % shards];
  }

  /// That shard, as a bit of a record's mask.
  long bitOf(long session) {
    return 1L << Numbers.slotOf(session) % shards;
  }

  /// Runs an action on the loop of the shard that the session of a number lives on.
  void onShardOf(long session, Consumer<Shard> action) {
    Shard owner = ofNumber(session);
    owner.loop.execute(() -> action.accept(owner));
  }

  /// Persistent sessions on all shards, of others as of a moment ago.
  long persistentSessions() {
    long all = 0;
    for (Shard peer : peers) {
      all += peer.counters.persistentSessions;
    }
    return all;
  }

  /// The shard that a session lives on.
  Shard of(Session session) {
    return peers[session.shard];
  }

  /// Runs an action on the loop of the shard that a session lives on.
  void onShardOf(Session session, Runnable action) {
    peers[session.shard].loop.execute(action);
  }

  // -- checkpoints ----------------------------------------------------------------------------

  /// Gives the keeper a row of every session that has changed, a bounded number each turn; then
  /// runs `done`. On the loop; one at a time.
  public void spill(Runnable done, Consumer<Throwable> failed) {
    spill.begin(done, failed);
  }

  /// Makes the rows of all sessions outdated: the store may have lost some. On the loop.
  public void changeAll() {
    for (Session session : sessions.all()) {
      session.rowsMayBeLost = session.durable;
      spill.changed(session);
    }
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
