package io.dunlin.session;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// The sender's side of QoS 1 and 2 for one session (MQTT 5.0 §4.3, §4.4, §4.9): which messages
/// wait, which are in flight, and under which packet identifier.
///
/// # Numbers
///
/// Each message of the session gets a number when it is queued: 0, 1, 2 …, never reused. The packet
/// identifier follows from it: `1 + number mod 65,535`. So the same message has the same identifier
/// after a crash, and a receiver's QoS 2 state still fits. A message that is dropped still consumes
/// its number.
///
/// ```
///   savedFirst     first            sendNext        memoryEnd              end
///     |  finished    |  sent, not      |   known, not   |   only on disk     |
///     |  here        |  finished       |   yet sent     |                    |
/// ```
///
/// - `[savedFirst, first)` are finished, and the caller has not said yet that this is on disk;
/// - `[first, sendNext)` was offered to the present connection;
/// - `[savedFirst, memoryEnd)` have an entry here;
/// - `[memoryEnd, end)` are known by number only and come with [#load].
///
/// A new connection walks again from the oldest ([#rewind]): entries that may have been sent go out
/// with DUP, released ones as PUBREL, in the order of their numbers [MQTT-4.4.0-1].
///
/// # Words
///
/// - *finished*: acknowledged or dropped here. Nothing of it is sent any more; its place in the
///   window is free, its identifier is not.
/// - *saved*: finished, and that is on disk ([#saved]): so it is after a crash, too. In between, DONE
///   stands beside the state that it had, which is what its row still has to say.
/// - *stored*: a row of it is on disk, which has to be removed when it is saved.
///
/// # Stragglers
///
/// A message that the client does not finish while so many others pass does not hold them up: it
/// leaves the run of numbers above and is kept apart, as a *straggler* before `first`.
///
/// # Identifiers
///
/// In the run, which is shorter than there are identifiers, no two have the same. When the turn of
/// a straggler's identifier comes again, the new message must go out under another ([#freeId]), and
/// the caller must make that durable before it does ([#rename]). An identifier is held until
/// [#saved], so that after a crash no two messages can have been sent under it [MQTT-2.2.1-4].
///
/// @param <B> what the caller attaches to a message: its bytes, or where they are
@OwnedBy("shard")
@HotPath(benchmark = "mqload p2p1")
public final class Outgoing<B> {
  /// How many numbers can have identifiers of their own.
  public static final int SPAN = 65_535;

  /// What has happened to a message.
  public enum State {
    /// Not sent yet: to SENT, or FINISHED when it is dropped.
    WAITING,
    /// A PUBLISH was sent, or may have been before a crash: to RELEASED (PUBREC, QoS 2) or
    /// FINISHED.
    SENT,
    /// PUBREC came, PUBREL is due or sent: to FINISHED (PUBCOMP).
    RELEASED,
    /// Acknowledged or dropped.
    FINISHED
  }

  /// How an acknowledgement fits what is in flight.
  public enum Outcome {
    /// It was expected and has taken effect.
    DONE,
    /// No such packet identifier is in flight (0x92).
    UNKNOWN,
    /// The identifier is in flight, but this acknowledgement belongs to the other QoS or a later
    /// step.
    MISPLACED
  }

  private static final int QOS_MASK = 3;
  private static final int STATE_SHIFT = 2;
  private static final int STATE_MASK = 3 << STATE_SHIFT;
  private static final int OFFERED = 1 << 4; // on this connection: counts as in flight
  private static final int STORED = 1 << 5; // a row of it is on disk
  private static final int RETAIN = 1 << 6;
  private static final int DONE = 1 << 7; // finished here, not yet on disk; the state is as before
  private static final State[] STATES = State.values();
  private static final int SAVED = State.FINISHED.ordinal() << STATE_SHIFT;

  /// How far the next message may be ahead of an unfinished one before that is kept apart, if the
  /// window is not larger.
  private static final int REACH = 1_024;

  private final int ids;
  private final boolean recorded;

