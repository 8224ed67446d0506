package io.dunlin.broker.config;

import io.dunlin.broker.config.KeyType.AddressesType;
import io.dunlin.broker.config.KeyType.BooleanType;
import io.dunlin.broker.config.KeyType.EnumType;
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
/// @param certificateUser [#CERTIFICATE_USER]
/// @param userNameAsClientId [#USER_NAME_AS_CLIENT_ID]
public record ListenerConfig(
    String name,
    List<InetAddress> bind,
    int port,
    boolean anonymous,
    CertificateUser certificateUser,
    boolean userNameAsClientId) {
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
          "Whether clients without a login are let in. Default: false if there are logins"
              + " (users.password-file, or certificate-user at this listener); else true if only"
              + " this machine reaches the listener; otherwise it must be written down.");

  /// What of a certificate is the user name.
  public static final Key<CertificateUser> CERTIFICATE_USER =
      new Key<>(
          "listeners.*.certificate-user",
          new EnumType<>(CertificateUser.class),
          "none",
          "Which part of a client's verified certificate is its user name: its common name, the"
              + " whole subject, or none. A client with a certificate needs no password then, and"
              + " the user name of its CONNECT does not count.");

  /// Whether a client gets its user name as client identifier.
  public static final Key<Boolean> USER_NAME_AS_CLIENT_ID =
      new Key<>(
          "listeners.*.user-name-as-client-id",
          new BooleanType(),
          "false",
          "Whether a client that logs in gets its user name as client identifier, whatever it sends:"
              + " then nobody can take over another user's session, and a user has one at a"
              + " time.");

  static final List<Key<?>> KEYS =
      List.of(NAME, BIND, PORT, ANONYMOUS, CERTIFICATE_USER, USER_NAME_AS_CLIENT_ID);

  /// Those that count for whoever connects next, without opening the listener anew.
  static final List<Key<?>> LOGIN_KEYS =
      List.of(ANONYMOUS, CERTIFICATE_USER, USER_NAME_AS_CLIENT_ID);

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
  }

  /// One for tests and for embedding: on loopback (127.0.0.1 and ::1), anonymous.
  public static ListenerConfig loopback(int port) {
    return new ListenerConfig(
        "default", BIND.defaultValue(), port, true, CertificateUser.NONE, false);
  }

  /// The same with the login rules of another.
  public ListenerConfig withLoginOf(ListenerConfig other) {
    return new ListenerConfig(
        name, bind, port, other.anonymous, other.certificateUser, other.userNameAsClientId);
  }

  /// Why nobody could connect, in words; empty when somebody can.
  ///
  /// @param passwords whether user names and passwords are known
  String nobodyCanConnect(boolean passwords) {
    return anonymous || passwords || certificateUser != CertificateUser.NONE
        ? ""
        : "nobody could connect to listener '"
            + name
            + "': no logins are known, and anonymous clients are turned away; set"
            + " users.password-file, say anonymous: true, or remove the listener";
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

  static ListenerConfig from(Values all, int index, boolean passwords) {
    Values values = all.item(index);
    String name = values.get(NAME, index == 0 ? "default" : "listener-" + index);
    List<InetAddress> bind = values.get(BIND);
    boolean loopbackOnly = bind.stream().allMatch(InetAddress::isLoopbackAddress);
    CertificateUser certificateUser = values.get(CERTIFICATE_USER);
    boolean logins = passwords || certificateUser != CertificateUser.NONE;
    if (!loopbackOnly && !logins && !values.has(ANONYMOUS)) {
      values.refuse(
          BIND,
          "listener '"
              + name
              + "' at "
              + BIND.type().show(bind)
              + " can be reached from other machines, and would let everybody in: no logins are"
              + " known",
          "set users.password-file ('dunlin passwd' makes one), bind 127.0.0.1 or ::1, or say so"
              + " in words: 'anonymous: true' at this listener in the file, or --set listeners."
              + index
              + ".anonymous=true");
    }
    return new ListenerConfig(
        name,
        bind,
        values.get(PORT),
        values.get(ANONYMOUS, !logins), // without logins only on loopback: else refused above
        certificateUser,
        values.get(USER_NAME_AS_CLIENT_ID));
  }
}
