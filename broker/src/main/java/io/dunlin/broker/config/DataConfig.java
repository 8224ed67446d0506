package io.dunlin.broker.config;

import io.dunlin.broker.config.KeyType.EnumType;
import io.dunlin.broker.config.KeyType.PathType;
import java.nio.file.Path;
import java.util.List;

/// Where the broker keeps its state, and what an acknowledgement promises about it. Immutable.
///
/// @param directory [#DIRECTORY]
/// @param durability [#DURABILITY]
public record DataConfig(Path directory, Durability durability) {
  /// Where all state lives; no default value of its own, see [DefaultDirectory].
  public static final Key<Path> DIRECTORY =
      new Key<>(
          "data.directory",
          new PathType(),
          "",
          "The directory of all state; created, for its owner only, if it is not there. Default:"
              + " $XDG_STATE_HOME/dunlin, else ~/.local/state/dunlin; for root /var/lib/dunlin.");

  /// `disk` or `memory`.
  public static final Key<Durability> DURABILITY =
      new Key<>(
          "data.durability",
          new EnumType<>(Durability.class),
          "disk",
          "Whether an acknowledgement waits until the disk was forced (disk), or only until the"
              + " operating system has the record (memory: a power cut may lose the last moments of"
              + " what acknowledgements said, a kill does not).");

  static final List<Key<?>> KEYS = List.of(DIRECTORY, DURABILITY);

  /// Checks each value.
  ///
  /// @throws InvalidConfig if one is not allowed
  public DataConfig {
    DIRECTORY.check(directory);
  }

  static DataConfig from(Values values) {
    return new DataConfig(
        values.get(DIRECTORY, DefaultDirectory.of(System.getenv(), System.getProperties())),
        values.get(DURABILITY));
  }
}
