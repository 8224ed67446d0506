package io.dunlin.mqtt;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import io.dunlin.base.Slice;
import java.nio.ByteBuffer;

/// A cursor over one PUBLISH that lies in a buffer. Mutable and reused: it holds until its owner
/// reads the next packet, or until the buffer's bytes change. All indexes are absolute.
///
/// The decoder fills it, by [#packet], [#topic], [#packetIdAt], [#properties] and [#payload].
@OwnedBy("loop")
@HotPath(benchmark = "mqload fan-out, QoS 0")
public final class PublishView {
  private static final ByteBuffer NONE = ByteBuffer.allocate(0);

  private ByteBuffer buffer = NONE;
  private int from;
  private int to;
  private int firstByte;
  private int topicFrom;
  private int topicTo;
  private int packetIdAt = -1;
  private int propertiesFrom;
  private int propertiesTo;
  private int topicAlias;
  private long messageExpirySeconds = -1;
  private boolean payloadFormatUtf8;
  private int passOnLength;
  private int payloadFrom;
  private int payloadTo;

  /// Stands on the packet `[from, to)` of `buffer`, and forgets all else.
  public void packet(ByteBuffer buffer, int from, int to) {
    this.buffer = buffer;
    this.from = from;
    this.to = to;
    firstByte = buffer.get(from) & 0xff;
    topic(from, from);
    packetIdAt(-1);
    properties(from, from, 0);
    propertyValues(0, -1, false);
    payload(to, to);
  }

  /// Sets where the topic name is.
  public void topic(int topicFrom, int topicTo) {
    this.topicFrom = topicFrom;
    this.topicTo = topicTo;
  }

  /// Sets where the packet identifier is, -1 for nowhere.
  public void packetIdAt(int packetIdAt) {
    this.packetIdAt = packetIdAt;
  }

  /// Sets where the properties are, without their length, and how many of their bytes to pass on.
  public void properties(int propertiesFrom, int propertiesTo, int passOnLength) {
    this.propertiesFrom = propertiesFrom;
    this.propertiesTo = propertiesTo;
    this.passOnLength = passOnLength;
  }

  /// Sets the properties that the receiver itself heeds.
  public void propertyValues(int topicAlias, long messageExpirySeconds, boolean payloadFormatUtf8) {
    this.topicAlias = topicAlias;
    this.messageExpirySeconds = messageExpirySeconds;
    this.payloadFormatUtf8 = payloadFormatUtf8;
  }

  /// Sets where the payload is.
  public void payload(int payloadFrom, int payloadTo) {
    this.payloadFrom = payloadFrom;
    this.payloadTo = payloadTo;
  }

  /// Where the packet lies.
  public ByteBuffer buffer() {
    return buffer;
  }

  /// Where the packet begins: its first byte.
  public int from() {
    return from;
  }

  /// Where the packet ends, exclusive.
  public int to() {
    return to;
  }

  /// Type and flags, 0x30..0x3f.
  public int firstByte() {
    return firstByte;
  }

  /// 0, 1 or 2.
  public int qos() {
    return firstByte >> 1 & 3;
  }

  /// Whether RETAIN is set.
  public boolean retain() {
    return (firstByte & 1) != 0;
  }

  /// Whether DUP is set.
  public boolean dup() {
    return (firstByte & 8) != 0;
  }

  /// Where the topic name begins.
  public int topicFrom() {
    return topicFrom;
  }

  /// Where the topic name ends; the same as [#topicFrom] when an alias stands for it.
  public int topicTo() {
    return topicTo;
  }

  /// Where the two bytes of the packet identifier are; -1 for QoS 0.
  public int packetIdAt() {
    return packetIdAt;
  }

  /// The packet identifier; 0 for QoS 0.
  public int packetId() {
    return packetIdAt < 0
        ? 0
        : (buffer.get(packetIdAt) & 0xff) << 8 | (buffer.get(packetIdAt + 1) & 0xff);
  }

  /// Where the first property begins, behind the Property Length.
  public int propertiesFrom() {
    return propertiesFrom;
  }

  /// Where the properties end; the same as [#propertiesFrom] when there are none, as before 5.0.
  public int propertiesTo() {
    return propertiesTo;
  }

  /// The topic alias, 0 for none.
  public int topicAlias() {
    return topicAlias;
  }

  /// The Message Expiry Interval, -1 for none.
  public long messageExpirySeconds() {
    return messageExpirySeconds;
  }

  /// Whether the payload says that it is UTF-8. Nobody has checked it.
  public boolean payloadFormatUtf8() {
    return payloadFormatUtf8;
  }

  /// Where the payload begins.
  public int payloadFrom() {
    return payloadFrom;
  }

  /// Where the payload ends.
  public int payloadTo() {
    return payloadTo;
  }

  /// How many bytes of the properties are passed on to subscribers: all but topic alias, message
  /// expiry and subscription identifiers.
  public int passOnLength() {
    return passOnLength;
  }

  /// Whether the properties can be passed on as they lie there.
  public boolean plainProperties() {
    return passOnLength == propertiesTo - propertiesFrom;
  }

  /// A copy of the topic name's bytes.
  public Slice copyTopic() {
    return Slice.copyOf(buffer, topicFrom, topicTo);
  }

  /// A copy of the payload.
  public Slice copyPayload() {
    return Slice.copyOf(buffer, payloadFrom, payloadTo);
  }
}
