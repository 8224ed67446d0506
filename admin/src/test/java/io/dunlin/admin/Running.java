package io.dunlin.admin;

import io.dunlin.broker.Broker;
import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.broker.config.LogConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A broker with what surrounds it, on ports of the system's choice.
record Running(Broker broker, Admin admin, List<LogConfig.Level> levels, Path data)
    implements AutoCloseable {
  static Running on(Path data, Map<String, String> more) throws IOException {
    Broker broker = Broker.start(config(data, more));
    return start(broker, null, data);
  }

  /// A broker whose configuration can be read again, and then has these settings too.
  static Running thatBecomes(Path data, Map<String, String> later) throws IOException {
    Broker broker = Broker.start(config(data, Map.of()));
    return start(broker, config(data, later), data);
  }

  private static Running start(Broker broker, @Nullable BrokerConfig later, Path data)
      throws IOException {
    List<LogConfig.Level> levels = new ArrayList<>();
    try {
      return new Running(
          broker, Admin.start(broker, new Hooks(broker, levels, later)), levels, data);
    } catch (IOException e) {
      broker.close();
      throw e;
    }
  }

  private static BrokerConfig config(Path data, Map<String, String> more) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("data.directory", data.toString());
    settings.put("listeners.0.bind", "127.0.0.1");
    settings.put("listeners.0.port", "0");
    settings.put("admin.bind", "127.0.0.1");
    settings.put("admin.port", "0");
    settings.put("shards", "2");
    settings.put("storage.segment-bytes", "4194304");
    settings.put("message.max-packet-bytes", "65536");
    settings.putAll(more);
    return BrokerConfig.of(settings);
  }

  static Running on(Path data) throws IOException {
    return on(data, Map.of());
  }

  /// What a process around the broker does: it notes levels, and has a configuration to read again,
  /// or has lost it.
  private record Hooks(Broker broker, List<LogConfig.Level> levels, @Nullable BrokerConfig later)
      implements ControlHooks {
    @Override
    public void logLevel(LogConfig.Level level) {
      levels.add(level);
    }

    @Override
    public Broker.Reloaded reload() throws IOException {
      if (later == null) {
        throw new IOException("the file is gone");
      }
      return broker.reload(later);
    }

    @Override
    public BrokerConfig configuration() throws IOException {
      return later == null ? ControlHooks.super.configuration() : later;
    }
  }

  /// Reloads with these settings, and only these, beside those of every test.
  void reload(Map<String, String> settings) throws IOException {
    Broker.Reloaded _ = broker.reload(config(data, settings));
  }

  MqttPeer client(String clientId) throws IOException {
    return new MqttPeer(address(), clientId, false);
  }

  MqttPeer user(String clientId, String user, String password) throws IOException {
    return new MqttPeer(address(), clientId, user, password);
  }

  MqttPeer durableClient(String clientId) throws IOException {
    return new MqttPeer(address(), clientId, true);
  }

  private InetSocketAddress address() {
    return broker.addresses().getFirst();
  }

  /// Waits until something is so, at most ten seconds.
  static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within ten seconds: " + what);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Override
  public void close() {
    admin.close();
    broker.close();
  }
}
