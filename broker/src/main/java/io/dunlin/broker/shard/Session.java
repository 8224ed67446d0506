package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import io.dunlin.base.TimerWheel;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.spi.Rights;
import io.dunlin.session.Outgoing;
import io.dunlin.session.PacketIdSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// What the broker holds for a client identifier (MQTT 5.0 §4.1): subscriptions, what is on its way
/// to the client and back, the will. Lives on the shard that its client identifier hashes to.
///
/// A *durable* session outlives its connection. It is fed from the log after the commit, in log
/// order, and everything it holds can be rebuilt from records. A *transient* one ends with its
/// connection and is served at once.
@OwnedBy("shard")
final class Session {
  /// How many messages of a durable session are known in memory while it is away.
  static final int SLEEPING_WINDOW = 32;

  /// The same while the shard has room for more: a short absence then costs no row in the store.
  static final int ROOMY_WINDOW = 16_384;

  /// The number of no message.
  static final long NONE = -1;

  static final long FOREVER_SECONDS = 0xFFFF_FFFFL;

  /// A message that waits in memory, in stored form (null: it has to be fetched), or one in flight
  /// that needs more than its number: its Subscription Identifiers, the subscription of a group
  /// that it came by. Immutable.
  static final class Queued {
    final @Nullable Slice message;
    final int[] identifiers;
    final @Nullable StandingSubscription shared;

    Queued(@Nullable Slice message, int[] identifiers, @Nullable StandingSubscription shared) {
      this.message = message;
      this.identifiers = identifiers;
      this.shared = shared;
    }

    Queued with(@Nullable Slice newMessage) {
      return new Queued(newMessage, identifiers, shared);
    }
  }

  // fixed; any thread may read
  final long number;
  final String clientId;
  final String owner;
  final Mount mount;
  final boolean durable;
  final int shard;

  // written by the shard, read by others that choose a member of a group
  volatile boolean online;
  volatile boolean hasRoom = true;
  volatile boolean queueFull; // at the last message that came; for one without records
  volatile int window; // how many it takes unacknowledged, on its present connection

  // what its client may do, by the rules of one Access; any thread, each sees both or none
  private volatile Granted granted;

  // lives as long as the session
  final Map<Slice, StandingSubscription> subscriptions = new HashMap<>(2);
  final Outgoing<Queued> outgoing;
  final PacketIdSet incoming = new PacketIdSet();
  final PacketIdSet unsavedIncoming = new PacketIdSet(); // of incoming, those not yet committed
  long expirySeconds;
  long queueMessages;
  long queuedBytes; // of messages that wait in memory
  long heldBytes; // of the shard's QueueMemory
  int recordedWindow; // how many may have been sent before a crash

  // of durable sessions: what records have made of it
  long appliedPosition;
  long finishedByRecords;
  long queueBytes;
  long recordedBytes; // of what is queued
  boolean dirty;

  /// The store may have rows of it: when it ends, they are removed.
  boolean inStore;

  /// Ranks of retained values that came live while copies of older ones may be on their way to new
  /// subscriptions; null: none are. As records tell.
  @Nullable Map<Slice, Long> newerRetained;

  final Set<Slice> subscribing = new HashSet<>(0); // filters on the way to the log
  int maybeSentLeft;
  long maybeSentEnd; // what was queued later was not sent before the restart

  // shared subscriptions
  private @Nullable Map<Long, Loan> loans; // by the number in this session's queue
  @Nullable GroupQueue groupQueue; // whose queue this is, if it is not the session of a client

  // the will, and what waits for it or for the end
  @Nullable WillMessage will;
  boolean willRecorded;
  long closedAtMillis;
  @Nullable Expiry expiry;
  @Nullable WillTimer willTimer;

  // lives as long as the connection
  @Nullable ClientConnection connection;

  boolean fetching; // messages are read back
  boolean awaitsRows; // the same, when the store has come so far
  private @Nullable AtomicLong kept; // behind the last row of its long queue that can be read

  /// Records and messages that it has lost by damage of the disk, since the start.
  long lost;

  /// The store has perhaps lost rows of its queue: a checkpoint writes them again.
  boolean rowsMayBeLost;

  int copiesOnTheWay; // of retained messages, to the log and back
  boolean retainedWaits; // retained messages wait for room in the outbox or the queue
  final Set<Long> handedOver = new HashSet<>(0); // given back to groups' queues, while only on disk
  long awaitedDrop = NONE; // the last message that was dropped, as long as that is not committed
  long renaming = NONE; // the message that waits for another packet identifier
  long incomingSequence; // of the last record that remembers an incoming QoS 2 message
  @Nullable Map<Long, StandingSubscription> byNumber; // made when there are many
  boolean inGroups; // whether it has had a shared subscription
  boolean lostAtRestart; // its connection ended with the broker's process
  int place; // in the list of all
  boolean ended;
  boolean ending; // its end is on the way to the log

