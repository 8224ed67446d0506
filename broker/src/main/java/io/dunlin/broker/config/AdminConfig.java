package io.dunlin.broker.config;

import io.dunlin.broker.config.KeyType.AddressesType;
import io.dunlin.broker.config.KeyType.BooleanType;
import java.net.InetAddress;
import java.util.List;

/// The HTTP endpoint for metrics and health. Immutable.
///
/// @param bind [#BIND]
/// @param port [#PORT]
/// @param anonymous [#ANONYMOUS]
public record AdminConfig(List<InetAddress> bind, int port, boolean anonymous) {
  /// No endpoint.
  public static final int OFF = -1;

  /// The addresses it listens at.
  public static final Key<List<InetAddress>> BIND =
      new Key<>(
          "admin.bind",
          new AddressesType(),
          "127.0.0.1, ::1",
          "The addresses at which metrics and health are served over HTTP. The default is reached from this machine only.");

  /// The TCP port.
  public static final Key<Integer> PORT =
      Key.integer(
          "admin.port",
          Unit.PORT,
          OFF,
          OFF,
          65_535,
          "The TCP port of /metrics, /health and /ready; 0 lets the system pick one, -1 serves none. It is off until asked for: a broker opens no door that nobody ordered, and two on one machine do not meet at it.");

  /// Whether everyone who reaches it may read.
  public static final Key<Boolean> ANONYMOUS =
      new Key<>(
          "admin.anonymous",
          new BooleanType(),
          "",
          "Whether everyone who reaches the port may read metrics and health. Default: true if only this machine reaches it; otherwise it must be written down.");

  static final List<Key<?>> KEYS = List.of(BIND, PORT, ANONYMOUS);

  /// Checks each value.
  ///
  /// @throws InvalidConfig if one is not allowed
  public AdminConfig {
    bind = List.copyOf(bind);
    BIND.check(bind);
    PORT.check(port);
    if (port != OFF && !anonymous) {
      throw new InvalidConfig(
          ANONYMOUS.path(), "nobody could read: the endpoint knows no logins; say true, or port -1");
    }
  }

  /// Whether there is an endpoint.
  public boolean enabled() {
    return port != OFF;
  }

  static AdminConfig from(Values values) {
    List<InetAddress> bind = values.get(BIND);
    boolean loopbackOnly = bind.stream().allMatch(InetAddress::isLoopbackAddress);
    int port = values.get(PORT);
    if (port != OFF && !loopbackOnly && !values.has(ANONYMOUS)) {
      values.refuse(
          BIND,
          BIND.type().show(bind)
              + " can be reached from other machines, and everyone there could read the metrics",
          "bind 127.0.0.1 or ::1, or say so in words: 'anonymous: true' under admin in the file");
    }
    return new AdminConfig(bind, port, values.get(ANONYMOUS, true));
  }
}
