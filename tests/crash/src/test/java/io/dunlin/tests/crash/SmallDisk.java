package io.dunlin.tests.crash;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/// A real file system of a few megabytes, in memory, which others fill.
final class SmallDisk implements AutoCloseable {
  private static final int CHUNK_BYTES = 64 << 10;

  private final Path directory;

  SmallDisk(int megabytes) throws IOException {
    directory = Files.createTempDirectory("dunlin-small-disk");
    run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m,mode=0700", "dunlin-test");
  }

  /// Whether this process may mount file systems.
  static boolean mayMount() {
    return "root".equals(System.getProperty("user.name")) && Files.exists(Path.of("/bin/mount"));
  }

  Path directory() {
    return directory;
  }

  long freeBytes() throws IOException {
    return Files.getFileStore(directory).getUsableSpace();
  }

  /// Others use all but so many bytes.
  void fillUpTo(long leftBytes) throws IOException {
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
  void empty() throws IOException {
    Files.deleteIfExists(others());
  }

  private Path others() {
    return directory.resolve("others");
  }

  private void run(String... command) throws IOException {
    String[] whole = new String[command.length + 1];
    System.arraycopy(command, 0, whole, 0, command.length);
    whole[command.length] = directory.toString();
    Process process = new ProcessBuilder(whole).inheritIO().start();
    try {
      if (!process.waitFor(Wire.PATIENCE.toSeconds(), TimeUnit.SECONDS)
          || process.exitValue() != 0) {
        throw new IOException(String.join(" ", whole) + " failed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    run("umount", "-l");
    Files.delete(directory);
  }
}
