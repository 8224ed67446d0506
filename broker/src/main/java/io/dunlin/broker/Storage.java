package io.dunlin.broker;

import io.dunlin.base.Clock;
import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.broker.config.Durability;
import io.dunlin.broker.store.Keeper;
import io.dunlin.rocksdb.RocksSettings;
import io.dunlin.rocksdb.RocksStore;
import io.dunlin.storage.Ballast;
import io.dunlin.storage.FileDisk;
import io.dunlin.storage.FileLog;
import io.dunlin.storage.LogConfig;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All that a broker has on disk: the log, the store, the reserve, in a directory that it holds.
/// Thread-safe.
final class Storage implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Storage.class);

  private final DataDirectory data;
  private final FileDisk disk;
  private final RocksStore store;
  private final FileLog log;
  private final Ballast ballast;

  private Storage(
      DataDirectory data, FileDisk disk, RocksStore store, FileLog log, Ballast ballast) {
    this.data = data;
    this.disk = disk;
    this.store = store;
    this.log = log;
    this.ballast = ballast;
  }

  /// Opens what is in `data`, which it takes over; closes it when that fails.
  static Storage open(DataDirectory data, BrokerConfig config, int shards) throws IOException {
    RocksStore store = null;
    try {
      FileDisk root = new FileDisk(data.root());
      // A reserve is worth nothing when the disk is full before it could be filled: see SpaceWatch.
      Ballast ballast = new Ballast(root, config.storage().diskReserveBytes());
      store =
          RocksStore.open(data.store(), RocksSettings.of(Keeper.FAMILIES.toArray(String[]::new)));
      Keeper.makeReadable(store);
      FileLog log = FileLog.open(new FileDisk(data.log()), logConfig(config, shards));
      return new Storage(data, root, store, log, ballast);
    } catch (IOException | RuntimeException e) {
      if (store != null) {
        store.close();
      }
      data.close();
      throw e;
    }
  }

  private static LogConfig logConfig(BrokerConfig config, int shards) {
    LogConfig defaults = LogConfig.defaults(shards);
    int segment = config.storage().segmentBytes();
    int maxRecord = segment / 2; // a message and 18 bytes per recipient
    boolean forces = config.data().durability() == Durability.DISK;
    long delayNanos = forces ? config.storage().commitDelayMicros() * 1_000L : 0;
    LogConfig forcing =
        defaults
            .withSizes(segment, Math.min(defaults.batchBytes(), segment / 2), maxRecord)
            .withTimes(delayNanos, defaults.lazyForceNanos(), Clock.SYSTEM);
    return forces ? forcing : forcing.withoutForces();
  }

  DataDirectory data() {
    return data;
  }

  FileLog log() {
    return log;
  }

  RocksStore store() {
    return store;
  }

  FileDisk disk() {
    return disk;
  }

  Ballast ballast() {
    return ballast;
  }

  /// Copies everything, as of a moment during the call, to a directory that a broker can be started
  /// on: the store, then the log from the store's position up to what is committed then. Segments
  /// are not recycled meanwhile.
  void backup(Path target) throws IOException {
    try (FileLog.Pin pin = log.pin()) {
      long from = store.position();
      checkEmpty(target); // before anything is done to it
      FileDisk root = new FileDisk(target);
      store.copyTo(target.resolve("store"));
      // The store holds nothing that was not committed before; the log is copied up to what is now.
      long to = pin.copyTo(new FileDisk(target.resolve("log")), from);
      root.forceNames();
      LOG.info("backup.done target={} from={} to={}", target, from, to);
    }
  }

  private static void checkEmpty(Path target) throws IOException {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(target)) {
      throw new FileAlreadyExistsException(target + " is no directory");
    }
    if (Files.isDirectory(target)) {
      try (Stream<Path> files = Files.list(target)) {
        if (files.findAny().isPresent()) {
          throw new FileAlreadyExistsException(target + " is not empty");
        }
      }
    }
  }

  /// Commits what was appended. The first step of the end; then the shards and the store's thread
  /// end, then [#close].
  void closeLog() {
    try {
      log.close();
    } catch (IOException e) {
      LOG.error("log.failed at the end error={}", e.toString(), e);
    }
  }

  @Override
  public void close() {
    store.close();
    try {
      data.close();
    } catch (IOException e) {
      LOG.warn("data.unlock error={}", e.toString());
    }
  }
}
