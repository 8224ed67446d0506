package io.dunlin.broker;

import io.dunlin.base.OwnedBy;
import io.dunlin.broker.config.StorageConfig;
import io.dunlin.rocksdb.Scrub;
import io.dunlin.storage.StoreDamaged;
import io.dunlin.storage.StoreFull;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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

  /// To read fewer at a start takes no time worth a checkpoint.
  private static final long WORTHWHILE_RECORDS = 10_000;

  /// What the store needs at least to work again, or to be opened.
  private static final long STORE_NEEDS_BYTES = 16 << 20;

  private final BrokerCore core;
  private final Storage storage;
  private final Supplier<StorageConfig> settings;
  private final Readiness readiness;
  private final SpaceWatch space;
  private final AtomicBoolean checkpointing = new AtomicBoolean();
  private volatile CompletableFuture<Void> checkpointDone = CompletableFuture.completedFuture(null);
  private volatile long recordsBefore; // the last checkpoint; those of earlier runs are negative
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
      long records = storage.log().counters().recordsCommitted();
      CompletableFuture<Void> done = new CompletableFuture<>();
      checkpointDone = done;
      core.checkpoint(() -> {
        recordsBefore = records;
        checkpointing.set(false);
        done.complete(null);
      });
    }
  }

  /// Recovery has read so many records: begins a checkpoint if they are many, so that the next
  /// start need not read them again. Before the first look.
  void recovered(long records) {
    recordsBefore = -records;
    if (worthwhile()) {
      checkpoint();
    }
  }

  /// Whether a start would have much to read now.
  private boolean worthwhile() {
    return storage.log().counters().recordsCommitted() - recordsBefore >= WORTHWHILE_RECORDS;
  }

  /// Makes one at an orderly stop, if it is worthwhile, and waits for it, for a bounded time: what
  /// is not written then is read from the log at the next start.
  void lastCheckpoint(long mostMillis) throws InterruptedException {
    if (!worthwhile() || core.storeTrouble() != null) {
      return;
    }
    checkpoint();
    try {
      checkpointDone.get(mostMillis, TimeUnit.MILLISECONDS);
    } catch (TimeoutException _) {
      LOG.info("checkpoint.unfinished the next start reads the log instead");
    } catch (ExecutionException e) {
      throw new IllegalStateException(e); // nobody completes it so
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
