package io.dunlin.broker;

import io.dunlin.base.OwnedBy;
import io.dunlin.storage.Ballast;
import io.dunlin.storage.Disk;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Watches the disk's space and owns the reserve. Looks when it is told to.
///
/// Space is low when, beside the reserve, not even a segment of the log fits on the disk; then what
/// would have to be kept is refused. The reserve lies in the [Ballast], which is released when the
/// log or the store has run into the end of the disk all the same: acknowledgements and deletions
/// go on with it, and they free space. What is missing of it counts as used, so that space is low
/// until the whole reserve could be filled again.
@OwnedBy("background")
final class SpaceWatch {
  private static final Logger LOG = LoggerFactory.getLogger(SpaceWatch.class);

  /// So much of the ballast is filled at a time: a start should not be busy with it.
  private static final long STEP_BYTES = 8 << 20;

  private final Disk disk;
  private final Ballast ballast;
  private final long marginBytes;
  private long freeBytes;
  private boolean low;

  /// @param marginBytes what must be free beside the reserve
  SpaceWatch(Disk disk, Ballast ballast, long marginBytes) {
    this.disk = disk;
    this.ballast = ballast;
    this.marginBytes = marginBytes;
  }

  /// Looks once.
  ///
  /// @param needed whether something that must be written finds no space
  /// @return whether space is low
  boolean look(boolean needed) {
    try {
      if (needed) {
        ballast.release();
      }
      freeBytes = disk.usableBytes();
      boolean reserves = ballast.heldBytes() + ballast.missingBytes() > 0;
      low = needed || reserves && freeBytes < marginBytes + ballast.missingBytes();
      if (!low && ballast.missingBytes() > 0) {
        ballast.fill(STEP_BYTES);
      }
    } catch (IOException e) { // looks again soon
      LOG.warn("disk.unknown error={}", e.toString());
    }
    return low;
  }

  /// Free space at the last look.
  long freeBytes() {
    return freeBytes;
  }
}
