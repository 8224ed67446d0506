package io.dunlin.storage;

import io.dunlin.storage.fixture.LogContract;
import io.dunlin.storage.fixture.SimDisk;
import org.junit.jupiter.api.Nested;

/// The log in files keeps the contract, whether it forces each group or not.
class FileLogContractTest {
  /// On a disk whose power fails at every crash.
  abstract static class OnSimDisk extends LogContract {
    private final SimDisk disk = new SimDisk(7);
    private final TestClock clock = new TestClock();

    LogConfig config(int shards) {
      return LogConfig.defaults(shards)
          .withSizes(16 << 10, 1 << 10, 6 << 10)
          .withTimes(1_000_000, 50_000_000, clock);
    }

    @Override
    protected Log open(int shards) {
      return FileLog.open(disk, config(shards));
    }

    @Override
    protected void settle(Log log) {
      FileLog file = (FileLog) log;
      do {
        clock.advanceTo(Math.min(file.nextWorkNanos(), clock.nanos() + 50_000_000));
      } while (file.work() > 0 || file.nextWorkNanos() != Long.MAX_VALUE);
    }

    @Override
    protected void crash(Log log) {
      disk.crash();
    }
  }

  @Nested
  class ForcingEachGroup extends OnSimDisk {}

  @Nested
  class ForcingLater extends OnSimDisk {
    @Override
    LogConfig config(int shards) {
      return super.config(shards).withoutForces();
    }
  }
}
