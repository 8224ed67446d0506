package io.dunlin.session;

import io.dunlin.base.OwnedBy;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What an [Outgoing] knows of a run of numbers: arrays, circular, by number, a power of two long;
/// each is made when something is put into it.
@OwnedBy("shard")
final class Entries<B> {
  private static final byte[] NO_BITS = {};
  private static final long[] NO_POSITIONS = {};
  private static final int[] NO_SIZES = {};
  private static final int KEPT = 1_024;

  private byte[] bits = NO_BITS;
  private long[] positions = NO_POSITIONS;
  private int[] sizes = NO_SIZES;
  private @Nullable Object @Nullable [] bodies;

  int bits(long number) {
    return bits[index(number)] & 0xff;
  }

  void bits(long number, int value) {
    bits[index(number)] = (byte) value;
  }

  long position(long number) {
    return positions.length == 0 ? 0 : positions[index(number)];
  }

  int size(long number) {
    return sizes.length == 0 ? 0 : sizes[index(number)];
  }

  @SuppressWarnings("unchecked") // only body() writes bodies, and it takes B
  @Nullable B body(long number) {
    return bodies == null ? null : (B) bodies[index(number)];
  }

  void body(long number, @Nullable B body) {
    if (bodies == null) {
      if (body == null) {
        return;
      }
      bodies = new @Nullable Object[bits.length];
    }
    bodies[index(number)] = body;
  }

  /// Puts message `number` behind those from `first` on.
  void put(long first, long number, int value, long position, int size, @Nullable B body) {
    if (number - first >= bits.length) {
      grow(first, number);
    }
    int i = index(number);
    bits[i] = (byte) value;
    if (position != 0 && positions.length == 0) {
      positions = new long[bits.length];
    }
    if (positions.length != 0) {
      positions[i] = position;
    }
    if (size != 0 && sizes.length == 0) {
      sizes = new int[bits.length];
    }
    if (sizes.length != 0) {
      sizes[i] = size;
    }
    body(number, body);
  }

  /// There are none now: arrays of a burst are given back.
  void empty() {
    if (bits.length > KEPT) {
      bits = NO_BITS;
      positions = NO_POSITIONS;
      sizes = NO_SIZES;
      bodies = null;
    }
  }

  int arrayBytes() {
    return bits.length
        + positions.length * 8
        + sizes.length * 4
        + (bodies == null ? 0 : Arrays.asList(bodies).size() * 4);
  }

  private int index(long number) {
    return (int) number & bits.length - 1;
  }

  private void grow(long first, long end) {
    int length = Math.max(8, bits.length);
    while (end - first >= length) {
      length *= 2;
    }
    byte[] newBits = new byte[length];
    long[] newPositions = positions.length == 0 ? NO_POSITIONS : new long[length];
    int[] newSizes = sizes.length == 0 ? NO_SIZES : new int[length];
    @Nullable Object[] newBodies = bodies == null ? null : new @Nullable Object[length];
    for (long n = first; n < end; n++) {
      int from = index(n);
      int to = (int) n & length - 1;
      newBits[to] = bits[from];
      if (newPositions.length != 0) {
        newPositions[to] = positions[from];
      }
      if (newSizes.length != 0) {
        newSizes[to] = sizes[from];
      }
      if (bodies != null && newBodies != null) {
        newBodies[to] = bodies[from];
      }
    }
    bits = newBits;
    positions = newPositions;
    sizes = newSizes;
    bodies = newBodies;
  }
}