  /// Rights, and by whose rules. Immutable.
  private record Granted(Access access, Rights rights) {
    static final Granted OPEN = new Granted(Access.OPEN, Rights.OPEN);
  }

  /// @param message in stored form
  record WillMessage(Slice message, long delaySeconds) {}

  /// Ends the session when its expiry interval has passed.
  static final class Expiry extends TimerWheel.Timer {
    private final Runnable action;

    Expiry(Runnable action) {
      this.action = action;
    }

    @Override
    protected void fire(long nowNanos) {
      action.run();
    }
  }

  /// Publishes the will when its delay has passed.
  static final class WillTimer extends TimerWheel.Timer {
    private final Runnable action;

    WillTimer(Runnable action) {
      this.action = action;
    }

    @Override
    protected void fire(long nowNanos) {
      action.run();
    }
  }

  Session(
      long number,
      String clientId,
      String owner,
      Mount mount,
      boolean durable,
      int shard,
      long firstMessage,
      int window,
      long expirySeconds,
      long queueMessages,
      long queueBytes,
      int packetIds) {
    this.number = number;
    this.clientId = clientId;
    this.owner = owner;
    this.mount = mount;
    this.granted =
        mount.isNone() ? Granted.OPEN : new Granted(Access.OPEN, mount.under(Rights.OPEN));
    this.durable = durable;
    this.shard = shard;
    this.outgoing = new Outgoing<>(firstMessage, window, packetIds, durable);
    this.recordedWindow = window;
    this.window = window;
    this.expirySeconds = expirySeconds;
    this.queueMessages = queueMessages;
    this.queueBytes = queueBytes;
  }

  boolean hasLoans() {
    return loans != null && !loans.isEmpty();
  }

  /// What it has of groups' queues, to be looked at.
  Map<Long, Loan> loansByNumber() {
    return loans == null ? Map.of() : loans;
  }

  /// What it has of groups' queues, to be changed.
  Map<Long, Loan> loans() {
    Map<Long, Loan> map = loans;
    if (map == null) {
      map = new HashMap<>();
      loans = map;
    }
    return map;
  }

  void clearLoans() {
    loans = null;
  }

  /// What its client may do by the rules of `access`. Any thread.
  @SuppressWarnings("ReferenceEquality") // another Access takes the place of one that has changed
  Rights rights(Access access) {
    Granted now = granted;
    if (now.access != access) {
      now = new Granted(access, mount.under(access.rights(clientId, owner)));
      granted = now;
    }
    return now.rights;
  }

  /// Messages in the queue of a durable session, as records tell.
  long recordedBacklog() {
    return outgoing.end() - finishedByRecords;
  }

  /// What the keeper tells how far the rows of this queue are written, of which `number` is the
  /// next.
  AtomicLong kept(long number) {
    AtomicLong end = kept;
    if (end == null) {
      end = new AtomicLong(number);
      kept = end;
    }
    return end;
  }

  /// Behind the last message that can be read back now. The rows of those behind it are on their
  /// way to the store.
  long readableEnd() {
    AtomicLong rows = kept;
    long end = outgoing.end();
    return rows == null ? end : Math.max(outgoing.memoryEnd(), Math.min(end, rows.get()));
  }

  /// Copies of retained values go to it, or no longer.
  void copiesChange() {
    boolean pending = subscriptions.values().stream().anyMatch(s -> s.savedPending);
    if (!pending) {
      newerRetained = null;
    } else if (newerRetained == null) {
      newerRetained = new HashMap<>();
    }
  }

  /// Whether the queue of a durable session takes a message of `bytes`, as records tell.
  boolean recordedRoom(int bytes) {
    return recordedBacklog() < queueMessages && recordedBytes + bytes <= queueBytes;
  }

  /// Messages of a transient session that are not finished.
  long unfinished() {
    return outgoing.end() - outgoing.sendNext() + outgoing.inFlight();
  }

  /// How many queued messages are kept in memory before the rest is left on disk.
  ///
  /// @param roomy whether the shard remembers few messages in all
  int memoryWindow(boolean roomy) {
    int least = roomy ? ROOMY_WINDOW : SLEEPING_WINDOW;
    return online ? Math.max(least, outgoing.window()) : least;
  }

  /// All that decides whether something is sent, for people.
  String describe() {
    return "%s %s online=%b fetching=%b awaitsRows=%b maybeSentLeft=%d hasRoom=%b%s"
        .formatted(
            this,
            outgoing,
            online,
            fetching,
            awaitsRows,
            maybeSentLeft,
            hasRoom,
            groupQueue == null ? "" : " " + groupQueue);
  }

  @Override
  public String toString() {
    return "Session[%d %s %s]".formatted(number, clientId, durable ? "durable" : "transient");
  }
}
