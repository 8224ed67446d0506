package io.dunlin.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
  @TempDir Path temp;

  @Test
  void unpackedLibraryIsWhereTheBuildPutIt() {
    String directory = System.getProperty(NativeLibrary.DIRECTORY_PROPERTY);

    assertThat(directory).isNotNull();
    assertThat(Path.of(directory, NativeLibrary.fileName())).isRegularFile();
    NativeLibrary.load(temp);
  }

  @Test
  void everyStartFindsTheOneThatTheFirstHasUnpacked() throws IOException {
    Path first = NativeLibrary.unpacked(temp).resolve(NativeLibrary.fileName());
    Files.setLastModifiedTime(first, FileTime.fromMillis(1_000));

    Path second = NativeLibrary.unpacked(temp).resolve(NativeLibrary.fileName());

    assertThat(second).isEqualTo(first);
    assertThat(Files.getLastModifiedTime(second).toMillis()).isEqualTo(1_000);
    assertThat(files()).containsExactly(first);
  }

  @Test
  void damagedOneIsReplaced() throws IOException {
    Path library = NativeLibrary.unpacked(temp).resolve(NativeLibrary.fileName());
    byte[] whole = Files.readAllBytes(library);
    try (FileChannel channel = FileChannel.open(library, StandardOpenOption.WRITE)) {
      channel.truncate(1_000);
    }
    NativeLibrary.unpacked(temp);
    assertThat(library).hasBinaryContent(whole);

    Rows.flipBit(library, whole.length / 2);
    NativeLibrary.unpacked(temp);

    assertThat(library).hasBinaryContent(whole);
    assertThat(files()).containsExactly(library);
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(temp)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }
}
