package io.dunlin.codec;

import io.dunlin.base.Slice;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;

/// Reads packets as people write them down: `82 | 0001 {} <a/b> 01`.
///
/// Hexadecimal digits are bytes. `<text>` is a string behind its two-byte length, `<~80ff>` one of
/// those bytes. `{ … }` is what is inside behind its length as a Variable Byte Integer, `[ … ]`
/// behind its length in two bytes. A `|` behind the first byte stands for the Remaining Length.
final class PacketText {
  private static final HexFormat HEX = HexFormat.of();

  private final String text;
  private final Deque<PacketWriter> open = new ArrayDeque<>();
  private int at;

  private PacketText(String text) {
    this.text = text;
    open.push(new PacketWriter());
  }

  /// The bytes that `text` stands for.
  static Slice parse(String text) {
    int bar = text.indexOf('|');
    if (bar < 0) {
      return new PacketText(text).parse();
    }
    int firstByte = HexFormat.fromHexDigits(text.substring(0, bar).strip());
    return new PacketWriter()
        .raw(new PacketText(text.substring(bar + 1)).parse())
        .toPacket(firstByte);
  }

  private Slice parse() {
    while (at < text.length()) {
      char c = text.charAt(at++);
      switch (c) {
        case ' ' -> {}
        case '{', '[' -> open.push(new PacketWriter());
        case '}' -> {
          PacketWriter inner = open.pop();
          writer().properties(inner);
        }
        case ']' -> {
          Slice inner = open.pop().toSlice();
          writer().binary(inner);
        }
        case '<' -> string();
        default -> {
          writer().u8(HexFormat.fromHexDigits(text, at - 1, at + 1));
          at++;
        }
      }
    }
    if (open.size() != 1) {
      throw new IllegalArgumentException("brackets do not match: " + text);
    }
    return writer().toSlice();
  }

  private PacketWriter writer() {
    return open.element();
  }

  private void string() {
    int end = text.indexOf('>', at);
    String inner = text.substring(at, end);
    writer()
        .binary(
            inner.startsWith("~")
                ? Slice.wrap(HEX.parseHex(inner.substring(1)))
                : Slice.utf8(inner));
    at = end + 1;
  }
}
