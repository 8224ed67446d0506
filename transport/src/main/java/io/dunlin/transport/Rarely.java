package io.dunlin.transport;

import io.dunlin.base.OwnedBy;
import java.util.concurrent.TimeUnit;

/// Lets one of many equal events through to the log every ten seconds, and counts the others: who
/// connects too often shall not fill the disk.
@OwnedBy("loop")
final class Rarely {
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private long untold;
  private long toldNanos;
  private boolean told;

  /// Something has happened. How often since it was last told, this time included; 0 when it is too
  /// soon to tell again.
  long happened(long nowNanos) {
    untold++;
    if (told && nowNanos - toldNanos < PAUSE_NANOS) {
      return 0;
    }
    long count = untold;
    told = true;
    toldNanos = nowNanos;
    untold = 0;
    return count;
  }
}
