package io.dunlin.broker.config;

import io.dunlin.mqtt.MqttVersion;
import io.dunlin.transport.Network;
import java.net.InetAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// The values that a key can have: how they are written, and which are allowed. Immutable.
public sealed interface KeyType<T> {
  /// The value that `text` stands for; it is allowed.
  ///
  /// @throws InvalidValue with what is allowed
  T parse(String text) throws InvalidValue;

  /// Whether a value is in range.
  boolean allows(T value);

  /// What is allowed, for people: "256 to 33554432 bytes".
  String allowed();

  /// Whether nothing may be written: no path, no text.
  default boolean mayBeEmpty() {
    return false;
  }

  /// Whether several values may be written as a list.
  default boolean takesSeveral() {
    return false;
  }

  /// The value as one would write it.
  default String show(T value) {
    return String.valueOf(value);
  }

  /// A whole number that fits an `int`.
  record IntType(Unit unit, int min, int max) implements KeyType<Integer> {
    @Override
    public Integer parse(String text) throws InvalidValue {
      return Math.toIntExact(parseNumber(text, min, max, allowed()));
    }

    @Override
    public boolean allows(Integer value) {
      return value >= min && value <= max;
    }

    @Override
    public String allowed() {
      return range(min, max, unit);
    }
  }

  /// A whole number that fits a `long`.
  record LongType(Unit unit, long min, long max) implements KeyType<Long> {
    @Override
    public Long parse(String text) throws InvalidValue {
      return parseNumber(text, min, max, allowed());
    }

    @Override
    public boolean allows(Long value) {
      return value >= min && value <= max;
    }

    @Override
    public String allowed() {
      return range(min, max, unit);
    }
  }

  /// `true` or `false`.
  record BooleanType() implements KeyType<Boolean> {
    @Override
    public Boolean parse(String text) throws InvalidValue {
      return switch (text) {
        case "true" -> true;
        case "false" -> false;
        default -> throw refused(text, allowed());
      };
    }

    @Override
    public boolean allows(Boolean value) {
      return true;
    }

    @Override
    public String allowed() {
      return "true or false";
    }
  }

  /// One of an enum's constants, in small letters.
  record EnumType<E extends Enum<E>>(Class<E> values) implements KeyType<E> {
    @Override
    public E parse(String text) throws InvalidValue {
      for (E value : values.getEnumConstants()) {
        if (show(value).equals(text)) {
          return value;
        }
      }
      throw refused(text, allowed());
    }

    @Override
    public boolean allows(E value) {
      return true;
    }

    @Override
    public String allowed() {
      return Arrays.stream(values.getEnumConstants())
          .map(this::show)
          .collect(Collectors.joining(" or "));
    }

