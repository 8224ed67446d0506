package io.dunlin.crashtest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;

/// Where a broker's data lies, and what happens to both.
interface Ground extends AutoCloseable {
  /// The directory for the broker; it exists.
  Path data();

  /// Makes the broker end. When this returns, its data is as the next one shall find it.
  void end(BrokerUnderTest broker, Random random) throws IOException, InterruptedException;

  /// Gives all back.
  @Override
  void close() throws IOException;

  /// The one that a mode needs, in an empty directory.
  static Ground of(Mode mode, Path directory, Account account) throws IOException {
    return switch (mode) {
      case KILL -> new PlainGround(directory, (broker, _) -> broker.kill());
      case TERM ->
          new PlainGround(
              directory,
              (broker, _) -> {
                if (!broker.terminate()) {
                  account.fault(Fault.STUCK, "it does not end on SIGTERM");
                }
              });
      case POWER -> new LoopDisk(directory, false);
      case TORN -> new LoopDisk(directory, true);
      case FLIP ->
          new PlainGround(
              directory,
              (broker, random) -> {
                broker.kill();
                BitFlip.in(directory.resolve("data"), random);
              });
      case DISK_FULL -> new FullDisk(directory);
    };
  }
}
