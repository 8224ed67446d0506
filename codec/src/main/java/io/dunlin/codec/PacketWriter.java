package io.dunlin.codec;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import io.dunlin.mqtt.UserProperty;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Bytes that grow, with the field types of MQTT. For cold packets; lives as long as one call.
final class PacketWriter {
  private byte[] bytes = new byte[64];
  private int length;

  private void room(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }

  PacketWriter u8(int value) {
    room(1);
    bytes[length++] = (byte) value;
    return this;
  }

  PacketWriter u16(int value) {
    if (value < 0 || value > 0xffff) {
      throw new IllegalArgumentException(value + " is not in 0..65535");
    }
    return u8(value >>> 8).u8(value);
  }

  PacketWriter u32(long value) {
    if (value < 0 || value > 0xffff_ffffL) {
      throw new IllegalArgumentException(value + " is not in 0..4294967295");
    }
    return u16((int) (value >>> 16)).u16((int) value & 0xffff);
  }

  PacketWriter varInt(int value) {
    room(VarInt.size(value));
    length = VarInt.write(ByteBuffer.wrap(bytes), length, value);
    return this;
  }

  PacketWriter raw(Slice value) {
    room(value.length());
    value.copyTo(bytes, length);
    length += value.length();
    return this;
  }

  /// Bytes behind their length.
  PacketWriter binary(Slice value) {
    return u16(value.length()).raw(value);
  }

  PacketWriter text(String value) {
    return binary(Slice.utf8(value));
  }

  PacketWriter topic(TopicName value) {
    return binary(value.bytes());
  }

  PacketWriter filter(TopicFilter value) {
    return binary(value.bytes());
  }

  PacketWriter u16Unless(int absent, int id, int value) {
    return value == absent ? this : u8(id).u16(value);
  }

  PacketWriter u32Unless(long absent, int id, long value) {
    return value == absent ? this : u8(id).u32(value);
  }

  PacketWriter flagUnless(boolean absent, int id, boolean value) {
    return value == absent ? this : u8(id).u8(value ? 1 : 0);
  }

  PacketWriter textIfAny(int id, @Nullable String value) {
    return value == null ? this : u8(id).text(value);
  }

  PacketWriter binaryIfAny(int id, @Nullable Slice value) {
    return value == null ? this : u8(id).binary(value);
  }

  PacketWriter userProperties(List<UserProperty> values) {
    for (UserProperty value : values) {
      u8(Property.USER_PROPERTY).text(value.name()).text(value.value());
    }
    return this;
  }

  /// The bytes of `properties` behind their length.
  PacketWriter properties(PacketWriter properties) {
    return varInt(properties.length).raw(properties.toSlice());
  }

  boolean isEmpty() {
    return length == 0;
  }

  Slice toSlice() {
    return Slice.wrap(Arrays.copyOf(bytes, length));
  }

  /// The packet that has these bytes behind its fixed header.
  Slice toPacket(int firstByte) {
    int header = 1 + VarInt.size(length);
    byte[] packet = new byte[header + length];
    packet[0] = (byte) firstByte;
    VarInt.write(ByteBuffer.wrap(packet), 1, length);
    System.arraycopy(bytes, 0, packet, header, length);
    return Slice.wrap(packet);
  }
}