  // lives as long as the session
  private final Entries<B> run = new Entries<>();
  private @Nullable Stragglers<B> stragglers; // null: none
  private long savedFirst;
  private long first;
  private long memoryEnd;
  private long end;
  private int unsaved;

  // lives as long as the connection
  private long sendNext;
  private int inFlight;
  private int window;

  /// A queue whose first message will have the number `first`; what is finished is done with.
  public Outgoing(long first, int window) {
    this(first, window, SPAN, false);
  }

  /// A queue whose first message will have the number `first`.
  ///
  /// @param ids how many packet identifiers there are; at most [#SPAN]
  /// @param recorded whether a message stays here until the caller says that its end is on disk
  ///   ([#saved])
  public Outgoing(long first, int window, int ids, boolean recorded) {
    if (ids < 2 || ids > SPAN) {
      throw new IllegalArgumentException(ids + " packet identifiers");
    }
    this.savedFirst = first;
    this.first = first;
    this.sendNext = first;
    this.memoryEnd = first;
    this.end = first;
    this.window = window;
    this.ids = ids;
    this.recorded = recorded;
  }

  /// The packet identifier of message `number`.
  public int packetId(long number) {
    int replacement = stragglers == null ? 0 : stragglers.replacement(number);
    return replacement != 0 ? replacement : own(number);
  }

  private int own(long number) {
    return 1 + (int) (number % ids);
  }

  /// The oldest number that is not finished, stragglers not counted; equal to [#end] when there is
  /// none.
  public long first() {
    return first;
  }

  /// The oldest number whose end is not on disk; equal to [#end] when there is none.
  public long oldest() {
    long straggler = stragglers == null ? -1 : stragglers.atOrBehind(0);
    return straggler < 0 ? savedFirst : Math.min(straggler, savedFirst);
  }

  /// Visits every number with an entry whose end is not on disk, stragglers first.
  public void forEachUnsaved(LongConsumer action) {
    if (stragglers != null) {
      stragglers.forEach(action);
    }
    for (long n = savedFirst; n < memoryEnd; n++) {
      if (!isSavedInRun(n)) {
        action.accept(n);
      }
    }
  }

  /// The next number to offer to the connection.
  public long sendNext() {
    return sendNext;
  }

  /// Behind the last number that has an entry here.
  public long memoryEnd() {
    return memoryEnd;
  }

  /// Behind the last number.
  public long end() {
    return end;
  }

  /// How many numbers are between the oldest unfinished and the last, stragglers counted one each.
  public long backlog() {
    return end - first + (stragglers == null ? 0 : stragglers.size());
  }

  /// How many are finished here and not yet on disk.
  public int unsaved() {
    return unsaved;
  }

  /// How many are in flight on this connection.
  public int inFlight() {
    return inFlight;
  }

  /// How many may be in flight: the peer's Receive Maximum, or less.
  public int window() {
    return window;
  }

  /// Whether all numbers were offered, and another could be sent at once [MQTT-3.3.4-9].
  public boolean canSendNow() {
    return sendNext == end && windowOpen() && idIsFree();
  }

  /// Whether the message [#sendNext] may be sent, under its own identifier or another.
  public boolean windowOpen() {
    return inFlight < window && sendNext - savedFirst < ids;
  }

  /// Whether no older message holds the identifier of message [#sendNext]; else that has to be
  /// renamed before it is offered.
  public boolean idIsFree() {
    if (stragglers == null) {
      return true;
    }
    long holder = stragglers.holder(packetId(sendNext));
    return holder < 0 || holder >= sendNext;
  }

  /// An identifier that no message before [#sendNext] holds, the one whose own turn is farthest; 0
  /// when there is none now.
  public int freeId() {
    for (long n = sendNext - 1; n > sendNext - ids; n--) {
      int id = own(Math.floorMod(n, (long) ids));
      boolean held = stragglers != null && stragglers.holder(id) >= 0;
      if (!held && (n < savedFirst || isSaved(n) || packetId(n) != id)) {
        return id;
      }
    }
    return 0;
  }

  /// Message `number`, which may be unknown here, goes out under `id`. For replay too.
  public void rename(long number, int id) {
    farther().rename(number, id);
  }

