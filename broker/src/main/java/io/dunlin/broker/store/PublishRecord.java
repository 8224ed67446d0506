package io.dunlin.broker.store;

import io.dunlin.base.OwnedBy;
import java.nio.ByteBuffer;

/// A cursor over a PUBLISH record: one decision of a publisher's shard (D7). All of it happens or
/// nothing: the message goes to its recipients, becomes the retained one of its topic, the
/// publisher's session remembers a packet identifier, a will is used up, messages are taken out of
/// other queues.
///
/// ```
/// 0  u8  type, u8 version, u16 flags (1: a copy of a retained value, for a new subscription)
/// 4  u32 where the message is, from the record's start
/// 8  i64 publisher's session number (0: none), i64 its sequence
/// 24 i64 rank among the retained values of its topic (0: not retained), or that of the copied one
/// 32 i64 number of the session whose will this is (0: none)
/// 40 u16 packet identifier that the publisher's session remembers (0: none)
/// 42 u16 how many removals
/// 44 u32 how many recipients
/// 48 removals: i64 session number, i64 message number
///    recipients: i64 session number, u8 bits (1: goes out with RETAIN 1), u8 how many subscriptions,
///    i64 each subscription's number
///    message in stored form
/// ```
@OwnedBy("shard")
public final class PublishRecord {
  /// Bytes before the removals.
  public static final int HEADER_BYTES = 48;

  /// Bytes of a removal.
  public static final int REMOVAL_BYTES = 16;

  /// Recipient bit: the message goes out with RETAIN 1, because of a new subscription.
  public static final int AS_RETAINED = 1;

  private static final short COPY = 1;

  private ByteBuffer buffer = ByteBuffer.allocate(0);
  private int from;
  private int next;
  private int left;
  private int recipientAt;

  /// Bytes of a recipient with `subscriptions` subscriptions.
  public static int recipientBytes(int subscriptions) {
    return 10 + 8 * subscriptions;
  }

  /// Points at a record that begins at `at`.
  public void read(ByteBuffer source, int at) {
    buffer = source;
    from = at;
    next = at + HEADER_BYTES + REMOVAL_BYTES * removals();
    left = buffer.getInt(at + 44);
  }

  /// Writes the header and returns where the removals go.
  public static int writeHeader(
      ByteBuffer target,
      int at,
      int messageAt,
      long publisher,
      long sequence,
      long retainedRank,
      long willOf,
      int packetId,
      int removals,
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
    target.putShort(at + 42, (short) removals);
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

  /// How many messages leave other queues by this.
  public int removals() {
    return Short.toUnsignedInt(buffer.getShort(from + 42));
  }

  /// Whose queue removal `index` is taken from.
  public long removalSession(int index) {
    return buffer.getLong(from + HEADER_BYTES + REMOVAL_BYTES * index);
  }

  /// Which message removal `index` takes.
  public long removalNumber(int index) {
    return buffer.getLong(from + HEADER_BYTES + REMOVAL_BYTES * index + 8);
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
