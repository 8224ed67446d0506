package io.dunlin.broker.config;

import io.dunlin.broker.config.KeyType.FileType;
import java.nio.file.Path;
import java.util.List;

/// Who is known. Immutable.
///
/// @param passwordFile [#PASSWORD_FILE]
public record UsersConfig(Path passwordFile) {
  /// Users and what their passwords come to.
  public static final Key<Path> PASSWORD_FILE =
      new Key<>(
          "users.password-file",
          new FileType(),
          "",
          "The file of user names and hashed passwords that 'dunlin passwd' writes. With it,"
              + " listeners let nobody in without a login unless they say so. Empty: none.");

  static final List<Key<?>> KEYS = List.of(PASSWORD_FILE);

  /// Nobody.
  public static final UsersConfig NONE = new UsersConfig(PASSWORD_FILE.defaultValue());

  /// Checks each value.
  ///
  /// @throws InvalidConfig if one is not allowed
  public UsersConfig {
    PASSWORD_FILE.check(passwordFile);
  }

  /// Whether there is a password file.
  public boolean hasPasswordFile() {
    return !passwordFile.toString().isEmpty();
  }

  static UsersConfig from(Values values) {
    return new UsersConfig(values.get(PASSWORD_FILE));
  }
}
