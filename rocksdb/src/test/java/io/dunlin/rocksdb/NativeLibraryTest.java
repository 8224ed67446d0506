package io.dunlin.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class NativeLibraryTest {
  @Test
  void unpackedLibraryIsWhereTheBuildPutIt() {
    String directory = System.getProperty(NativeLibrary.DIRECTORY_PROPERTY);

    assertThat(directory).isNotNull();
    assertThat(Path.of(directory, NativeLibrary.fileName())).isRegularFile();
    NativeLibrary.load();
  }
}
