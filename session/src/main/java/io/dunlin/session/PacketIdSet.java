package io.dunlin.session;

import io.dunlin.base.OwnedBy;
import java.util.Arrays;

/// A set of packet identifiers, 1..65,535: the QoS 2 messages that a receiver owns and whose PUBREL
/// it waits for (MQTT 5.0 §4.3.3). Empty it holds no array.
///
/// Open addressing with linear probing; removal moves followers back, so no tombstones pile up.
@OwnedBy("shard")
public final class PacketIdSet {
  private static final char[] NONE = {};

  private char[] slots = NONE; // 0 is free; a power of two, at most half full
  private int size;

  /// How many identifiers there are.
  public int size() {
    return size;
  }

  /// Whether `packetId` is in the set.
  public boolean contains(int packetId) {
    if (size == 0) {
      return false;
    }
    int mask = slots.length - 1;
    for (int i = spread(packetId) & mask; slots[i] != 0; i = (i + 1) & mask) {
      if (slots[i] == packetId) {
        return true;
      }
    }
    return false;
  }

  /// Adds `packetId`; false when it was there.
  public boolean add(int packetId) {
    assert packetId >= 1 && packetId <= 65_535 : packetId;
    if (contains(packetId)) {
      return false;
    }
    if ((size + 1) * 2 > slots.length) {
      grow();
    }
    insert(packetId);
    size++;
    return true;
  }

  /// Removes `packetId`; false when it was not there.
  public boolean remove(int packetId) {
    if (size == 0) {
      return false;
    }
    int mask = slots.length - 1;
    int i = spread(packetId) & mask;
    while (slots[i] != packetId) {
      if (slots[i] == 0) {
        return false;
      }
      i = (i + 1) & mask;
    }
    closeGap(i, mask);
    size--;
    if (size == 0) {
      slots = NONE;
    }
    return true;
  }

  /// All identifiers, ascending.
  public int[] toArray() {
    int[] ids = new int[size];
    int n = 0;
    for (char slot : slots) {
      if (slot != 0) {
        ids[n++] = slot;
      }
    }
    Arrays.sort(ids);
    return ids;
  }

  private void closeGap(int gap, int mask) {
    int hole = gap;
    int i = hole;
    while (true) {
      i = (i + 1) & mask;
      if (slots[i] == 0) {
        slots[hole] = 0;
        return;
      }
      int home = spread(slots[i]) & mask;
      boolean between = hole <= i ? hole < home && home <= i : hole < home || home <= i;
      if (!between) {
        slots[hole] = slots[i];
        hole = i;
      }
    }
  }

  private void grow() {
    char[] old = slots;
    slots = new char[Math.max(8, old.length * 2)];
    for (char slot : old) {
      if (slot != 0) {
        insert(slot);
      }
    }
  }

  private void insert(int packetId) {
    int mask = slots.length - 1;
    int i = spread(packetId) & mask;
    while (slots[i] != 0) {
      i = (i + 1) & mask;
    }
    slots[i] = (char) packetId;
  }

  private static int spread(int packetId) {
    return packetId * 0x9E37_79B9 >>> 15;
  }
}