  /// Messages that go out under another identifier than their own, until their end is on disk.
  public Map<Long, Integer> renamed() {
    return stragglers == null ? Map.of() : Map.copyOf(stragglers.replacements());
  }

  /// Queues a message with an entry; [#memoryEnd] must be [#end].
  ///
  /// @param retain whether it goes out with RETAIN 1
  /// @param position where its bytes are, or 0
  /// @param size how many bytes it is, or 0
  /// @return its number
  public long add(int qos, boolean retain, long position, int size, @Nullable B body) {
    assert memoryEnd == end : memoryEnd + " " + end;
    long number = end++;
    memoryEnd = end;
    run.put(savedFirst, number, qos | (retain ? RETAIN : 0), position, size, body);
    return number;
  }

  /// Queues a message that has its bytes on disk only; returns its number.
  public long addUnloaded() {
    return end++;
  }

  /// Gives the entry at [#memoryEnd] what was read from disk.
  public void load(
      int qos,
      boolean retain,
      long position,
      int size,
      @Nullable B body,
      State state,
      boolean stored) {
    assert memoryEnd < end : memoryEnd + " " + end;
    long number = memoryEnd++;
    int bits = qos | (retain ? RETAIN : 0) | (stored ? STORED : 0);
    run.put(
        savedFirst,
        number,
        bits | state.ordinal() << STATE_SHIFT,
        position,
        size,
        state == State.FINISHED ? null : body);
    if (state == State.FINISHED) {
      forget(number);
      advance();
    }
  }

  /// The numbers from [#memoryEnd] to `to` are finished, and it is on disk.
  public void passOver(long to) {
    assert to <= end : to + " " + end;
    if (to - memoryEnd > ids) { // else they take a place in the run, like any that is finished
      for (long n = savedFirst; n < memoryEnd; n++) {
        if (!isSaved(n)) {
          keepApart(n);
        }
      }
      savedFirst = to;
      first = to;
      memoryEnd = to;
      advance();
    }
    while (memoryEnd < to) {
      load(1, false, 0, 0, null, State.FINISHED, false);
    }
  }

  /// Moves the end of a queue without entries, as recovery finds it.
  public void restore(long newFirst, long newEnd) {
    assert savedFirst == end && memoryEnd == end : this;
    savedFirst = newFirst;
    first = newFirst;
    sendNext = newFirst;
    memoryEnd = newFirst;
    end = newEnd;
  }

  /// Marks message [#sendNext] as offered and goes to the next; it counts as in flight from now on.
  /// Returns its packet identifier.
  public int offer() {
    long number = sendNext;
    int bits = bits(number);
    assert state(number) != State.FINISHED && idIsFree() : this;
    if ((bits & STATE_MASK) == 0) {
      bits |= State.SENT.ordinal() << STATE_SHIFT;
    }
    bits(number, bits | OFFERED);
    inFlight++;
    int id = own(number);
    if (stragglers != null) {
      id = packetId(number);
      stragglers.offered(number, id);
    }
    sendNext = behind(number);
    limitReach();
    return id;
  }

  /// Passes over message [#sendNext], which is finished.
  public void skip() {
    assert state(sendNext) == State.FINISHED : this;
    sendNext = behind(sendNext);
    limitReach();
  }

  /// The number after `number` that has to be walked: the next straggler, or the next in the run.
  private long behind(long number) {
    return atOrBehind(number + 1);
  }

  private long atOrBehind(long number) {
    if (number >= first) {
      return number;
    }
    long straggler = stragglers == null ? -1 : stragglers.atOrBehind(number);
    return straggler < 0 ? first : Math.min(straggler, first);
  }

  /// Keeps what the client does not finish apart from what passes it.
  private void limitReach() {
    int reach = Math.min(Math.max(REACH, 2 * window), ids - 1);
    while (sendNext - first > reach) {
      keepApart(first);
      advance();
    }
  }

  private void keepApart(long number) {
    farther()
        .add(
            number,
            new Stragglers.Entry<>(
                run.bits(number), run.position(number), run.size(number), run.body(number)),
            packetId(number));
    run.bits(number, SAVED);
    run.body(number, null);
  }

