package io.dunlin.crashtest;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/// The sectors of files that programs saw and that a power cut took away. A real disk may have
/// written any of them by then, in any order.
final class UnforcedSectors {
  private static final int SECTOR_BYTES = 512;
  private static final int CHUNK_BYTES = 1 << 20;

  private UnforcedSectors() {}

  /// Copies the files as programs see them.
  static void remember(Path data, Path copy) throws IOException {
    Program.run("rm", "-rf", copy.toString());
    Program.run("cp", "-r", "--sparse=always", data.toString(), copy.toString());
  }

  /// Writes some of the sectors that differ into the files that are there.
  static void putSomeBack(Path copy, Path data, Random random) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(copy)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    for (Path file : files) {
      Path target = data.resolve(copy.relativize(file).toString());
      if (Files.isRegularFile(target)) {
        putSomeBackOf(file, target, random);
      }
    }
    Program.run("rm", "-rf", copy.toString());
  }

  private static void putSomeBackOf(Path seen, Path target, Random random) throws IOException {
    try (RandomAccessFile from = new RandomAccessFile(seen.toFile(), "r");
        RandomAccessFile to = new RandomAccessFile(target.toFile(), "rw")) {
      byte[] wanted = new byte[CHUNK_BYTES];
      byte[] there = new byte[CHUNK_BYTES];
      long end = from.length();
      for (long offset = 0; offset < end; offset += CHUNK_BYTES) {
        int length = (int) Math.min(CHUNK_BYTES, end - offset);
        from.seek(offset);
        from.readFully(wanted, 0, length);
        int have = Math.clamp(to.length() - offset, 0, length);
        to.seek(offset);
        to.readFully(there, 0, have);
        if (have < length || !Arrays.equals(wanted, 0, length, there, 0, length)) {
          putBack(wanted, there, offset, length, have, to, random);
        }
      }
    }
  }

  private static void putBack(
      byte[] wanted,
      byte[] there,
      long offset,
      int length,
      int have,
      RandomAccessFile to,
      Random random)
      throws IOException {
    for (int at = 0; at < length; at += SECTOR_BYTES) {
      int bytes = Math.min(SECTOR_BYTES, length - at);
      boolean same =
          at + bytes <= have && Arrays.equals(wanted, at, at + bytes, there, at, at + bytes);
      if (!same && random.nextBoolean()) {
        to.seek(offset + at);
        to.write(wanted, at, bytes);
      }
    }
  }
}
