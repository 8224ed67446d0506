package io.dunlin.broker;

import io.dunlin.broker.config.ListenerConfig;
import io.dunlin.broker.config.ListenerType;
import io.dunlin.transport.Connection;
import io.dunlin.transport.TlsContext;
import io.dunlin.transport.TlsFileException;
import io.dunlin.transport.TlsSettings;
import io.dunlin.transport.Transport;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The doors of a broker: reads their files, opens them, and looks after their certificates.
/// Thread-safe.
final class Listeners {
  private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

  private final Map<String, TlsContext> contexts = new ConcurrentHashMap<>();
  private final Map<String, List<Opened>> opened = new ConcurrentHashMap<>();

  /// Names of those that were told to be open.
  private final Set<String> told = ConcurrentHashMap.newKeySet();

  private final List<Leaving> leaving = new CopyOnWriteArrayList<>();

  private record Opened(ListenerConfig config, Transport.Listener listener) {}

  /// What is needed of a closed listener while connections that came through it stay.
  private record Leaving(TlsContext context, List<Opened> doors) {
    boolean isLeft() {
      return doors.stream().allMatch(door -> door.listener.connections() == 0);
    }
  }

  private Listeners() {}

  /// Reads the files that the listeners need; opens nothing.
  ///
  /// @throws UnusableFile if one cannot be used
  static Listeners read(List<ListenerConfig> configs) throws UnusableFile {
    Listeners listeners = new Listeners();
    try {
      for (int i = 0; i < configs.size(); i++) {
        listeners.read(configs.get(i), i);
      }
      return listeners;
    } catch (UnusableFile e) {
      listeners.release();
      throw e;
    }
  }

  /// Reads the files that one listener needs.
  ///
  /// @param index in the configuration
  /// @throws UnusableFile if one cannot be used
  void read(ListenerConfig config, int index) throws UnusableFile {
    if (config.type().tls()) {
      try {
        TlsSettings tls = config.tls().settings().orElseThrow();
        contexts.put(config.name(), TlsContext.load(config.name(), tls));
      } catch (TlsFileException e) {
        throw new UnusableFile(
            "listeners.%d.tls.%s: %s; %s"
                .formatted(index, name(e.part()), e.getMessage(), e.remedy()),
            e);
      }
    }
  }

  private static String name(TlsFileException.Part part) {
    return switch (part) {
      case CERTIFICATE -> "certificate";
      case KEY -> "key";
      case CA -> "ca";
      case CRL -> "crl";
    };
  }

  /// Opens one whose files have been read.
  void open(ListenerConfig config, Transport transport, Consumer<Connection> acceptor)
      throws IOException {
    TlsContext context = contexts.get(config.name());
    opened.put(config.name(), new CopyOnWriteArrayList<>());
    if (config.type() == ListenerType.UNIX) {
      openUnix(transport, config, acceptor);
    } else {
      openIp(transport, config, context, acceptor);
    }
    var _ = told.add(config.name());
    LOG.info(
        "listener.open name={} type={} engine={} expires={}",
        config.name(),
        config.type(),
        context == null ? "none" : context.engine(),
        context == null ? "never" : context.expires());
  }

