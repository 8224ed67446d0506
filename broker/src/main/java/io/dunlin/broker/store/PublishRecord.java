package io.dunlin.broker.store;

import io.dunlin.base.OwnedBy;
import java.nio.ByteBuffer;

/// A cursor over a PUBLISH record: one decision of a publisher's shard (D7). All of it happens or
/// nothing: the message goes to its recipients, becomes the retained one of its topic, the
/// publisher's session remembers a packet identifier, a will is used up.
///
/// A message that a group's queue lends to a member is such a record, too: with one recipient, and
/// with what is lent.
///
/// ```
/// 0  u8  type, u8 version, u16 flags (1: a copy of a retained value, for a new subscription)
/// 4  u32 where the message is, from the record's start
/// 8  i64 publisher's session number (0: none), i64 its sequence
/// 24 i64 rank among the retained values of its topic (0: not retained), or that of the copied one
/// 32 i64 number of the session whose will this is (0: none)
/// 40 u16 packet identifier that the publisher's session remembers (0: none)
/// 42 u16 how many loans: 0 or 1
/// 44 u32 how many recipients
/// 48 loans: i64 session number of the group's queue, i64 message number in it
///    recipients: i64 session number, u8 bits (1: goes out with RETAIN 1), u8 how many subscriptions,
///    i64 each subscription's number; none for the queue of a group
///    message in stored form
/// ```
@OwnedBy("shard")
public final class PublishRecord {
  /// Bytes before the loans.
  public static final int HEADER_BYTES = 48;

  /// Bytes of a loan.
  public static final int LOAN_BYTES = 16;

  /// How many subscriptions of a recipient are named; the rest counts for nothing.
  public static final int MAX_SUBSCRIPTIONS = 255;

  /// Recipient bit: the message goes out with RETAIN 1, because of a new subscription.
  public static final int AS_RETAINED = 1;

  private static final short COPY = 1;

  private ByteBuffer buffer = ByteBuffer.allocate(0);
  private int from;
  private int next;
  private int left;
  private int recipientAt;

  /// Writes the recipient that is a group's queue; returns its end.
  public static int writeQueue(ByteBuffer target, int at, long queue) {
    target.putLong(at, queue);
    target.put(at + 8, (byte) 0);
    target.put(at + 9, (byte) 0);
    return at + recipientBytes(0);
  }

  /// Bytes of a recipient with `subscriptions` subscriptions.
  public static int recipientBytes(int subscriptions) {
    return 10 + 8 * subscriptions;
  }

  /// Points at a record that begins at `at`.
  public void read(ByteBuffer source, int at) {
    buffer = source;
    from = at;
    next = at + HEADER_BYTES + LOAN_BYTES * loans();
    left = buffer.getInt(at + 44);
  }

  /// Writes the header and returns where the loans go.
  public static int writeHeader(
      ByteBuffer target,
      int at,
      int messageAt,
      long publisher,
      long sequence,
      long retainedRank,
      long willOf,
      int packetId,
      int loans,
      int recipients) {
    target.put(at, Records.PUBLISH);
    target.put(at + 1, Records.VERSION);
    target.putShort(at + 2, (short) 0);
    target.putInt(at + 4, messageAt - at);
    target.putLong(at + 8, publisher);
    target.putLong(at + 16, sequence);
    target.putLong(at + 24, retainedRank);
    target.putLong(at + 32, willOf);
    target.putShort(at + 40, (short) packetId);
    target.putShort(at + 42, (short) loans);
    target.putInt(at + 44, recipients);
    return at + HEADER_BYTES;
  }

  /// Says of a record that it is a copy of the retained value of that rank.
  public static void markCopy(ByteBuffer target, int at, long rank) {
    target.putShort(at + 2, COPY);
    target.putLong(at + 24, rank);
  }

  /// Whether it is a copy of a retained value, for a new subscription.
  public boolean isCopy() {
    return (buffer.getShort(from + 2) & COPY) != 0;
  }

  /// The rank of the value that it is a copy of.
  public long copiedRank() {
    return buffer.getLong(from + 24);
  }

  /// Where the message in stored form begins.
  public int messageAt() {
    return from + buffer.getInt(from + 4);
  }

  /// The publisher's session, or 0.
  public long publisher() {
    return buffer.getLong(from + 8);
  }

  /// Rank among the retained values of the topic; 0: not retained.
  public long retainedRank() {
    return isCopy() ? 0 : buffer.getLong(from + 24);
  }

  /// The session whose will this is, or 0.
  public long willOf() {
    return buffer.getLong(from + 32);
  }

  /// The incoming QoS 2 identifier to remember, or 0.
  public int packetId() {
    return Short.toUnsignedInt(buffer.getShort(from + 40));
  }

  /// How many loans this is: 0, or 1 when a group's queue lends the message to its one recipient.
  public int loans() {
    return Short.toUnsignedInt(buffer.getShort(from + 42));
  }

  /// The queue that lends.
  public long loanQueue() {
    return buffer.getLong(from + HEADER_BYTES);
  }

  /// The message's number in that queue.
  public long loanNumber() {
    return buffer.getLong(from + HEADER_BYTES + 8);
  }

  /// How many recipients there are in all.
  public int recipients() {
    return buffer.getInt(from + 44);
  }

  /// Goes to the next recipient, if there is one.
  public boolean nextRecipient() {
    if (left == 0) {
      return false;
    }
    left--;
    recipientAt = next;
    next += recipientBytes(subscriptions());
    return true;
  }

  /// The recipient's session number.
  public long recipient() {
    return buffer.getLong(recipientAt);
  }

  /// Whether the recipient gets it with RETAIN 1.
  public boolean asRetained() {
    return (buffer.get(recipientAt + 8) & AS_RETAINED) != 0;
  }

  /// How many of the recipient's subscriptions matched.
  public int subscriptions() {
    return Byte.toUnsignedInt(buffer.get(recipientAt + 9));
  }

  /// The number of its matched subscription `index`.
  public long subscription(int index) {
    return buffer.getLong(recipientAt + 10 + 8 * index);
  }
}
