package io.dunlin.crashtest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A real file system of a few megabytes, in memory, which others fill.
public final class SmallDisk implements AutoCloseable {
  private static final int CHUNK_BYTES = 64 << 10;

  private final Path directory;

  /// Mounts one on a new directory.
  public SmallDisk(int megabytes) throws IOException {
    this(Files.createTempDirectory("dunlin-small-disk"), megabytes);
  }

  SmallDisk(Path directory, int megabytes) throws IOException {
    this.directory = directory;
    Program.run(
        "mount",
        "-t",
        "tmpfs",
        "-o",
        "size=" + megabytes + "m,mode=0700",
        "dunlin-test",
        directory.toString());
  }

  /// Whether this process may mount file systems.
  public static boolean mayMount() {
    return "root".equals(System.getProperty("user.name"))
        && "Linux".equals(System.getProperty("os.name"));
  }

  public Path directory() {
    return directory;
  }

  long freeBytes() throws IOException {
    return Files.getFileStore(directory).getUsableSpace();
  }

  /// Others use all but so many bytes.
  public void fillUpTo(long leftBytes) throws IOException {
    byte[] chunk = new byte[CHUNK_BYTES];
    while (freeBytes() > leftBytes) {
      int bytes = (int) Math.min(CHUNK_BYTES, freeBytes() - leftBytes);
      Files.write(
          others(),
          bytes == CHUNK_BYTES ? chunk : new byte[bytes],
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    }
  }

  /// Others give all of it back.
  public void empty() throws IOException {
    Files.deleteIfExists(others());
  }

  private Path others() {
    return directory.resolve("others");
  }

  @Override
  public void close() throws IOException {
    Program.run("umount", "-l", directory.toString());
    Files.delete(directory);
  }
}
