package io.dunlin.crashtest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/// A directory of the system.
final class PlainGround implements Ground {
  private final Path data;
  private final End end;

  /// How the process ends.
  interface End {
    void of(BrokerUnderTest broker, Random random) throws IOException, InterruptedException;
  }

  PlainGround(Path directory, End end) throws IOException {
    this.end = end;
    data = Files.createDirectory(directory.resolve("data"));
  }

  @Override
  public Path data() {
    return data;
  }

  @Override
  public void end(BrokerUnderTest broker, Random random) throws IOException, InterruptedException {
    end.of(broker, random);
  }

  @Override
  public void close() {
    // It is deleted with the directory around it.
  }
}