  /// A PUBACK came.
  public Outcome onPubAck(int packetId) {
    return finish(packetId, 1, State.SENT);
  }

  /// A PUBREC below 0x80 came; again for one that is released already, it is fine too.
  public Outcome onPubRec(int packetId) {
    long number = numberOf(packetId);
    if (number < 0) {
      return Outcome.UNKNOWN;
    }
    if (qos(number) != 2) {
      return Outcome.MISPLACED;
    }
    release(number);
    return Outcome.DONE;
  }

  /// A PUBREC of 0x80 or more came: the exchange is over [MQTT-4.4.0-2].
  public Outcome onPubRecRefused(int packetId) {
    return finish(packetId, 2, State.SENT);
  }

  /// A PUBCOMP came.
  public Outcome onPubComp(int packetId) {
    return finish(packetId, 2, State.RELEASED);
  }

  /// The number in flight under `packetId`, or -1.
  public long numberOf(int packetId) {
    if (stragglers != null) {
      long holder = stragglers.holder(packetId);
      if (holder >= 0 && holder < memoryEnd) {
        return (bits(holder) & OFFERED) != 0 ? holder : -1;
      }
    }
    long delta = Math.floorMod(packetId - 1 - savedFirst % ids, (long) ids);
    long number = savedFirst + delta;
    boolean offered = number < sendNext && (run.bits(number) & OFFERED) != 0;
    return offered && packetId(number) == packetId ? number : -1;
  }

  /// Makes message `number` released, as a PUBREC does. For replay too.
  public void release(long number) {
    bits(number, bits(number) & ~STATE_MASK | State.RELEASED.ordinal() << STATE_SHIFT);
    body(number, null);
  }

  /// Whether message `number` has an entry and is not finished.
  public boolean isUnfinished(long number) {
    return hasEntry(number) && state(number) != State.FINISHED;
  }

  /// Finishes message `number`, in flight or not; false when it is unknown here or finished
  /// already. If ends are recorded, it holds its identifier until [#saved].
  public boolean finish(long number) {
    if (!isUnfinished(number)) {
      return false;
    }
    if (!recorded) {
      saved(number);
      return true;
    }
    int bits = bits(number);
    if ((bits & OFFERED) != 0) {
      inFlight--;
    }
    bits(number, bits & ~OFFERED | DONE);
    unsaved++;
    advance();
    return true;
  }

  /// The end of message `number` is on disk. For replay and for removals, which finish it by this.
  public void saved(long number) {
    if (isUnsaved(number)) {
      int bits = bits(number);
      if ((bits & OFFERED) != 0) {
        inFlight--;
      }
      if ((bits & DONE) != 0) {
        unsaved--;
      }
      bits(number, SAVED);
      body(number, null);
    }
    forget(number);
    advance();
  }

  /// Whether message `number` has an entry here.
  public boolean hasEntry(long number) {
    return number >= savedFirst && number < memoryEnd || straggler(number) != null;
  }

  /// Whether message `number` has an entry here, and its end is not on disk.
  public boolean isUnsaved(long number) {
    return hasEntry(number) && !isSaved(number);
  }

  private boolean isSaved(long number) {
    return (bits(number) & STATE_MASK) == SAVED;
  }

  /// A new connection: everything unfinished is offered again.
  public void rewind(int newWindow) {
    inFlight = 0;
    window = newWindow;
    if (stragglers != null) {
      stragglers.forEach(n -> bits(n, bits(n) & ~OFFERED));
    }
    for (long n = savedFirst; n < memoryEnd; n++) {
      run.bits(n, run.bits(n) & ~OFFERED);
    }
    sendNext = atOrBehind(0);
  }

  /// The state of a message with an entry.
  public State state(long number) {
    int bits = bits(number);
    return (bits & DONE) != 0 ? State.FINISHED : STATES[(bits & STATE_MASK) >> STATE_SHIFT];
  }

