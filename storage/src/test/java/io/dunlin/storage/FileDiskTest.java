package io.dunlin.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileDiskTest {
  @TempDir Path directory;

  @Test
  void onlyTheOwnerMayReadAnything() throws IOException {
    Path log = directory.resolve("data/log");
    FileDisk disk = new FileDisk(log);
    disk.open("a").close();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log)))
        .isEqualTo("rwx------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log.resolve("a"))))
        .isEqualTo("rw-------");
  }

  @Test
  void writtenBytesAreRead() throws IOException {
    FileDisk disk = new FileDisk(directory);
    try (Disk.File file = disk.open("a")) {
      file.resize(3_000_000);
      file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 2_999_998);
      file.force();
      ByteBuffer read = ByteBuffer.allocate(10);
      assertThat(file.read(read, 2_999_997)).isEqualTo(4);
      assertThat(read.array()).startsWith(0, 1, 2, 3);
      assertThat(file.size()).isEqualTo(3_000_001);
      file.resize(5);
      assertThat(file.size()).isEqualTo(5);
      assertThat(file.read(ByteBuffer.allocate(1), 5)).isZero();
    }
  }

  @Test
  void namesChange() throws IOException {
    FileDisk disk = new FileDisk(directory);
    disk.open("b").close();
    disk.open("a").close();
    disk.rename("b", "c");
    disk.rename("a", "c");
    disk.delete("none");
    disk.forceNames();
    assertThat(disk.list()).containsExactly("c");
    disk.delete("c");
    assertThat(disk.list()).isEmpty();
    assertThat(disk.usableBytes()).isPositive();
  }

  @Test
  void interruptedReaderDoesNotCloseTheFileForOthers() throws IOException {
    FileDisk disk = new FileDisk(directory);
    try (Disk.File file = disk.open("a")) {
      file.write(ByteBuffer.wrap(new byte[] {7}), 0);
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> file.read(ByteBuffer.allocate(1), 0))
          .isInstanceOf(ClosedByInterruptException.class);
      assertThat(Thread.interrupted()).isTrue();
      file.write(ByteBuffer.wrap(new byte[] {8}), 1);
      ByteBuffer read = ByteBuffer.allocate(2);
      assertThat(file.read(read, 0)).isEqualTo(2);
      assertThat(read.array()).containsExactly(7, 8);
    }
  }
}
