package io.dunlin.broker.config;

import io.dunlin.broker.config.KeyType.FileType;
import java.nio.file.Path;
import java.util.List;

/// Who may do what: a file of rules, or the rules themselves. Immutable.
///
/// @param file [#FILE]
/// @param rules those that stand in the configuration; [AclRules#NONE] when there are none
public record AclConfig(Path file, AclRules rules) {
  /// The rules of clients.
  public static final Key<Path> FILE =
      new Key<>(
          "acl.file",
          new FileType(),
          "",
          "The file with the rules of who may publish, subscribe and receive. Instead, the same"
              + " sections (roles, users, anonymous, everyone) may stand under acl in the"
              + " configuration file. Once there are rules, what they do not allow is denied."
              + " Empty: everything is allowed, but publishing to $SYS.");

  static final List<Key<?>> KEYS = List.of(FILE);

  /// Everything is allowed.
  public static final AclConfig NONE = new AclConfig(FILE.defaultValue(), AclRules.NONE);

  /// Checks each value.
  ///
  /// @throws InvalidConfig if one is not allowed
  public AclConfig {
    FILE.check(file);
    if (!file.toString().isEmpty() && !rules.isEmpty()) {
      throw new InvalidConfig(
          FILE.path(), "there are rules in the configuration, too; keep one of the two");
    }
  }

  /// Whether the rules are in a file.
  public boolean hasFile() {
    return !file.toString().isEmpty();
  }

  static AclConfig from(Values values, AclRules rules) {
    return new AclConfig(values.get(FILE), rules);
  }
}
