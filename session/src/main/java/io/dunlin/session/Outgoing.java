package io.dunlin.session;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import java.util.Arrays;
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
///   first            sendNext        memoryEnd              end
///     |  sent, not      |   known, not   |   only on disk     |
///     |  finished       |   yet sent     |                    |
/// ```
///
/// - `[first, sendNext)` was offered to the present connection;
/// - `[first, memoryEnd)` have an entry here;
/// - `[memoryEnd, end)` are known by number only and come with [#load].
///
/// A new connection walks again from `first` ([#rewind]): entries that may have been sent go out
/// with DUP, released ones as PUBREL, in the order of their numbers [MQTT-4.4.0-1].
///
/// At most [#SPAN] numbers lie between the oldest unfinished one and the next to send, so that no
/// two in flight share an identifier [MQTT-2.2.1-4].
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
  private static final State[] STATES = State.values();
  private static final byte[] NO_FLAGS = {};
  private static final long[] NO_POSITIONS = {};

  // lives as long as the session; circular, by number, a power of two
  private byte[] flags = NO_FLAGS;
  private long[] positions = NO_POSITIONS;
  private @Nullable Object @Nullable [] bodies;
  private long first;
  private long memoryEnd;
  private long end;

  // lives as long as the connection
  private long sendNext;
  private int inFlight;
  private int window;

  /// A queue whose first message will have the number `first`.
  public Outgoing(long first, int window) {
    this.first = first;
    this.sendNext = first;
    this.memoryEnd = first;
    this.end = first;
    this.window = window;
  }

  /// The packet identifier of message `number`.
  public static int packetId(long number) {
    return 1 + (int) (number % SPAN);
  }

  /// The oldest number that is not finished; equal to [#end] when there is none.
  public long first() {
    return first;
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

  /// How many numbers are between the oldest unfinished and the last.
  public long backlog() {
    return end - first;
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
    return sendNext == end && inFlight < window && end - first < SPAN;
  }

  /// Whether the message [#sendNext] may be sent.
  public boolean windowOpen() {
    return inFlight < window && sendNext - first < SPAN;
  }

  /// Queues a message with an entry; [#memoryEnd] must be [#end].
  ///
  /// @param retain whether it goes out with RETAIN 1
  /// @param position where its bytes are, or 0
  /// @return its number
  public long add(int qos, boolean retain, long position, @Nullable B body) {
    assert memoryEnd == end : memoryEnd + " " + end;
    long number = end++;
    memoryEnd = end;
    put(number, qos | (retain ? RETAIN : 0), position, body);
    return number;
  }

  /// Queues a message that has its bytes on disk only; returns its number.
  public long addUnloaded() {
    return end++;
  }

  /// Gives the entry at [#memoryEnd] what was read from disk.
  public void load(
      int qos, boolean retain, long position, @Nullable B body, State state, boolean stored) {
    assert memoryEnd < end : memoryEnd + " " + end;
    long number = memoryEnd++;
    int bits = qos | (retain ? RETAIN : 0) | (stored ? STORED : 0);
    put(
        number,
        bits | state.ordinal() << STATE_SHIFT,
        position,
        state == State.FINISHED ? null : body);
    if (state == State.FINISHED) {
      advance();
    }
  }

  /// Moves the end of a queue without entries, as recovery finds it.
  public void restore(long newFirst, long newEnd) {
    assert first == end && memoryEnd == end : this;
    first = newFirst;
    sendNext = newFirst;
    memoryEnd = newFirst;
    end = newEnd;
  }

  /// Marks message [#sendNext] as offered and goes to the next; it counts as in flight from now on.
  /// Returns its packet identifier.
  public int offer() {
    int i = index(sendNext);
    State state = stateAt(i);
    assert state != State.FINISHED : this;
    if (state == State.WAITING) {
      flags[i] = (byte) (flags[i] | State.SENT.ordinal() << STATE_SHIFT);
    }
    flags[i] |= OFFERED;
    inFlight++;
    return packetId(sendNext++);
  }

  /// Passes over message [#sendNext], which is finished.
  public void skip() {
    assert state(sendNext) == State.FINISHED : this;
    sendNext++;
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
    int i = index(number);
    if ((flags[i] & QOS_MASK) != 2) {
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
    long delta = Math.floorMod(packetId - 1 - first % SPAN, (long) SPAN);
    long number = first + delta;
    return number < sendNext && (flags[index(number)] & OFFERED) != 0 ? number : -1;
  }

  /// Makes message `number` released, as a PUBREC does. For replay too.
  public void release(long number) {
    int i = index(number);
    flags[i] = (byte) (flags[i] & ~STATE_MASK | State.RELEASED.ordinal() << STATE_SHIFT);
    body(number, null);
  }

  /// Finishes message `number`, in flight or not. For drops and for replay.
  public void finish(long number) {
    if (number < first || number >= memoryEnd) {
      return;
    }
    int i = index(number);
    if (stateAt(i) == State.FINISHED) {
      return;
    }
    if ((flags[i] & OFFERED) != 0) {
      inFlight--;
    }
    flags[i] =
        (byte) (flags[i] & ~(STATE_MASK | OFFERED) | State.FINISHED.ordinal() << STATE_SHIFT);
    body(number, null);
    advance();
  }

  /// A new connection: everything unfinished is offered again.
  public void rewind(int newWindow) {
    sendNext = first;
    inFlight = 0;
    window = newWindow;
    for (long n = first; n < memoryEnd; n++) {
      flags[index(n)] &= ~OFFERED;
    }
  }

  /// The state of a message with an entry.
  public State state(long number) {
    return stateAt(index(number));
  }

  /// Marks a waiting message as one that may have been sent before a crash.
  public void maybeSent(long number) {
    int i = index(number);
    if (stateAt(i) == State.WAITING) {
      flags[i] = (byte) (flags[i] | State.SENT.ordinal() << STATE_SHIFT);
    }
  }

  /// The QoS of a message with an entry: 1 or 2.
  public int qos(long number) {
    return flags[index(number)] & QOS_MASK;
  }

  /// Whether a message goes out with RETAIN 1.
  public boolean retain(long number) {
    return (flags[index(number)] & RETAIN) != 0;
  }

  /// Whether a row of the message is on disk.
  public boolean stored(long number) {
    return (flags[index(number)] & STORED) != 0;
  }

  /// Notes that a row of the message is on disk now.
  public void markStored(long number) {
    flags[index(number)] |= STORED;
  }

  /// Where the bytes of a message are.
  public long position(long number) {
    return positions.length == 0 ? 0 : positions[index(number)];
  }

  /// What is attached to a message.
  @SuppressWarnings("unchecked") // only put() writes bodies, and it takes B
  public @Nullable B body(long number) {
    return bodies == null ? null : (B) bodies[index(number)];
  }

  /// Attaches something to a message.
  public void body(long number, @Nullable B body) {
    if (bodies == null) {
      if (body == null) {
        return;
      }
      bodies = new @Nullable Object[flags.length];
    }
    bodies[index(number)] = body;
  }

  @Override
  public String toString() {
    return "Outgoing[first=%d sendNext=%d memoryEnd=%d end=%d inFlight=%d/%d]"
        .formatted(first, sendNext, memoryEnd, end, inFlight, window);
  }

  private Outcome finish(int packetId, int qos, State expected) {
    long number = numberOf(packetId);
    if (number < 0) {
      return Outcome.UNKNOWN;
    }
    int i = index(number);
    if ((flags[i] & QOS_MASK) != qos || stateAt(i) != expected) {
      return Outcome.MISPLACED;
    }
    finish(number);
    return Outcome.DONE;
  }

  private void advance() {
    while (first < memoryEnd && stateAt(index(first)) == State.FINISHED) {
      first++;
    }
    if (sendNext < first) {
      sendNext = first;
    }
    if (first == memoryEnd && flags.length > 1024) {
      flags = NO_FLAGS; // a burst is over: give its arrays back
      positions = NO_POSITIONS;
      bodies = null;
    }
  }

  private State stateAt(int i) {
    return STATES[(flags[i] & STATE_MASK) >> STATE_SHIFT];
  }

  private int index(long number) {
    return (int) number & flags.length - 1;
  }

  private void put(long number, int bits, long position, @Nullable B body) {
    if (number - first >= flags.length) {
      grow(number);
    }
    int i = index(number);
    flags[i] = (byte) bits;
    if (position != 0 && positions.length == 0) {
      positions = new long[flags.length];
    }
    if (positions.length != 0) {
      positions[i] = position;
    }
    body(number, body);
  }

  private void grow(long number) {
    int length = Math.max(8, flags.length);
    while (number - first >= length) {
      length *= 2;
    }
    byte[] newFlags = new byte[length];
    long[] newPositions = positions.length == 0 ? NO_POSITIONS : new long[length];
    @Nullable Object[] newBodies = bodies == null ? null : new @Nullable Object[length];
    for (long n = first; n < number; n++) {
      int from = index(n);
      int to = (int) n & length - 1;
      newFlags[to] = flags[from];
      if (newPositions.length != 0) {
        newPositions[to] = positions[from];
      }
      if (bodies != null && newBodies != null) {
        newBodies[to] = bodies[from];
      }
    }
    flags = newFlags;
    positions = newPositions;
    bodies = newBodies;
  }

  /// Bytes of the arrays, for metrics; the bodies themselves not counted.
  public int arrayBytes() {
    return flags.length
        + positions.length * 8
        + (bodies == null ? 0 : Arrays.asList(bodies).size() * 4);
  }
}