    @Override
    public String show(E value) {
      return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /// Text without control characters, of at most `maxChars`.
  record TextType(int maxChars) implements KeyType<String> {
    @Override
    public String parse(String text) throws InvalidValue {
      if (!allows(text)) {
        throw refused(text, allowed());
      }
      return text;
    }

    @Override
    public boolean allows(String value) {
      return value.length() <= maxChars && value.chars().noneMatch(Character::isISOControl);
    }

    @Override
    public boolean mayBeEmpty() {
      return true;
    }

    @Override
    public String allowed() {
      return "a text of at most " + maxChars + " characters, none of them a control character";
    }
  }

  /// A path in the file system; `~/` at its start is the home directory.
  record PathType() implements KeyType<Path> {
    @Override
    public Path parse(String text) throws InvalidValue {
      try {
        if (text.isEmpty()) {
          throw refused(text, allowed());
        }
        return path(text);
      } catch (InvalidPathException e) {
        throw refused(text, allowed());
      }
    }

    @Override
    public boolean allows(Path value) {
      return !value.toString().isEmpty();
    }

    @Override
    public String allowed() {
      return "a path";
    }
  }

  /// A file in the file system, as [PathType]; or none, which is the empty path.
  record FileType() implements KeyType<Path> {
    @Override
    public Path parse(String text) throws InvalidValue {
      try {
        return path(text);
      } catch (InvalidPathException e) {
        throw refused(text, allowed());
      }
    }

    @Override
    public boolean allows(Path value) {
      return true;
    }

    @Override
    public boolean mayBeEmpty() {
      return true;
    }

    @Override
    public String allowed() {
      return "the path of a file, or nothing";
    }
  }

  private static Path path(String text) {
    return text.startsWith("~/")
        ? Path.of(System.getProperty("user.home"), text.substring(2))
        : Path.of(text);
  }

  /// One or several IP addresses, in the file as a list, elsewhere separated by commas. `localhost`
  /// stands for both loopback addresses. No other names: what a listener binds must not depend on a
  /// name server.
  record AddressesType() implements KeyType<List<InetAddress>> {
    @Override
    public List<InetAddress> parse(String text) throws InvalidValue {
      List<InetAddress> addresses = new ArrayList<>();
      for (String part : text.split(",", -1)) {
        String one = part.strip();
        if (one.equals("localhost")) {
          addresses.add(InetAddress.ofLiteral("127.0.0.1"));
          addresses.add(InetAddress.ofLiteral("::1"));
        } else {
          addresses.add(address(one));
        }
      }
      return addresses.stream().distinct().toList();
    }

    private InetAddress address(String text) throws InvalidValue {
      boolean bracketed = text.startsWith("[") && text.endsWith("]");
      try {
        return InetAddress.ofLiteral(bracketed ? text.substring(1, text.length() - 1) : text);
      } catch (IllegalArgumentException e) {
        throw refused(text, allowed());
      }
    }

    @Override
    public boolean allows(List<InetAddress> value) {
      return !value.isEmpty();
    }

    @Override
    public boolean takesSeveral() {
      return true;
    }

    @Override
    public String allowed() {
      return "IP addresses of this machine, 0.0.0.0 or :: for all of them, or localhost";
    }

    @Override
    public String show(List<InetAddress> value) {
      return value.stream().map(AddressesType::show).collect(Collectors.joining(", "));
    }

    private static String show(InetAddress address) {
      String text = address.getHostAddress();
      return switch (text) {
        case "0:0:0:0:0:0:0:1" -> "::1";
        case "0:0:0:0:0:0:0:0" -> "::";
        default -> text;
      };
    }
  }

  /// One or several texts without commas, in the file as a list, elsewhere separated by commas.
  record TextsType(int maxChars) implements KeyType<List<String>> {
    @Override
    public List<String> parse(String text) throws InvalidValue {
      List<String> texts = parts(text);
      if (!allows(texts)) {
        throw refused(text, allowed());
      }
      return texts;
    }

    @Override
    public boolean allows(List<String> value) {
      TextType one = new TextType(maxChars);
      return !value.isEmpty()
          && value.stream().allMatch(text -> !text.isEmpty() && one.allows(text));
    }

    @Override
    public boolean takesSeveral() {
      return true;
    }

    @Override
    public String allowed() {
      return "texts of at most " + maxChars + " characters, separated by commas";
    }

    @Override
    public String show(List<String> value) {
      return String.join(", ", value);
    }
  }

  /// Networks as `address/bits`, or single addresses, or none.
  record NetworksType() implements KeyType<List<Network>> {
    @Override
    public List<Network> parse(String text) throws InvalidValue {
      try {
        return text.isBlank() ? List.of() : parts(text).stream().map(Network::parse).toList();
      } catch (IllegalArgumentException e) {
        throw refused(text, allowed());
      }
    }

    @Override
    public boolean allows(List<Network> value) {
      return true;
    }

    @Override
    public boolean mayBeEmpty() {
      return true;
    }

    @Override
    public boolean takesSeveral() {
      return true;
    }

    @Override
    public String allowed() {
      return "networks as 10.1.0.0/16 or 2001:db8::/32, IP addresses, or nothing";
    }

    @Override
    public String show(List<Network> value) {
      return value.stream().map(Network::toString).collect(Collectors.joining(", "));
    }
  }

  /// Versions of MQTT, at least one.
  record VersionsType() implements KeyType<List<MqttVersion>> {
    @Override
    public List<MqttVersion> parse(String text) throws InvalidValue {
      List<MqttVersion> versions = new ArrayList<>();
      for (String part : parts(text)) {
        versions.add(
            switch (part) {
              case "3.1" -> MqttVersion.V3_1;
              case "3.1.1" -> MqttVersion.V3_1_1;
              case "5.0", "5" -> MqttVersion.V5;
              default -> throw refused(text, allowed());
            });
      }
      return versions.stream().distinct().toList();
    }

    @Override
    public boolean allows(List<MqttVersion> value) {
      return !value.isEmpty();
    }

    @Override
    public boolean takesSeveral() {
      return true;
    }

    @Override
    public String allowed() {
      return "3.1, 3.1.1, 5.0";
    }

    @Override
    public String show(List<MqttVersion> value) {
      return value.stream().map(VersionsType::show).collect(Collectors.joining(", "));
    }

    private static String show(MqttVersion version) {
      return switch (version) {
        case V3_1 -> "3.1";
        case V3_1_1 -> "3.1.1";
        case V5 -> "5.0";
      };
    }
  }

  private static List<String> parts(String text) {
    return Arrays.stream(text.split(",", -1)).map(String::strip).toList();
  }

  private static long parseNumber(String text, long min, long max, String allowed)
      throws InvalidValue {
    try {
      long value = Long.parseLong(text.replace("_", ""));
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below: for the reader the two cases are one.
    }
    throw refused(text, allowed);
  }

  private static InvalidValue refused(String text, String allowed) {
    return new InvalidValue("'" + text + "' is not allowed; allowed: " + allowed);
  }

  private static String range(long min, long max, Unit unit) {
    return min + " to " + max + (unit == Unit.PORT ? "" : " " + unit);
  }
}
