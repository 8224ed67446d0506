package io.dunlin.base;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/// A run of bytes that never changes. Immutable: it owns its array, which nobody else writes.
///
/// Two slices are equal when their bytes are.
public final class Slice implements Comparable<Slice> {
  /// No bytes.
  public static final Slice EMPTY = new Slice(new byte[0]);

  private final byte[] bytes;
  private int hash;

  private Slice(byte[] bytes) {
    this.bytes = bytes;
  }

  /// Takes over `bytes`: the caller must not write to the array again.
  public static Slice wrap(byte[] bytes) {
    return bytes.length == 0 ? EMPTY : new Slice(bytes);
  }

  /// Copies `bytes`.
  public static Slice copyOf(byte... bytes) {
    return wrap(bytes.clone());
  }

  /// The UTF-8 bytes of `text`.
  public static Slice utf8(String text) {
    return wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  /// Copies the bytes `[from, to)` of `buffer`, by absolute index; its position stays.
  public static Slice copyOf(ByteBuffer buffer, int from, int to) {
    byte[] bytes = new byte[to - from];
    buffer.get(from, bytes);
    return wrap(bytes);
  }

  /// How many bytes there are.
  public int length() {
    return bytes.length;
  }

  /// Whether there are none.
  public boolean isEmpty() {
    return bytes.length == 0;
  }

  /// The byte at `index`, 0..length-1.
  public byte at(int index) {
    return bytes[index];
  }

  /// A copy of the bytes.
  public byte[] toArray() {
    return bytes.clone();
  }

  /// Copies all bytes into `target` at the absolute index `at`; its position stays.
  public void copyTo(ByteBuffer target, int at) {
    target.put(at, bytes);
  }

  /// Copies all bytes into `target` at `at`.
  public void copyTo(byte[] target, int at) {
    System.arraycopy(bytes, 0, target, at, bytes.length);
  }

  /// The bytes `[from, to)` as a slice of their own.
  public Slice sub(int from, int to) {
    return from == 0 && to == bytes.length ? this : wrap(Arrays.copyOfRange(bytes, from, to));
  }

  /// A read-only view for reading only.
  public ByteBuffer asByteBuffer() {
    return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
  }

  /// Whether these bytes are the same as `[from, from + length())` of `buffer`.
  public boolean equalsAt(ByteBuffer buffer, int from, int length) {
    if (length != bytes.length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (buffer.get(from + i) != bytes[i]) {
        return false;
      }
    }
    return true;
  }

  /// The bytes decoded as UTF-8; only for bytes that are known to be well-formed.
  public String utf8() {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /// Orders as unsigned bytes, a shorter one first.
  @Override
  public int compareTo(Slice other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Slice slice && Arrays.equals(bytes, slice.bytes);
  }

  @Override
  public int hashCode() {
    int h = hash;
    if (h == 0) {
      h = Arrays.hashCode(bytes);
      hash = h;
    }
    return h;
  }

  /// The length and the first 16 bytes in hexadecimal.
  @Override
  public String toString() {
    int shown = Math.min(16, bytes.length);
    String hex = HexFormat.of().formatHex(bytes, 0, shown);
    return bytes.length + " bytes [" + hex + (shown < bytes.length ? "…]" : "]");
  }
}
