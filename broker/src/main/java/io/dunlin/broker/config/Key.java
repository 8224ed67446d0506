package io.dunlin.broker.config;

import java.util.Locale;

/// One key of the configuration, described once: the records' constructors check with it, the
/// reader parses with it, and `config show`, error messages and the reference page are written from
/// it. Immutable.
///
/// @param path the dotted path from the root of the file, `message.max-packet-bytes`; `*` stands
///   for the index in a list
/// @param defaultText the default, as one would write it; empty when there is none, or when it
///   depends on the surroundings (the meaning then says on what)
/// @param meaning one or two sentences for operators
public record Key<T>(String path, KeyType<T> type, String defaultText, String meaning) {
  /// A whole number of at most 31 bits.
  static Key<Integer> integer(
      String path, Unit unit, int defaultValue, int min, int max, String meaning) {
    return new Key<>(
        path, new KeyType.IntType(unit, min, max), Integer.toString(defaultValue), meaning);
  }

  /// A whole number of up to 63 bits.
  static Key<Long> number(
      String path, Unit unit, long defaultValue, long min, long max, String meaning) {
    return new Key<>(
        path, new KeyType.LongType(unit, min, max), Long.toString(defaultValue), meaning);
  }

  /// The default as a value.
  public T defaultValue() {
    try {
      return type.parse(defaultText);
    } catch (InvalidValue e) {
      throw new IllegalStateException("default of " + path + ": " + e.getMessage(), e);
    }
  }

  /// The last part of the path, as it stands in the file: `max-packet-bytes`.
  public String name() {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  /// The environment variable that sets it: `DUNLIN_MESSAGE_MAX_PACKET_BYTES`.
  public String environmentName() {
    return environmentName(path);
  }

  static String environmentName(String path) {
    return "DUNLIN_" + path.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
  }

  /// Returns `value` if it is in range.
  ///
  /// @throws InvalidConfig naming the key, the value and what is allowed
  T check(T value) {
    if (!type.allows(value)) {
      throw new InvalidConfig(
          path, "'" + type.show(value) + "' is not allowed; allowed: " + type.allowed());
    }
    return value;
  }
}
