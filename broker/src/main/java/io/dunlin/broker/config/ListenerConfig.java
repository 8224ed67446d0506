package io.dunlin.broker.config;

import io.dunlin.broker.config.KeyType.AddressesType;
import io.dunlin.broker.config.KeyType.BooleanType;
import io.dunlin.broker.config.KeyType.EnumType;
import io.dunlin.broker.config.KeyType.TextType;
import io.dunlin.transport.ListenerSettings;
import io.dunlin.transport.TlsContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A door for clients. Immutable.
///
/// @param name [#NAME]
/// @param type [#TYPE]
/// @param bind [#BIND]; of no meaning to a Unix socket
/// @param port [#PORT]; of no meaning to a Unix socket
/// @param anonymous [#ANONYMOUS]
/// @param certificateUser [#CERTIFICATE_USER]
/// @param userNameAsClientId [#USER_NAME_AS_CLIENT_ID]
/// @param limits whom it lets in, and what they may cost
/// @param tls its TLS, where the type has it
/// @param webSocket its WebSocket, where the type has it
/// @param unix its Unix socket, where it is one
public record ListenerConfig(
    String name,
    ListenerType type,
    List<InetAddress> bind,
    int port,
    boolean anonymous,
    CertificateUser certificateUser,
    boolean userNameAsClientId,
    ListenerLimits limits,
    TlsConfig tls,
    WebSocketConfig webSocket,
    UnixConfig unix) {
  /// What logs and metrics call it.
  public static final Key<String> NAME =
      new Key<>(
          "listeners.*.name",
          new TextType(64),
          "",
          "What logs and metrics call it; each has its own. Default: 'default' for the first,"
              + " 'listener-1' for the second, and so on.");

  /// How bytes come through it.
  public static final Key<ListenerType> TYPE =
      new Key<>(
          "listeners.*.type",
          new EnumType<>(ListenerType.class),
          "tcp",
          "How clients come in: tcp, tls, ws (WebSocket), wss (WebSocket on TLS), or unix (a"
              + " Unix socket).");

  /// The addresses it listens at.
  public static final Key<List<InetAddress>> BIND =
      new Key<>(
          "listeners.*.bind",
          new AddressesType(),
          "127.0.0.1, ::1",
          "The addresses of this machine at which it listens. The default is reached from this"
              + " machine only. :: has the addresses of IPv4, too, unless some stand beside it.");

  /// The TCP port.
  public static final Key<Integer> PORT =
      Key.integer(
          "listeners.*.port",
          Unit.PORT,
          1883,
          0,
          65_535,
          "The TCP port; 0 lets the system pick one, the same for all addresses. Default: 1883 for"
              + " tcp, 8883 for tls, 8083 for ws, 8084 for wss.");

  /// Whether clients without a login are let in.
  public static final Key<Boolean> ANONYMOUS =
      new Key<>(
          "listeners.*.anonymous",
          new BooleanType(),
          "",
          "Whether clients without a login are let in. Default: false if there are logins"
              + " (users.password-file, or certificate-user at this listener); else true if only"
              + " this machine reaches the listener, not through proxies either; otherwise it must"
              + " be written down.");

  /// What of a certificate is the user name.
  public static final Key<CertificateUser> CERTIFICATE_USER =
      new Key<>(
          "listeners.*.certificate-user",
          new EnumType<>(CertificateUser.class),
          "none",
          "Which part of a client's verified certificate is its user name: its common name, the"
              + " whole subject, or none; for listeners with tls.client-certificates. A client with a certificate needs no password then, and"
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
      Stream.of(
              List.<Key<?>>of(
                  NAME, TYPE, BIND, PORT, ANONYMOUS, CERTIFICATE_USER, USER_NAME_AS_CLIENT_ID),
              ListenerLimits.KEYS,
              TlsConfig.KEYS,
              WebSocketConfig.KEYS,
              UnixConfig.KEYS)
          .<Key<?>>flatMap(List::stream)
          .toList();

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
    if (type.tls()) {
      tls.check(name);
    }
    if (certificateUser != CertificateUser.NONE && !(type.tls() && tls.asksForCertificates())) {
      throw new InvalidConfig(
          CERTIFICATE_USER.path(),
          "listener '"
              + name
              + "' asks its clients for no certificates; "
              + (type.tls()
                  ? "set tls.client-certificates to optional or required, and tls.ca"
                  : "make it one of type tls or wss, with tls.client-certificates and tls.ca")
              + ", or remove certificate-user");
    }
    if (type == ListenerType.UNIX && unix.path().toString().isEmpty()) {
      throw new InvalidConfig(UnixConfig.PATH.path(), "listener '" + name + "' needs unix.path");
    }
    if (type == ListenerType.UNIX && !limits.proxies().isEmpty()) {
      throw new InvalidConfig(
          ListenerLimits.PROXIES.path(), "clients of a Unix socket have no address to trust");
    }
  }

  /// One of plain TCP.
  public ListenerConfig(
      String name,
      List<InetAddress> bind,
      int port,
      boolean anonymous,
      CertificateUser certificateUser,
      boolean userNameAsClientId) {
    this(
        name,
        ListenerType.TCP,
        bind,
        port,
        anonymous,
        certificateUser,
        userNameAsClientId,
        ListenerLimits.defaults(),
        TlsConfig.none(),
        WebSocketConfig.defaults(true),
        UnixConfig.none());
  }

  /// One for tests and for embedding: on loopback (127.0.0.1 and ::1), anonymous.
  public static ListenerConfig loopback(int port) {
    return loopback("default", ListenerType.TCP, port);
  }

  /// One of another type that needs no certificate.
  public static ListenerConfig loopback(String name, ListenerType type, int port) {
    return new ListenerConfig(
        name,
        type,
        BIND.defaultValue(),
        port,
        true,
        CertificateUser.NONE,
        false,
        ListenerLimits.defaults(),
        TlsConfig.none(),
        WebSocketConfig.defaults(true),
        UnixConfig.none());
  }

  /// The same with the login rules of another.
  public ListenerConfig withLoginOf(ListenerConfig other) {
    return new ListenerConfig(
        name,
        type,
        bind,
        port,
        other.anonymous,
        other.certificateUser,
        other.userNameAsClientId,
        limits,
        tls,
        webSocket,
        unix);
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

  /// Where it listens: each address with the port; none for a Unix socket.
  public List<InetSocketAddress> addresses() {
    return type == ListenerType.UNIX
        ? List.of()
        : bind.stream().map(address -> new InetSocketAddress(address, port)).toList();
  }

  /// `127.0.0.1:1883`, `[::1]:1883`.
  public static String show(InetSocketAddress address) {
    String host = BIND.type().show(List.of(address.getAddress()));
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  /// What the transport opens at an address.
  ///
  /// @param context what was read from the files of [#tls], where the type has it
  public ListenerSettings settings(SocketAddress address, @Nullable TlsContext context) {
    return ListenerSettings.of(name, address)
        .withMode(unix.permissions())
        .withProxies(limits.proxies())
        .withTls(type.tls() ? context : null)
        .withWebSocket(type.webSocket() ? webSocket.settings() : null)
        .withMaxConnections(limits.maxConnections());
  }

  static ListenerConfig from(Values all, int index, boolean passwords) {
    Values values = all.item(index);
    String name = values.get(NAME, index == 0 ? "default" : "listener-" + index);
    ListenerType type = values.get(TYPE);
    List<InetAddress> bind = values.get(BIND);
    boolean proxied = values.hasText(ListenerLimits.PROXIES); // its clients are elsewhere
    boolean loopbackOnly =
        type == ListenerType.UNIX
            || !proxied && bind.stream().allMatch(InetAddress::isLoopbackAddress);
    CertificateUser certificateUser = values.get(CERTIFICATE_USER);
    boolean logins = passwords || certificateUser != CertificateUser.NONE;
    if (!loopbackOnly && !logins && !values.has(ANONYMOUS)) {
      refuseOpen(values, index, name, bind, type);
    }
    return new ListenerConfig(
        name,
        type,
        bind,
        values.get(PORT, type.defaultPort()),
        values.get(ANONYMOUS, !logins), // without logins only on loopback: else refused above
        certificateUser,
        values.get(USER_NAME_AS_CLIENT_ID),
        ListenerLimits.from(values),
        TlsConfig.from(values),
        WebSocketConfig.from(values, loopbackOnly),
        UnixConfig.from(values));
  }

  /// Notes that others than this machine would come in without a login.
  private static void refuseOpen(
      Values values, int index, String name, List<InetAddress> bind, ListenerType type) {
    boolean proxied = values.hasText(ListenerLimits.PROXIES);
    boolean certified =
        type.tls() && values.hasText(TlsConfig.CLIENT_CERTIFICATES) && values.hasText(TlsConfig.CA);
    values.refuse(
        proxied ? ListenerLimits.PROXIES : BIND,
        "listener '"
            + name
            + "' at "
            + BIND.type().show(bind)
            + " can be reached from other machines"
            + (proxied ? ", through its proxies" : "")
            + ", and would let "
            + (certified ? "in without a user name whoever has a certificate" : "everybody in")
            + ": no logins are known",
        (certified
                ? "set certificate-user: common-name at this listener, so that certificates are"
                    + " logins, or "
                : "")
            + "set users.password-file ('dunlin passwd' makes one), "
            + (proxied ? "" : "bind 127.0.0.1 or ::1, ")
            + "or say so in words: 'anonymous: true' at this listener in the file, or --set"
            + " listeners."
            + index
            + ".anonymous=true");
  }
}
