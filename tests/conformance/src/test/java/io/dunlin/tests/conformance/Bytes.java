package io.dunlin.tests.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;

/// Bytes in the making, one field of the specification after the other; knows no rule, so that it
/// can break each.
final class Bytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  static Bytes bytes(int... values) {
    Bytes bytes = new Bytes();
    for (int value : values) {
      bytes.u8(value);
    }
    return bytes;
  }

  /// A whole packet: the first byte as given, the Remaining Length that fits, and the body.
  static byte[] packet(int firstByte, Bytes body) {
    byte[] content = body.toArray();
    return bytes(firstByte).variable(content.length).raw(content).toArray();
  }

  Bytes u8(int value) {
    out.write(value);
    return this;
  }

  Bytes u16(int value) {
    return u8(value >> 8).u8(value);
  }

  Bytes u32(long value) {
    return u16((int) (value >> 16)).u16((int) value);
  }

  /// A Variable Byte Integer in its shortest form (§1.5.5).
  Bytes variable(int value) {
    int rest = value;
    while (rest > 127) {
      u8((rest & 127) | 128);
      rest >>= 7;
    }
    return u8(rest);
  }

  Bytes raw(byte... content) {
    out.writeBytes(content);
    return this;
  }

  Bytes binary(byte... content) {
    return u16(content.length).raw(content);
  }

  Bytes string(String text) {
    return binary(text.getBytes(UTF_8));
  }

  /// The identifier of a property and its value, in the form of that property.
  Bytes property(Property property, Object value) {
    variable(property.id);
    return switch (property.form) {
      case ONE_BYTE -> u8(((Number) value).intValue());
      case TWO_BYTES -> u16(((Number) value).intValue());
      case FOUR_BYTES -> u32(((Number) value).longValue());
      case VARIABLE -> variable(((Number) value).intValue());
      case STRING, BINARY ->
          value instanceof byte[] content ? binary(content) : string((String) value);
      case STRING_PAIR -> {
        String[] pair = ((String) value).split("=", 2);
        yield string(pair[0]).string(pair[1]);
      }
    };
  }

  int length() {
    return out.size();
  }

  byte[] toArray() {
    return out.toByteArray();
  }

  static String hex(byte[] content) {
    int shown = Math.min(content.length, 64);
    String text = HexFormat.ofDelimiter(" ").formatHex(content, 0, shown);
    return shown < content.length ? text + " … (" + content.length + " bytes)" : text;
  }
}
