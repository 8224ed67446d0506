package io.dunlin.broker.shard;

import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Rights;
import io.dunlin.broker.store.MessageView;
import io.dunlin.codec.PublishProperties;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.Will;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// The place in the tree of topics at which the clients of a listener have their root: a prefix
/// that goes before the names they send and is cut off those they get. Within the broker there are
/// full names only. Immutable.
///
/// `$SYS` is the same tree for all. What else begins with `$` is none of a client's business under
/// a mount point: by their own names such topics are no part of `#`, by their full ones they are.
public final class Mount {
  /// The root of the whole tree.
  public static final Mount NONE = new Mount("");

  private static final Slice SYS = Slice.utf8("$SYS");

  private final String text;
  private final Slice prefix;
  private volatile Under latest = new Under(this, Rights.OPEN);

  private Mount(String text) {
    this.text = text;
    this.prefix = Slice.utf8(text);
  }

  /// The mount point with this prefix, which ends with `/`; [#NONE] if it is empty.
  public static Mount of(String prefix) {
    return prefix.isEmpty() ? NONE : new Mount(prefix);
  }

  /// Whether names are left as they are.
  public boolean isNone() {
    return prefix.isEmpty();
  }

  /// The prefix.
  String prefix() {
    return text;
  }

  int bytes() {
    return prefix.length();
  }

  // -- from the client ------------------------------------------------------------------------

  /// The full form of a name or filter; null when it would be too long.
  @Nullable Slice full(Slice name) {
    return full(name.asByteBuffer(), 0, name.length());
  }

  /// The full form of the name or filter `[from, to)`; null when it would be too long.
  @Nullable Slice full(ByteBuffer buffer, int from, int to) {
    if (isSys(buffer, from, to)) {
      return Slice.copyOf(buffer, from, to);
    }
    int length = bytes() + to - from;
    if (length > TopicName.MAX_BYTES) {
      return null;
    }
    byte[] name = new byte[length];
    prefix.copyTo(name, 0);
    buffer.get(from, name, bytes(), to - from);
    return Slice.wrap(name);
  }

  /// The full form of a filter, `$share/…` included; null when it would be too long.
  @Nullable TopicFilter full(TopicFilter filter) {
    if (isNone()) {
      return filter;
    }
    Slice own = full(filter.filter());
    if (own == null || !filter.isShared()) {
      return own == null ? null : TopicFilter.of(own);
    }
    Slice all = filter.bytes();
    int share = all.length() - filter.filter().length();
    if (share + own.length() > TopicName.MAX_BYTES) {
      return null;
    }
    byte[] bytes = new byte[share + own.length()];
    all.sub(0, share).copyTo(bytes, 0);
    own.copyTo(bytes, share);
    return TopicFilter.of(Slice.wrap(bytes));
  }

  /// The will with full names; null when one would be too long.
  @Nullable Will full(Will will) {
    Slice topic = full(will.topic().bytes());
    ByteBuffer properties = ByteBuffer.allocate(will.properties().length() + bytes());
    will.properties().copyTo(properties, 0);
    int end = completeProperties(properties, 0, will.properties().length());
    return topic == null || end < 0
        ? null
        : new Will(
            TopicName.of(topic),
            will.payload(),
            will.qos(),
            will.retain(),
            will.delaySeconds(),
            will.messageExpirySeconds(),
            Slice.copyOf(properties, 0, end));
  }

  /// Puts the prefix before the Response Topic among the properties `[from, to)`, which have room
  /// behind them. Returns their new end, or -1 when the name would be too long.
  int completeProperties(ByteBuffer properties, int from, int to) {
    int at = PublishProperties.responseTopic(properties, from, to);
    if (at < 0) {
      return to;
    }
    int name = at + 2;
    int length = Short.toUnsignedInt(properties.getShort(at));
    if (isSys(properties, name, name + length)) {
      return to;
    }
    if (length + bytes() > TopicName.MAX_BYTES) {
      return -1;
    }
    properties.putShort(at, (short) (length + bytes()));
    properties.put(name + bytes(), properties, name, to - name);
    prefix.copyTo(properties, name);
    return to + bytes();
  }

  // -- to the client --------------------------------------------------------------------------

  /// Makes `target` the message as a client under this mount point sees it.
  ///
  /// @param room for its properties, at least as many bytes as they have now
  void cut(MessageView message, ByteBuffer room, MessageView target) {
    int topicFrom = message.topicFrom();
    if (isUnder(message.topicBuffer(), topicFrom, message.topicTo())) {
      topicFrom += bytes();
    }
    ByteBuffer properties = message.propertiesBuffer();
    int from = message.passOnFrom();
    int to = message.passOnTo();
    int at = PublishProperties.responseTopic(properties, from, to);
    if (at >= 0) {
      int name = at + 2;
      int length = Short.toUnsignedInt(properties.getShort(at));
      if (isUnder(properties, name, name + length)) {
        int before = name - from;
        room.put(0, properties, from, before);
        room.putShort(before - 2, (short) (length - bytes()));
        room.put(before, properties, name + bytes(), to - name - bytes());
        properties = room;
        to = to - from - bytes();
        from = 0;
      }
    }
    target.set(
        message.qos(),
        message.retain(),
        message.expiresAtMillis(),
        message.topicBuffer(),
        topicFrom,
        message.topicTo(),
        properties,
        from,
        to,
        message.payloadBuffer(),
        message.payloadFrom(),
        message.payloadTo());
  }

  /// Whether a name begins with the prefix, and goes on behind it.
  private boolean isUnder(ByteBuffer buffer, int from, int to) {
    return to - from > bytes() && prefix.equalsAt(buffer, from, bytes());
  }

  // -- what its clients may do ----------------------------------------------------------------

  /// The rights of a client under this mount point; the same object for the same rights, where that
  /// is easy.
  @SuppressWarnings("ReferenceEquality") // decisions are remembered by the object
  Rights under(Rights rights) {
    if (isNone()) {
      return rights;
    }
    Under under = latest;
    if (under.rights != rights) {
      under = new Under(this, rights);
      latest = under;
    }
    return under;
  }

  private boolean isVisible(Slice name) {
    return isSys(name.asByteBuffer(), 0, name.length())
        || isUnder(name.asByteBuffer(), 0, name.length()) && name.at(bytes()) != '$';
  }

  private static boolean isSys(ByteBuffer buffer, int from, int to) {
    int behind = from + SYS.length();
    return to >= behind
        && SYS.equalsAt(buffer, from, SYS.length())
        && (to == behind || buffer.get(behind) == '/');
  }

  /// Of two mount points with the same prefix, one is as good as the other.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Mount mount && mount.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }

  /// Rights by full names.
  private record Under(Mount mount, Rights rights) implements Rights {
    @Override
    public boolean mayPublish(TopicName topic) {
      return mount.isVisible(topic.bytes()) && rights.mayPublish(topic);
    }

    @Override
    public boolean maySubscribe(TopicFilter filter) {
      return mount.isVisible(filter.bytes()) && rights.maySubscribe(filter);
    }

    @Override
    public boolean mayReceive(TopicName topic) {
      return mount.isVisible(topic.bytes()) && rights.mayReceive(topic);
    }

    @Override
    public String reason(Act act, Slice topic) {
      return mount.isVisible(topic)
          ? rights.reason(act, topic)
          : "it lies outside of the mount point " + mount;
    }
  }
}