  private void openUnix(Transport transport, ListenerConfig config, Consumer<Connection> acceptor)
      throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(config.unix().path());
    try {
      note(config, transport.listen(config.settings(address, null), acceptor));
    } catch (IOException e) {
      throw bindException(config.unix().path().toString(), e);
    }
  }

  private void openIp(
      Transport transport,
      ListenerConfig config,
      @Nullable TlsContext context,
      Consumer<Connection> acceptor)
      throws IOException {
    int port = config.port();
    int count = 0;
    // Who names addresses of IPv4 beside `::` does not want `::` to have them, too.
    boolean onlyIpv6 =
        config.addresses().stream().anyMatch(a -> a.getAddress() instanceof Inet4Address);
    for (InetSocketAddress address : config.addresses()) {
      InetSocketAddress wanted = new InetSocketAddress(address.getAddress(), port);
      try {
        Transport.Listener listener =
            transport.listen(config.settings(wanted, context).withOnlyIpv6(onlyIpv6), acceptor);
        note(config, listener);
        if (listener.address() instanceof InetSocketAddress real) {
          port = real.getPort(); // port 0: the second address gets the first one's
        }
        count++;
      } catch (IOException e) {
        boolean noIpv6 = count > 0 && isLoopback6(address);
        if (!noIpv6 || e instanceof BindException bind && inUse(bind)) {
          throw bindException(ListenerConfig.show(wanted), e);
        }
        LOG.warn("listener.skipped address={} error={}", wanted, e.getMessage());
      }
    }
  }

  private void note(ListenerConfig config, Transport.Listener listener) {
    var _ =
        opened
            .computeIfAbsent(config.name(), _ -> new CopyOnWriteArrayList<>())
            .add(new Opened(config, listener));
  }

  private static boolean isLoopback6(InetSocketAddress address) {
    return address.getAddress() instanceof Inet6Address six && six.isLoopbackAddress();
  }

  private static boolean inUse(BindException e) {
    return String.valueOf(e.getMessage()).contains("in use");
  }

  private static BindException bindException(String address, IOException cause) {
    if (cause instanceof BindException same) {
      return same;
    }
    BindException e = new BindException(address + ": " + cause.getMessage());
    e.initCause(cause);
    return e;
  }

  /// Uses certificates, keys, authorities and revocation lists that have changed. Blocks.
  void refresh() {
    for (Leaving each : leaving.stream().filter(Leaving::isLeft).toList()) {
      if (leaving.remove(each)) {
        each.context.close();
      }
    }
    contexts.values().forEach(Listeners::refresh);
    leaving.forEach(each -> refresh(each.context)); // a revocation ends their connections, too
  }

  private static void refresh(TlsContext context) {
    try {
      context.refresh();
    } catch (RuntimeException e) { // the next round tries again
      LOG.error("tls.refresh-failed error={}", e.toString(), e);
    }
  }

  /// Where the listener of this name is open.
  List<OpenListener> open(String name) {
    return opened.getOrDefault(name, List.of()).stream().map(this::describe).toList();
  }

  /// What those with TLS have read from their files, by name.
  Map<String, TlsContext> tls() {
    return Collections.unmodifiableMap(contexts);
  }

  private @Nullable Instant certificateExpires(String name) {
    TlsContext context = contexts.get(name);
    return context == null ? null : context.expires();
  }

  private OpenListener describe(Opened each) {
    return new OpenListener(
        each.config.name(),
        each.config.type(),
        each.listener.address(),
        certificateExpires(each.config.name()));
  }

  /// Which of those that are to be closed have an address that a new one wants.
  static List<ListenerConfig> inTheWay(List<ListenerConfig> in, List<ListenerConfig> out) {
    return out.stream()
        .filter(old -> in.stream().anyMatch(listener -> sameAddress(old, listener)))
        .toList();
  }

  private static boolean sameAddress(ListenerConfig one, ListenerConfig other) {
    boolean unix = one.type() == ListenerType.UNIX;
    if (unix != (other.type() == ListenerType.UNIX)) {
      return false;
    }
    return unix
        ? one.unix().path().equals(other.unix().path())
        : one.port() == other.port() && one.port() != 0;
  }

  /// Opens those of `in`, whose files have been read, and closes those of `out`; first those that
  /// are in the way.
  ///
  /// @throws IOException if one cannot be opened; those of `out` are open then
  void change(
      List<ListenerConfig> in,
      List<ListenerConfig> out,
      Transport transport,
      Consumer<Connection> acceptor)
      throws IOException {
    List<ListenerConfig> inTheWay = inTheWay(in, out);
    inTheWay.forEach(old -> shut(old.name()));
    try {
      for (ListenerConfig listener : in) {
        open(listener, transport, acceptor);
      }
    } catch (IOException | RuntimeException e) {
      in.forEach(listener -> shut(listener.name()));
      inTheWay.forEach(old -> reopen(old, transport, acceptor));
      throw e;
    }
    out.forEach(old -> close(old.name()));
  }

  private void reopen(ListenerConfig old, Transport transport, Consumer<Connection> acceptor) {
    try {
      open(old, transport, acceptor);
    } catch (IOException | RuntimeException e) { // whoever asked for others is told why they failed
      LOG.error("listener.lost name={} error={}", old.name(), e.toString(), e);
    }
  }

  private void shut(String name) {
    opened.getOrDefault(name, List.of()).forEach(each -> each.listener.close());
    if (told.remove(name)) {
      LOG.info("listener.closed name={}", name);
    }
  }

  /// Closes the listener of this name; its connections stay.
  void close(String name) {
    shut(name);
    List<Opened> gone = opened.remove(name);
    TlsContext context = contexts.remove(name);
    if (context != null) {
      leaving.add(new Leaving(context, gone == null ? List.of() : gone));
    }
  }

  /// Stops accepting.
  void close() {
    opened.values().forEach(each -> each.forEach(one -> one.listener.close()));
  }

  /// Frees what the files were read into, when no connection is left.
  void release() {
    contexts.values().forEach(TlsContext::close);
    contexts.clear();
    leaving.forEach(each -> each.context.close());
    leaving.clear();
  }
}
