package io.dunlin.crashtest;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/// One bit that rots: in any file with the same probability, and there in any byte up to the last
/// that is not 0.
final class BitFlip {
  private static final int CHUNK_BYTES = 1 << 16;

  private BitFlip() {}

  static void in(Path data, Random random) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(data)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    if (files.isEmpty()) {
      return;
    }
    Path file = files.get(random.nextInt(files.size()));
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      long used = used(bytes);
      if (used > 0) {
        long at = random.nextLong(used);
        bytes.seek(at);
        int old = bytes.read();
        bytes.seek(at);
        bytes.write(old ^ 1 << random.nextInt(8));
      }
    }
  }

  /// How many bytes there are up to the last that is not 0.
  private static long used(RandomAccessFile file) throws IOException {
    byte[] chunk = new byte[CHUNK_BYTES];
    for (long end = file.length(); end > 0; end -= Math.min(end, CHUNK_BYTES)) {
      int length = (int) Math.min(end, CHUNK_BYTES);
      file.seek(end - length);
      file.readFully(chunk, 0, length);
      for (int i = length - 1; i >= 0; i--) {
        if (chunk[i] != 0) {
          return end - length + i + 1;
        }
      }
    }
    return 0;
  }
}
