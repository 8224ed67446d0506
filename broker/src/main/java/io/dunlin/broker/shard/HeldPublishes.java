package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// PUBLISH packets of one client from before MQTT 5.0 that came while the disk is nearly full:
/// there is no code to refuse them with, so they wait here unacknowledged, and what the client
/// sends besides is still processed. Bounded; beyond the bound the connection is not read.
@OwnedBy("shard")
final class HeldPublishes {
  private static final int MAX_PACKETS = 64;
  private static final int MAX_BYTES = 1 << 20;

  private final ArrayDeque<ByteBuffer> packets = new ArrayDeque<>();
  private int bytes;

  /// Keeps a copy of a packet; false when there is no room.
  boolean add(ByteBuffer buffer, int from, int to) {
    if (packets.size() >= MAX_PACKETS || bytes + to - from > MAX_BYTES) {
      return false;
    }
    packets.addLast(ByteBuffer.allocate(to - from).put(0, buffer, from, to - from));
    bytes += to - from;
    return true;
  }

  /// The oldest packet, which stays.
  @Nullable ByteBuffer first() {
    return packets.peekFirst();
  }

  void removeFirst() {
    ByteBuffer packet = packets.pollFirst();
    if (packet != null) {
      bytes -= packet.capacity();
    }
  }
}