  /// Whether PUBREC came for a message with an entry, finished since or not.
  public boolean wasReleased(long number) {
    return (bits(number) & STATE_MASK) == State.RELEASED.ordinal() << STATE_SHIFT;
  }

  /// Marks a waiting message as one that may have been sent before a crash.
  public void maybeSent(long number) {
    int bits = bits(number);
    if ((bits & STATE_MASK) == 0) {
      bits(number, bits | State.SENT.ordinal() << STATE_SHIFT);
    }
  }

  /// The QoS of a message with an entry: 1 or 2.
  public int qos(long number) {
    return bits(number) & QOS_MASK;
  }

  /// Whether a message goes out with RETAIN 1.
  public boolean retain(long number) {
    return (bits(number) & RETAIN) != 0;
  }

  /// Whether a row of the message is on disk.
  public boolean stored(long number) {
    return (bits(number) & STORED) != 0;
  }

  /// Notes that a row of the message is on disk now.
  public void markStored(long number) {
    bits(number, bits(number) | STORED);
  }

  /// Where the bytes of a message are.
  public long position(long number) {
    Stragglers.Entry<B> straggler = straggler(number);
    return straggler != null ? straggler.position : run.position(number);
  }

  /// How many bytes a message is, as it was added.
  public int size(long number) {
    Stragglers.Entry<B> straggler = straggler(number);
    return straggler != null ? straggler.size : run.size(number);
  }

  /// What is attached to a message.
  public @Nullable B body(long number) {
    Stragglers.Entry<B> straggler = straggler(number);
    return straggler != null ? straggler.body : run.body(number);
  }

  /// Attaches something to a message.
  public void body(long number, @Nullable B body) {
    Stragglers.Entry<B> straggler = straggler(number);
    if (straggler != null) {
      straggler.body = body;
    } else {
      run.body(number, body);
    }
  }

  @Override
  public String toString() {
    return "Outgoing[oldest=%d first=%d sendNext=%d memoryEnd=%d end=%d inFlight=%d/%d unsaved=%d]"
        .formatted(oldest(), first, sendNext, memoryEnd, end, inFlight, window, unsaved);
  }

  private Outcome finish(int packetId, int qos, State expected) {
    long number = numberOf(packetId);
    if (number < 0) {
      return Outcome.UNKNOWN;
    }
    if (qos(number) != qos || state(number) != expected) {
      return Outcome.MISPLACED;
    }
    finish(number);
    return Outcome.DONE;
  }

  private void advance() {
    while (first < memoryEnd && state(first) == State.FINISHED) {
      first++;
    }
    while (savedFirst < first && isSavedInRun(savedFirst)) {
      savedFirst++;
    }
    if (sendNext < first) {
      sendNext = atOrBehind(sendNext);
    }
    if (savedFirst == memoryEnd) {
      run.empty();
    }
  }

  private boolean isSavedInRun(long number) {
    return (run.bits(number) & STATE_MASK) == SAVED;
  }

  // -- entries --------------------------------------------------------------------------------

  private Stragglers<B> farther() {
    Stragglers<B> s = stragglers;
    if (s == null) {
      s = new Stragglers<>();
      stragglers = s;
    }
    return s;
  }

  /// Nothing is kept apart for message `number` any more.
  private void forget(long number) {
    Stragglers<B> s = stragglers;
    if (s != null) {
      s.remove(number, packetId(number));
      if (s.isEmpty()) {
        stragglers = null;
      }
    }
  }

  private Stragglers.@Nullable Entry<B> straggler(long number) {
    return stragglers == null || number >= first ? null : stragglers.get(number);
  }

  private int bits(long number) {
    Stragglers.Entry<B> straggler = straggler(number);
    return straggler != null ? straggler.bits : run.bits(number);
  }

  private void bits(long number, int bits) {
    Stragglers.Entry<B> straggler = straggler(number);
    if (straggler != null) {
      straggler.bits = bits;
    } else {
      run.bits(number, bits);
    }
  }

  /// Bytes of the arrays, for metrics; the bodies themselves not counted.
  public int arrayBytes() {
    return run.arrayBytes();
  }
}
