package io.dunlin.broker.store;

import io.dunlin.base.OwnedBy;
import io.dunlin.storage.SortedStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which rows of a queue were in the store before a replay puts them: read in ranges, which costs a
/// fraction of asking for each.
@OwnedBy("mover")
final class RowsBefore {
  private static final int ROWS = 1_024;
  private static final long BYTES = 1 << 20;

  private final SortedStore store;
  private final int family;
  private final Map<Long, Long> positions = new HashMap<>(); // by number
  private long session;
  private long from;
  private long to; // all in [from, to) are known

  RowsBefore(SortedStore store, int family) {
    this.store = store;
    this.family = family;
  }

  /// The position in the row of message `number`, or null when there is none. Numbers of a session
  /// are to be asked for in order.
  @Nullable Long position(long ofSession, long number) throws IOException {
    if (ofSession != session || number < from || number >= to) {
      read(ofSession, number);
    }
    return positions.get(number);
  }

  /// What was read may be true no more.
  void forget() {
    to = from;
    positions.clear();
  }

  /// A row was removed.
  void dropped(long ofSession, long number) {
    if (ofSession == session) {
      positions.remove(number);
    }
  }

  private void read(long ofSession, long number) throws IOException {
    forget();
    long[] state = {number + ROWS, 0};
    store.scan(
        family,
        QueueRow.key(ofSession, number),
        QueueRow.key(ofSession, number + ROWS),
        (key, value) -> {
          long at = ByteBuffer.wrap(key).getLong(8);
          positions.put(at, QueueRow.positionIn(value));
          state[1] += value.length;
          if (state[1] >= BYTES) {
            state[0] = at + 1;
            return false;
          }
          return true;
        });
    session = ofSession;
    from = number;
    to = state[0];
  }
}
