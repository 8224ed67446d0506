package io.dunlin.crashtest;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;

/// A small disk that others fill while the broker has load; after a while the broker is killed and
/// the space comes back, one before the other.
final class FullDisk implements Ground {
  private static final int MEGABYTES = 192;
  private static final int LONGEST_MILLIS = 1_500;

  private final SmallDisk disk;
  private final Path data;

  FullDisk(Path directory) throws IOException {
    disk = new SmallDisk(Files.createDirectory(directory.resolve("disk")), MEGABYTES);
    data = Files.createDirectory(disk.directory().resolve("data"));
  }

  @Override
  public Path data() {
    return data;
  }

  @Override
  public void end(BrokerUnderTest broker, Random random) throws IOException, InterruptedException {
    try {
      disk.fillUpTo(random.nextInt(4 << 20));
      disk.fillUpTo(0);
    } catch (FileSystemException e) {
      // The broker took the last of it: it is full.
    }
    var _ = broker.endsWithin(Duration.ofMillis(100 + random.nextInt(LONGEST_MILLIS)));
    boolean spaceFirst = random.nextBoolean();
    if (spaceFirst) {
      disk.empty();
      var _ = broker.endsWithin(Duration.ofMillis(random.nextInt(LONGEST_MILLIS)));
    }
    broker.kill();
    disk.empty();
  }

  @Override
  public void close() throws IOException {
    disk.close();
  }
}
