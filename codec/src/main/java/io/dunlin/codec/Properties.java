package io.dunlin.codec;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.UserProperty;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The checked properties of one packet, to take values out of. For cold packets.
final class Properties {
  /// Of a packet without any.
  static final Properties NONE = new Properties(0, ByteBuffer.allocate(0), 0, 0);

  private final ByteBuffer buffer;
  private final int from;
  private final int to;
  private final long seen;

  /// Checks the properties `[from, to)` of `buffer` against the set `allowed`.
  Properties(ByteBuffer buffer, int from, int to, long allowed) throws MalformedPacket {
    this(PropertyBlock.check(buffer, from, to, allowed), buffer, from, to);
  }

  private Properties(long seen, ByteBuffer buffer, int from, int to) {
    this.seen = seen;
    this.buffer = buffer;
    this.from = from;
    this.to = to;
  }

  boolean has(int id) {
    return (seen & Property.bit(id)) != 0;
  }

  private int find(int id) {
    return has(id) ? PropertyBlock.find(buffer, from, to, id) : -1;
  }

  boolean flag(int id, boolean absent) {
    int at = find(id);
    return at < 0 ? absent : buffer.get(at) == 1;
  }

  int u16(int id, int absent) {
    int at = find(id);
    return at < 0 ? absent : PropertyBlock.u16(buffer, at);
  }

  long u32(int id, long absent) {
    int at = find(id);
    return at < 0 ? absent : PropertyBlock.u32(buffer, at);
  }

  @Nullable Slice binary(int id) {
    int at = find(id);
    return at < 0 ? null : slice(at);
  }

  @Nullable String text(int id) {
    Slice bytes = binary(id);
    return bytes == null ? null : bytes.utf8();
  }

  @Nullable TopicName topicName(int id) {
    Slice bytes = binary(id);
    return bytes == null ? null : TopicName.of(bytes);
  }

  List<UserProperty> userProperties() {
    if (!has(Property.USER_PROPERTY)) {
      return List.of();
    }
    List<UserProperty> all = new ArrayList<>();
    for (int at = from; at < to; at = PropertyBlock.next(buffer, at, to)) {
      if (buffer.get(at) == Property.USER_PROPERTY) {
        Slice name = slice(at + 1);
        all.add(new UserProperty(name.utf8(), slice(at + 3 + name.length()).utf8()));
      }
    }
    return all;
  }

  List<Integer> subscriptionIdentifiers() {
    if (!has(Property.SUBSCRIPTION_IDENTIFIER)) {
      return List.of();
    }
    List<Integer> all = new ArrayList<>();
    for (int at = from; at < to; at = PropertyBlock.next(buffer, at, to)) {
      if (buffer.get(at) == Property.SUBSCRIPTION_IDENTIFIER) {
        all.add(VarInt.read(buffer, at + 1, to));
      }
    }
    return all;
  }

  /// The bytes of those to pass on.
  Slice passOn() {
    byte[] bytes = new byte[PropertyBlock.passOnLength(buffer, from, to, seen)];
    PropertyBlock.copyPassOn(buffer, from, to, ByteBuffer.wrap(bytes), 0);
    return Slice.wrap(bytes);
  }

  private Slice slice(int at) {
    return Slice.copyOf(buffer, at + 2, at + 2 + PropertyBlock.u16(buffer, at));
  }
}
