package io.dunlin.broker.config;

import io.dunlin.broker.config.KeyType.AddressesType;
import io.dunlin.broker.config.KeyType.BooleanType;
import io.dunlin.broker.config.KeyType.TextType;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/// A door for clients. Immutable.
///
/// @param name [#NAME]
/// @param bind [#BIND]
/// @param port [#PORT]
/// @param anonymous [#ANONYMOUS]
public record ListenerConfig(
    String name, List<InetAddress> bind, int port, boolean anonymous) {
  /// What logs and metrics call it.
  public static final Key<String> NAME =
      new Key<>(
          "listeners.*.name",
          new TextType(64),
          "",
          "What logs and metrics call it; each has its own. Default: 'default' for the first,"
              + " 'listener-1' for the second, and so on.");

  /// The addresses it listens at.
  public static final Key<List<InetAddress>> BIND =
      new Key<>(
          "listeners.*.bind",
          new AddressesType(),
          "127.0.0.1, ::1",
          "The addresses of this machine at which it listens. The default is reached from this"
              + " machine only.");

  /// The TCP port.
  public static final Key<Integer> PORT =
      Key.integer(
          "listeners.*.port",
          Unit.PORT,
          1883,
          0,
          65_535,
          "The TCP port; 0 lets the system pick one, the same for all addresses.");

  /// Whether clients without a login are let in.
  public static final Key<Boolean> ANONYMOUS =
      new Key<>(
          "listeners.*.anonymous",
          new BooleanType(),
          "",
          "Whether clients without a login are let in. Default: true if only this machine reaches"
              + " the listener; otherwise it must be written down.");

  static final List<Key<?>> KEYS = List.of(NAME, BIND, PORT, ANONYMOUS);

  /// Checks each value.
  ///
  /// @throws InvalidConfig if one is not allowed
  public ListenerConfig {
    bind = List.copyOf(bind);
    NAME.check(name);
    BIND.check(bind);
    PORT.check(port);
    if (name.isBlank()) {
      throw new InvalidConfig(NAME.path(), "a listener needs a name");
    }
    if (!anonymous) {
      throw new InvalidConfig(
          ANONYMOUS.path(),
          "nobody could connect to listener '"
              + name
              + "': this version knows no logins, and anonymous clients are turned away; say"
              + " anonymous: true, or remove the listener");
    }
  }

  /// One for tests and for embedding: on loopback (127.0.0.1 and ::1), anonymous.
  public static ListenerConfig loopback(int port) {
    return new ListenerConfig("default", BIND.defaultValue(), port, true);
  }

  /// Where it listens: each address with the port.
  public List<InetSocketAddress> addresses() {
    return bind.stream().map(address -> new InetSocketAddress(address, port)).toList();
  }

  /// `127.0.0.1:1883`, `[::1]:1883`.
  public static String show(InetSocketAddress address) {
    String host = BIND.type().show(List.of(address.getAddress()));
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  static ListenerConfig from(Values all, int index) {
    Values values = all.item(index);
    String name = values.get(NAME, index == 0 ? "default" : "listener-" + index);
    List<InetAddress> bind = values.get(BIND);
    boolean loopbackOnly = bind.stream().allMatch(InetAddress::isLoopbackAddress);
    if (!loopbackOnly && !values.has(ANONYMOUS)) {
      values.refuse(
          BIND,
          "listener '"
              + name
              + "' at "
              + BIND.type().show(bind)
              + " can be reached from other machines, and would let everybody in: this version"
              + " knows no logins",
          "bind 127.0.0.1 or ::1, or say so in words: 'anonymous: true' at this listener in the"
              + " file, or --set listeners."
              + index
              + ".anonymous=true");
    }
    return new ListenerConfig(
        name,
        bind,
        values.get(PORT),
        values.get(ANONYMOUS, true)); // on loopback; elsewhere refused above
  }
}
