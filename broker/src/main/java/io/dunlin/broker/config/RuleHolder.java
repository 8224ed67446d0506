package io.dunlin.broker.config;

import java.util.List;

/// Whom rules concern, as `dunlin ctl` writes it: `ann`, `role:sensor`, `:anonymous`, `:everyone`.
/// Immutable.
///
/// @param name of the user or role; empty for the other kinds
public record RuleHolder(Kind kind, String name) {
  /// The sections of the rules.
  public enum Kind {
    /// One user.
    USER,
    /// All who have the role.
    ROLE,
    /// Clients without a login.
    ANONYMOUS,
    /// All clients.
    EVERYONE
  }

  private static final String ROLE_PREFIX = "role:";

  /// Checks the name.
  ///
  /// @throws IllegalArgumentException if a user or role has none
  public RuleHolder {
    boolean named = kind == Kind.USER || kind == Kind.ROLE;
    if (named == name.isEmpty()) {
      throw new IllegalArgumentException("a name is missing: write USER or role:ROLE");
    }
  }

  /// Reads the written form.
  ///
  /// @throws IllegalArgumentException if it is none
  public static RuleHolder of(String text) {
    if (text.startsWith(ROLE_PREFIX)) {
      return new RuleHolder(Kind.ROLE, text.substring(ROLE_PREFIX.length()));
    }
    return switch (text) {
      case ":anonymous" -> new RuleHolder(Kind.ANONYMOUS, "");
      case ":everyone" -> new RuleHolder(Kind.EVERYONE, "");
      default -> {
        if (text.startsWith(":")) {
          throw new IllegalArgumentException(
              "'" + text + "' is nobody; write USER, role:ROLE, :anonymous or :everyone");
        }
        yield new RuleHolder(Kind.USER, text);
      }
    };
  }

  /// Its own rules, in their order.
  public List<AclRules.Rule> rulesIn(AclRules rules) {
    return switch (kind) {
      case USER -> {
        AclRules.User user = rules.users().get(name);
        yield user == null ? List.of() : user.rules();
      }
      case ROLE -> rules.roles().getOrDefault(name, List.of());
      case ANONYMOUS -> rules.anonymous();
      case EVERYONE -> rules.everyone();
    };
  }

  @Override
  public String toString() {
    return switch (kind) {
      case USER -> name;
      case ROLE -> ROLE_PREFIX + name;
      case ANONYMOUS -> ":anonymous";
      case EVERYONE -> ":everyone";
    };
  }
}
