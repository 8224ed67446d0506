package io.dunlin.crashtest;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Random;

/// A file system (ext4) of its own in a file, which can lose its power: what was not forced is gone
/// then, names of files too. The broker is stopped, the file system is shut down without writing
/// anything (an ioctl), the broker is killed, and the file system is mounted again, by which its
/// journal is replayed.
///
/// With `torn` some of the sectors that were lost are put back, as if the disk had been writing.
final class LoopDisk implements Ground {
  private static final long DISK_BYTES = 2L << 30;

  private final Path image;
  private final Path mount;
  private final Path seen;
  private final boolean torn;

  LoopDisk(Path directory, boolean torn) throws IOException {
    this.torn = torn;
    image = directory.resolve("disk.img");
    mount = Files.createDirectory(directory.resolve("disk"));
    seen = directory.resolve("seen");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(DISK_BYTES); // without blocks
    }
    Program.run("mkfs.ext4", "-q", "-F", image.toString());
    mount();
    Files.createDirectory(data());
    Program.run("sync", "-f", mount.toString());
  }

  private void mount() throws IOException {
    Program.run("mount", "-o", "loop", image.toString(), mount.toString());
  }

  @Override
  public Path data() {
    return mount.resolve("data");
  }

  @Override
  public void end(BrokerUnderTest broker, Random random) throws IOException, InterruptedException {
    broker.freeze();
    if (torn) {
      UnforcedSectors.remember(data(), seen);
    }
    FileSystemShutdown.of(mount);
    broker.kill();
    Program.run("umount", mount.toString());
    mount();
    if (torn) {
      UnforcedSectors.putSomeBack(seen, data(), random);
      Program.run("sync", "-f", mount.toString());
    }
  }

  @Override
  public void close() throws IOException {
    if (Files.isDirectory(mount.resolve("lost+found"), LinkOption.NOFOLLOW_LINKS)) {
      Program.run("umount", "-l", mount.toString());
    }
  }
}
