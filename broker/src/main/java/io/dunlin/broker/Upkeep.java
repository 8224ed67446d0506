package io.dunlin.broker;

import io.dunlin.base.OwnedBy;
import io.dunlin.broker.config.StorageConfig;
import io.dunlin.rocksdb.Scrub;
import io.dunlin.storage.StoreDamaged;
import io.dunlin.storage.StoreFull;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What has to be seen to now and then: checkpoints, the disk's space, a store that fails, and a
/// slow look at all that the store has on disk.
@OwnedBy("background")
final class Upkeep {
  /// From one look to the next.
  static final long LOOK_MILLIS = 500;

  private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);

  /// What the store needs at least to work again, or to be opened.
  private static final long STORE_NEEDS_BYTES = 16 << 20;

  private final BrokerCore core;
  private final Storage storage;
  private final Supplier<StorageConfig> settings;
  private final Readiness readiness;
  private final SpaceWatch space;
  private final AtomicBoolean checkpointing = new AtomicBoolean();
  private boolean lowOnSpace;
  private @Nullable Scrub scrub;
  private long scrubAtMillis;

  /// @param settings asked at each look: some of them change while the broker runs
  Upkeep(BrokerCore core, Storage storage, Supplier<StorageConfig> settings, Readiness readiness) {
    this.core = core;
    this.storage = storage;
    this.settings = settings;
    this.readiness = readiness;
    this.space = new SpaceWatch(storage.disk(), storage.ballast(), settings.get().segmentBytes());
  }

  /// One look at everything. Bounded: a file of the store at most is read.
  void look() {
    StorageConfig config = settings.get();
    try {
      watchSpace();
      core.retryStore(System.nanoTime(), space.freeBytes() >= STORE_NEEDS_BYTES);
      storage.log().sync(); // it may have committed what is not on the disk yet
      long due = lowOnSpace ? config.segmentBytes() : config.logMaxBytes() / 2;
      if (core.bytesSinceCheckpoint() > due) {
        checkpoint();
      }
      scrubSome(System.currentTimeMillis(), config.scrubIntervalSeconds() * 1_000L);
    } catch (IOException e) { // the next look tries again
      LOG.error("upkeep.failed error={}", e.toString(), e);
    }
  }

  private void watchSpace() {
    boolean needed = storage.log().outOfSpace() || core.storeTrouble() instanceof StoreFull;
    boolean low = space.look(needed);
    if (low != lowOnSpace) {
      lowOnSpace = low;
      readiness.lowOnSpace(low);
      LOG.warn(
          low
              ? "disk.low publishes that must be kept are refused until there is space"
              : "disk.space publishes are kept again");
      core.lowOnSpace(low);
      if (low) {
        checkpoint(); // may free segments
      }
    }
  }

  /// Begins a checkpoint if none is being made. Any thread.
  void checkpoint() {
    if (checkpointing.compareAndSet(false, true)) {
      core.checkpoint(() -> checkpointing.set(false));
    }
  }

  /// Reads one file of the store, if it is time for it.
  private void scrubSome(long nowMillis, long intervalMillis) throws IOException {
    if (intervalMillis == 0) {
      return;
    }
    if (scrubAtMillis == 0) {
      long last = storage.store().scrubbedAtMillis();
      scrubAtMillis = last == 0 ? nowMillis + intervalMillis : last + intervalMillis;
    }
    if (nowMillis < scrubAtMillis) {
      return;
    }
    Scrub now = scrub;
    if (now == null) {
      now = storage.store().scrub();
      scrub = now;
    }
    try {
      if (!now.next()) {
        scrub = null;
        scrubAtMillis = nowMillis + intervalMillis;
        LOG.info("store.scrubbed");
      }
    } catch (StoreDamaged e) {
      core.storeDamaged(e); // opens it again, which repairs; the next scrub sees what became of it
      scrub = null;
      scrubAtMillis = nowMillis + intervalMillis;
    }
  }
}
