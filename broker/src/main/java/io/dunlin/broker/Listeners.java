package io.dunlin.broker;

import io.dunlin.broker.config.ListenerConfig;
import io.dunlin.broker.config.ListenerType;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.transport.Connection;
import io.dunlin.transport.TlsContext;
import io.dunlin.transport.TlsFileException;
import io.dunlin.transport.TlsSettings;
import io.dunlin.transport.Transport;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The doors of a broker: reads their files, opens them, and looks after their certificates.
/// Thread-safe.
final class Listeners {
  private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

  private final List<ListenerConfig> configs;
  private final Map<String, TlsContext> contexts;
  private final List<Opened> opened = new CopyOnWriteArrayList<>();

  private record Opened(ListenerConfig config, Transport.Listener listener) {}

  private Listeners(List<ListenerConfig> configs, Map<String, TlsContext> contexts) {
    this.configs = configs;
    this.contexts = contexts;
  }

  /// Reads the files that the listeners need; opens nothing.
  ///
  /// @throws UnusableFile if one cannot be used
  static Listeners read(List<ListenerConfig> configs) throws UnusableFile {
    Map<String, TlsContext> contexts = new HashMap<>();
    for (int i = 0; i < configs.size(); i++) {
      ListenerConfig config = configs.get(i);
      Optional<TlsSettings> tls = config.tls().settings();
      if (config.type().tls() && tls.isPresent()) {
        try {
          contexts.put(config.name(), TlsContext.load(config.name(), tls.get()));
        } catch (TlsFileException e) {
          contexts.values().forEach(TlsContext::close);
          throw new UnusableFile(
              "listeners.%d.tls.%s: %s; %s".formatted(i, name(e.part()), e.getMessage(), e.remedy()),
              e);
        }
      }
    }
    return new Listeners(configs, Map.copyOf(contexts));
  }

  private static String name(TlsFileException.Part part) {
    return switch (part) {
      case CERTIFICATE -> "certificate";
      case KEY -> "key";
      case CA -> "ca";
      case CRL -> "crl";
    };
  }

  /// What is spoken at each listener.
  Map<String, List<MqttVersion>> versions() {
    Map<String, List<MqttVersion>> versions = new HashMap<>();
    configs.forEach(config -> versions.put(config.name(), config.limits().mqttVersions()));
    return versions;
  }

  /// Opens all, in the order of the configuration.
  void open(Transport transport, Consumer<Connection> acceptor) throws IOException {
    for (ListenerConfig config : configs) {
      TlsContext context = contexts.get(config.name());
      if (config.type() == ListenerType.UNIX) {
        openUnix(transport, config, acceptor);
      } else {
        openIp(transport, config, context, acceptor);
      }
      LOG.info(
          "listener.open name={} type={} engine={} expires={}",
          config.name(),
          config.type(),
          context == null ? "none" : context.engine(),
          context == null ? "never" : context.expires());
    }
  }

  private void openUnix(
      Transport transport, ListenerConfig config, Consumer<Connection> acceptor)
      throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(config.unix().path());
    try {
      opened.add(
          new Opened(config, transport.listen(config.settings(address, null), acceptor)));
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
    for (InetSocketAddress address : config.addresses()) {
      InetSocketAddress wanted = new InetSocketAddress(address.getAddress(), port);
      try {
        Transport.Listener listener =
            transport.listen(config.settings(wanted, context), acceptor);
        opened.add(new Opened(config, listener));
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
    for (TlsContext context : contexts.values()) {
      try {
        context.refresh();
      } catch (RuntimeException e) { // the next round tries again
        LOG.error("tls.refresh-failed error={}", e.toString(), e);
      }
    }
  }

  /// Those that are open.
  List<OpenListener> open() {
    return opened.stream().map(this::describe).toList();
  }

  private OpenListener describe(Opened each) {
    TlsContext context = contexts.get(each.config.name());
    return new OpenListener(
        each.config.name(),
        each.config.type(),
        each.listener.address(),
        context == null ? null : context.expires());
  }

  /// Stops accepting.
  void close() {
    opened.forEach(each -> each.listener.close());
  }

  /// Frees what the files were read into, when no connection is left.
  void release() {
    contexts.values().forEach(TlsContext::close);
  }
}
