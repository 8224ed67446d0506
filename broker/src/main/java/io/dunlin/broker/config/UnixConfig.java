package io.dunlin.broker.config;

import io.dunlin.broker.config.KeyType.FileType;
import io.dunlin.broker.config.KeyType.TextType;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// A listener's Unix socket. Immutable.
///
/// @param path [#PATH]
/// @param mode [#MODE]
public record UnixConfig(Path path, String mode) {
  /// What the system allows, with the zero at its end.
  private static final int MAX_PATH_BYTES = 107;

  /// From the least significant bit on.
  private static final List<PosixFilePermission> BITS =
      List.of(
          PosixFilePermission.OTHERS_EXECUTE,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.GROUP_EXECUTE,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.OWNER_EXECUTE,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_READ);

  /// Where the socket is.
  public static final Key<Path> PATH =
      new Key<>(
          "listeners.*.unix.path",
          new FileType(),
          "",
          "The file of a Unix socket. One that is left over is replaced if nobody listens at it;"
              + " it is removed at the end. Empty: none.");

  /// Who may connect.
  public static final Key<String> MODE =
      new Key<>(
          "listeners.*.unix.mode",
          new TextType(4),
          "660",
          "Who may connect to the Unix socket, as for chmod in octal digits.");

  static final List<Key<?>> KEYS = List.of(PATH, MODE);

  /// Checks each value.
  ///
  /// @throws InvalidConfig if one is not allowed
  public UnixConfig {
    if (!mode.matches("0?[0-7]{3}")) {
      throw new InvalidConfig(MODE.path(), "'" + mode + "' is not allowed; allowed: 000 to 777");
    }
    if (path.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
      throw new InvalidConfig(
          PATH.path(), "is too long; a socket's path has at most " + MAX_PATH_BYTES + " bytes");
    }
  }

  /// None: for a listener of another type.
  public static UnixConfig none() {
    return new UnixConfig(Path.of(""), MODE.defaultValue());
  }

  /// The mode as permissions.
  public Set<PosixFilePermission> permissions() {
    int bits = Integer.parseInt(mode, 8);
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    for (int i = 0; i < BITS.size(); i++) {
      if ((bits >> i & 1) != 0) {
        permissions.add(BITS.get(i));
      }
    }
    return permissions;
  }

  static UnixConfig from(Values values) {
    return new UnixConfig(values.get(PATH), values.get(MODE));
  }
}
