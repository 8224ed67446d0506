package io.dunlin.broker.store;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import java.nio.ByteBuffer;

/// A movable cursor over one Application Message, wherever its bytes lie: in a PUBLISH in the read
/// arena, in a committed record, in a mailbox, in an array. It owns nothing.
///
/// The stored form, in which messages travel between shards and lie in records, queues and the
/// retained tree:
///
/// ```
/// 0  u8  bits 0-1 QoS, bit 2 RETAIN
/// 1  u16 bytes of the topic name
/// 3  u32 bytes of the properties that are passed on
/// 7  u32 bytes of the payload
/// 11 i64 when it expires, epoch milliseconds; -1 never
/// 19 topic name, properties (as encoded by MQTT 5.0, without their length), payload
/// ```
@OwnedBy("shard")
@HotPath(benchmark = "mqload p2p1")
public final class MessageView {
  /// Bytes of the stored form before the topic name.
  public static final int HEADER_BYTES = 19;

  /// "Does not expire".
  public static final long NEVER = -1;

  private static final int RETAIN = 4;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private static final int EXPIRES_AT = 11;

  private ByteBuffer buffer = NOTHING;
  private ByteBuffer properties = NOTHING;
  private int qos;
  private boolean retain;
  private long expiresAtMillis = NEVER;
  private int topicFrom;
  private int topicTo;
  private int passOnFrom;
  private int passOnTo;
  private int payloadFrom;
  private int payloadTo;
  private ByteBuffer topic = NOTHING;

  /// Points at parts of any buffers.
  public void set(
      int newQos,
      boolean newRetain,
      long newExpiresAtMillis,
      ByteBuffer topicBuffer,
      int newTopicFrom,
      int newTopicTo,
      ByteBuffer propertiesBuffer,
      int newPassOnFrom,
      int newPassOnTo,
      ByteBuffer payloadBuffer,
      int newPayloadFrom,
      int newPayloadTo) {
    qos = newQos;
    retain = newRetain;
    expiresAtMillis = newExpiresAtMillis;
    topic = topicBuffer;
    topicFrom = newTopicFrom;
    topicTo = newTopicTo;
    properties = propertiesBuffer;
    passOnFrom = newPassOnFrom;
    passOnTo = newPassOnTo;
    buffer = payloadBuffer;
    payloadFrom = newPayloadFrom;
    payloadTo = newPayloadTo;
  }

  /// Points at a message in stored form that begins at `at`; returns its end.
  public int read(ByteBuffer source, int at) {
    int bits = source.get(at);
    qos = bits & 3;
    retain = (bits & RETAIN) != 0;
    topic = source;
    properties = source;
    buffer = source;
    topicFrom = at + HEADER_BYTES;
    topicTo = topicFrom + Short.toUnsignedInt(source.getShort(at + 1));
    passOnFrom = topicTo;
    passOnTo = passOnFrom + source.getInt(at + 3);
    payloadFrom = passOnTo;
    payloadTo = payloadFrom + source.getInt(at + 7);
    expiresAtMillis = source.getLong(at + EXPIRES_AT);
    return payloadTo;
  }

  /// Points at a message in stored form that fills a slice.
  public void read(Slice stored) {
    read(stored.asByteBuffer(), 0);
  }

  /// When a message in stored form expires, epoch milliseconds; [#NEVER] if it does not.
  public static long expiresAtMillis(Slice stored) {
    return stored.asByteBuffer().getLong(EXPIRES_AT);
  }

  /// Bytes of the stored form.
  public int storedBytes() {
    return storedBytes(topicBytes(), passOnTo - passOnFrom, payloadBytes());
  }

  /// Bytes of the stored form of a message with so many bytes of each part.
  public static int storedBytes(int topicBytes, int propertyBytes, int payloadBytes) {
    return HEADER_BYTES + topicBytes + propertyBytes + payloadBytes;
  }

  /// Writes the stored form at `at`; returns its end.
  public int write(ByteBuffer target, int at) {
    target.put(at, (byte) (qos | (retain ? RETAIN : 0)));
    target.putShort(at + 1, (short) topicBytes());
    target.putInt(at + 3, passOnTo - passOnFrom);
    target.putInt(at + 7, payloadBytes());
    target.putLong(at + EXPIRES_AT, expiresAtMillis);
    int p = at + HEADER_BYTES;
    target.put(p, topic, topicFrom, topicBytes());
    p += topicBytes();
    if (passOnTo > passOnFrom) {
      target.put(p, properties, passOnFrom, passOnTo - passOnFrom);
      p += passOnTo - passOnFrom;
    }
    target.put(p, buffer, payloadFrom, payloadBytes());
    return p + payloadBytes();
  }

  /// The stored form, copied.
  public Slice toStored() {
    byte[] bytes = new byte[storedBytes()];
    write(ByteBuffer.wrap(bytes), 0);
    return Slice.wrap(bytes);
  }

  /// 0, 1 or 2.
  public int qos() {
    return qos;
  }

  /// Whether the publisher set RETAIN.
  public boolean retain() {
    return retain;
  }

  /// Epoch milliseconds, or [#NEVER].
  public long expiresAtMillis() {
    return expiresAtMillis;
  }

  /// Whether its Message Expiry Interval has passed.
  public boolean expired(long nowMillis) {
    return expiresAtMillis != NEVER && nowMillis >= expiresAtMillis;
  }

  /// What is left of the Message Expiry Interval, to the nearest second, so that the clocks of two
  /// shards add none to it, and at least 1; -1 when there is none [MQTT-3.3.2-6].
  public long expirySeconds(long nowMillis) {
    return expiresAtMillis == NEVER ? -1 : Math.max(1, (expiresAtMillis - nowMillis + 500) / 1000);
  }

  /// Holds the topic name.
  public ByteBuffer topicBuffer() {
    return topic;
  }

  /// Start of the topic name.
  public int topicFrom() {
    return topicFrom;
  }

  /// End of the topic name.
  public int topicTo() {
    return topicTo;
  }

  /// Length of the topic name.
  public int topicBytes() {
    return topicTo - topicFrom;
  }

  /// The topic name, copied.
  public Slice topic() {
    return Slice.copyOf(topic, topicFrom, topicTo);
  }

  /// Holds the properties that are passed on.
  public ByteBuffer propertiesBuffer() {
    return properties;
  }

  /// Start of the properties that are passed on.
  public int passOnFrom() {
    return passOnFrom;
  }

  /// End of the properties that are passed on.
  public int passOnTo() {
    return passOnTo;
  }

  /// Holds the payload.
  public ByteBuffer payloadBuffer() {
    return buffer;
  }

  /// Start of the payload.
  public int payloadFrom() {
    return payloadFrom;
  }

  /// End of the payload.
  public int payloadTo() {
    return payloadTo;
  }

  /// Length of the payload.
  public int payloadBytes() {
    return payloadTo - payloadFrom;
  }
}
